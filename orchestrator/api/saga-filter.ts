/** The filter of sagas as callers write it: the same words for a list, an export and a verb in bulk. Pure. */
import { Type, type Static } from 'typebox'
import type { SagaFilter } from '../store/saga-filter.ts'
import { SagaStatusSchema } from './schemas.ts'

/** Text to look for: Postgres takes no NUL. The description completes the sentence "<field> must be …". */
function searched(maxLength: number, description: string) {
  return Type.Optional(Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000]*$', description }))
}

const AGE = 'an age: a whole number and s, m, h or d, such as 90s, 15m, 2h or 3d'
const Age = Type.Optional(Type.String({ pattern: '^\\d{1,6}[smhd]$', description: AGE }))

/** Members of a query string or of a body; each may be missing. */
export const sagaFilterFields = {
  machine: searched(200, 'the name of a machine'),
  version: searched(200, 'a version of a machine'),
  status: Type.Optional(SagaStatusSchema),
  state: searched(500, 'a state, such as DONE, doing or doing.lock'),
  step: searched(200, 'the name of a step that is open, or keeps failing'),
  error_code: searched(200, 'the code of what went wrong'),
  ended: Type.Optional(Type.Enum(['true', 'false'], { description: 'true or false: whether it is over' })),
  older_than: Age,
  younger_than: Age,
  q: searched(500, 'a saga_id or the beginning of a business key, such as a cart_id'),
}

export const SagaFilterBody = Type.Object(sagaFilterFields, { additionalProperties: false })

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Ages end `now`, in milliseconds since the epoch: the filter means the same sagas whenever it is used. */
export function filterOf(fields: Static<typeof SagaFilterBody>, now: number): SagaFilter {
  const { machine, version, status, state, step, error_code, ended, older_than, younger_than, q } = fields
  return {
    ...(machine !== undefined && { machine }),
    ...(version !== undefined && { version }),
    ...(status !== undefined && { status }),
    ...(state !== undefined && { state }),
    ...(step !== undefined && { step }),
    ...(error_code !== undefined && { errorCode: error_code }),
    ...(ended !== undefined && { ended: ended === 'true' }),
    ...(older_than !== undefined && { createdBefore: now - msOf(older_than) }),
    ...(younger_than !== undefined && { createdSince: now - msOf(younger_than) }),
    ...(q !== undefined && { q }),
  }
}

function msOf(age: string): number {
  return Number.parseInt(age, 10) * UNIT_MS[age.slice(-1) as keyof typeof UNIT_MS]
}
