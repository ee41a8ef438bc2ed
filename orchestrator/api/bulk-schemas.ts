/** The shapes of verbs in bulk, as OpenAPI shows them. */
import { Type } from 'typebox'
import { Uuid } from '../../services/participant/fields.ts'
import { VERBS } from '../engine/verbs/operator-event.ts'
import { sagaFilterFields } from './saga-filter.ts'
import { operator, Problem, SagaStatusSchema } from './schemas.ts'

export const RATE_DEFAULT = 50
/** An engine drives about as many. */
const RATE_MAX = 1_000

const strict = { additionalProperties: false }
const nullable = <Schema extends ReturnType<typeof Type.String>>(schema: Schema) =>
  Type.Union([schema, Type.Null()])
const Instant = Type.String({ format: 'date-time' })

const details = {
  step: Type.Optional(Type.String({ maxLength: 200, description: 'The step that it is about.' })),
  input: Type.Optional(Type.Unknown({ description: 'Of retry: what the step is called with instead.' })),
  output: Type.Optional(Type.Unknown({ description: 'Of complete and skip: what the step would answer.' })),
  to: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Of migrate: the version.' })),
}

const BulkVerb = Type.Enum([...VERBS, 'migrate'])

export const BulkBody = Type.Object(
  {
    verb: BulkVerb,
    filter: Type.Object(
      {
        ...sagaFilterFields,
        all: Type.Optional(Type.Literal(true, { description: 'Every saga, and no other member beside it.' })),
      },
      { ...strict, description: 'Which sagas, in the words of GET /api/sagas; at least one member.' },
    ),
    ...operator,
    ...details,
    rate: Type.Optional(Type.Integer({ minimum: 1, maximum: RATE_MAX, description: 'Sagas a second.' })),
    dry_run: Type.Optional(Type.Boolean({ description: 'Only counts, and shows ten.' })),
  },
  strict,
)

export const OperatorBody = Type.Object(operator, strict)

export const DryRunView = Type.Object({
  count: Type.Integer({ description: 'How many the filter finds.' }),
  looked_at: Type.Integer({ description: 'How many of them, newest first, were tried out: 1,000 at most.' }),
  possible: Type.Integer({ description: 'Of those that were tried out.' }),
  refused: Type.Integer({ description: 'Of those that were tried out.' }),
  sample: Type.Array(
    Type.Object({
      saga_id: Type.String(),
      status: SagaStatusSchema,
      state: Type.String(),
      possible: Type.Boolean(),
      why: nullable(Type.String()),
    }),
  ),
})

export const BulkView = Type.Object({
  bulk_id: Type.String({ format: 'uuid' }),
  verb: BulkVerb,
  filter: Type.Unknown({ description: 'As it was asked for; ages count from created_at.' }),
  ...operator,
  ...details,
  rate: Type.Integer(),
  status: Type.Enum(['running', 'stopped', 'done'], {
    description: 'done: every saga was looked at, and all that was sent is answered.',
  }),
  total: Type.Integer({
    description:
      'How many the filter found when it was made. A saga that has left the filter by its turn is passed over.',
  }),
  sent: Type.Integer({ description: 'applied, ignored, unknown and pending together.' }),
  applied: Type.Integer(),
  ignored: Type.Integer({ description: 'Sent, but the saga had gone on meanwhile.' }),
  unknown: Type.Integer({ description: 'Sent, but the saga was removed before anybody looked.' }),
  pending: Type.Integer({ description: 'Sent, and not answered yet.' }),
  refused: Type.Integer({ description: 'Not sent, for the saga does not allow it where it stood.' }),
  history: Type.Array(Type.Unknown({ description: 'Who stopped it, or let it go on, when, and why.' })),
  created_at: Instant,
  ended_at: nullable(Instant),
})

const Cursor = Type.Optional(Type.String({ maxLength: 100, description: 'next_cursor of the page before.' }))
const next_cursor = nullable(Type.String())
/** Of a query string, for a page whose limit is this text. */
export const pageFields = (limit: ReturnType<typeof Type.Unsafe<string>>) => ({
  cursor: Cursor,
  limit: Type.Optional(limit),
})

export const BulkList = Type.Object({ bulks: Type.Array(BulkView), next_cursor })

const Outcome = Type.Enum(['pending', 'applied', 'ignored', 'unknown', 'refused'])
export const OutcomeQuery = Type.Optional(Outcome)

export const BulkSagas = Type.Object({
  sagas: Type.Array(
    Type.Object({
      saga_id: Type.String({ format: 'uuid' }),
      outcome: Outcome,
      why: Type.Union([Type.String(), Type.Null()], { description: 'Why it was not done, in words.' }),
    }),
  ),
  next_cursor,
})

export const bulkParams = Type.Object({ bulk_id: Uuid })
export const problems = { '4xx': Problem, '5xx': Problem }
