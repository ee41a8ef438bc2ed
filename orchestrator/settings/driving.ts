/** How sagas are driven: the time and the tries of a step, the lease, how much at once. */
import Type from 'typebox'
import { day, wholeNumber } from './kinds.ts'

export const driving = {
  STEP_TIMEOUT_MS: wholeNumber(1, day, 3000, 'Milliseconds one attempt of a step may take.'),
  STEP_DEADLINE_MS: wholeNumber(1, day, 10_000, 'Milliseconds all attempts of a step may take together.'),
  STEP_RETRIES: wholeNumber(
    0,
    100,
    2,
    'How often an attempt in short trouble is made again within the deadline.',
  ),
  WAIT_SECONDS: wholeNumber(
    0,
    3600,
    30,
    'Seconds a call that starts a saga waits for its end before it answers 202.',
  ),
  LEASE_MS: wholeNumber(
    500,
    600_000,
    5000,
    'Milliseconds an orchestrator may go unheard before others take its sagas.',
  ),
  GRACE_MS: wholeNumber(
    0,
    300_000,
    5000,
    'Milliseconds an ending orchestrator lets sagas in flight finish before it hands them over.',
  ),
  SAGAS_IN_FLIGHT: wholeNumber(1, 1_000_000, 2000, 'Sagas that one orchestrator drives at once.'),
  START_QUEUE: wholeNumber(
    0,
    1_000_000,
    2000,
    'Starts that may wait behind those sagas before callers are answered 503.',
  ),
  PARTICIPANT_CALLS: wholeNumber(
    1,
    100_000,
    64,
    'Calls to one participant that an orchestrator has under way at once.',
  ),
  PARTITIONS: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 32_767,
      description:
        'How many slices all sagas are cut into. Fixed when the database is first used: 64 unless said.',
      allowed: 'a whole number from 1 to 32767',
    }),
  ),
}
