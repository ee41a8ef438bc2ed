/** Who is told of sagas that need a person, and how long those that have ended are kept. */
import Type from 'typebox'
import { DURATION } from '../duration.ts'
import { httpUrl, secret } from './kinds.ts'

export const keeping = {
  WEBHOOK_URL: Type.Optional(
    Type.String({
      ...httpUrl,
      ...secret,
      description: 'Who is told of sagas that park or fail: the address that notices are posted to.',
    }),
  ),
  WEBHOOK_SECRET: Type.Optional(
    Type.String({
      pattern: '^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
      description: 'What notices are signed with, as Standard Webhooks has it: whsec_ and base64.',
      allowed: 'whsec_ and 24 to 64 bytes in base64',
      ...secret,
    }),
  ),
  RETAIN_DONE: Type.Optional(
    Type.String({
      ...DURATION,
      description:
        'How long sagas that are done are kept since they ended, with their journal and their Idempotency-Key, such as 36h or 30d; for ever unless said.',
    }),
  ),
  RETAIN_FAILED: Type.Optional(
    Type.String({
      ...DURATION,
      description: 'The same for sagas that failed, those that were abandoned included.',
    }),
  ),
  RETAIN_EVENTS: Type.String({
    ...DURATION,
    default: '30d',
    description:
      'How long an answered event is remembered by its Idempotency-Key, at most as long as its saga: sent again, it is not applied again.',
  }),
  ARCHIVE_DIR: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'The folder that journals are written to before they are removed, as JSON lines under gzip. Without it they are not kept.',
      allowed: 'the path of a folder',
    }),
  ),
}
