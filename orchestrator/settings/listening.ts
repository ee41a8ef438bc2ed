/** Where a process listens, and how much it says. */
import Type from 'typebox'
import { HOST_PATTERN } from '../../services/participant/loopback.ts'
import { wholeNumber } from './kinds.ts'

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

export const listening = {
  PORT: wholeNumber(0, 65_535, 8000, 'The one public port; 0 takes any free one.'),
  HOST: Type.String({
    pattern: HOST_PATTERN,
    default: 'localhost',
    description: 'The address that port listens on; 0.0.0.0 for all.',
    allowed: 'a host name or an IP address, such as 0.0.0.0 or ::1, without port and brackets',
  }),
  LOG_LEVEL: Type.Enum(levels, {
    default: 'info',
    description: 'The least important log lines that are written.',
    allowed: `one of ${levels.join(', ')}`,
  }),
}
