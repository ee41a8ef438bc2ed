/** The shapes of requests and answers that several routes share, as OpenAPI shows them. */
import { Type, type TSchema } from 'typebox'
import { SAGA_STATUSES } from '../engine/ports.ts'
import { VERBS } from '../engine/verbs/operator-event.ts'
import { REDACTED } from '../redact/redact.ts'

export const SagaStatusSchema = Type.Enum([...SAGA_STATUSES], {
  description: 'done and failed are for ever; parked waits for a person or its next automatic try',
})

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'For people; may change.' }),
    code: Type.String({ description: 'Stable: match on it.' }),
  },
  { description: 'A problem document (RFC 9457).', additionalProperties: true },
)

export const SagaEnded = Type.Object(
  {
    saga_id: Type.String(),
    vente_id: Type.Optional(Type.Union([Type.Integer(), Type.Null(), Type.Literal(REDACTED)])),
  },
  {
    description: 'Done; the members beside saga_id are the output of the machine.',
    additionalProperties: true,
  },
)

const Prefer = Type.Optional(
  Type.String({ description: 'respond-async: answer 202 at once. wait=N: wait N seconds at most.' }),
)

export const StillRunning = Type.Unknown({ description: 'Not over yet: Location tells where to look.' })

export const StartHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'The same key and body give the same saga and the same answer.' }),
  ),
  prefer: Prefer,
})

export const EventHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'The same key is the same event of that saga, sent once, with one answer.' }),
  ),
  prefer: Prefer,
})

export const SentEvent = Type.Object(
  { type: Type.String({ minLength: 1, maxLength: 200, description: 'Such as RETRY.' }) },
  { description: 'The members beside type are the payload of the event.', additionalProperties: true },
)

const Instant = Type.String({ format: 'date-time' })

const nullable = <Schema extends TSchema>(schema: Schema, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description })

const LastAnswer = Type.Object(
  { status: Type.Integer(), body: Type.String() },
  { description: 'The last answer of the participant, its body cut short.' },
)

const Parked = Type.Object(
  {
    reason: Type.String({ description: 'For people.' }),
    code: nullable(Type.String()),
    step: nullable(Type.String()),
    status: nullable(Type.Integer(), 'The last HTTP status of that step, if there was any answer.'),
    answer: nullable(LastAnswer),
    tries: nullable(Type.Integer(), 'How often the step failed in a row.'),
    next_try_at: nullable(Instant, 'Null if it only waits for a person.'),
    by: Type.Enum(['engine', 'chart'], {
      description:
        'engine: no machine here can go on with it; chart: a step keeps failing, or it waits by design.',
    }),
  },
  { description: 'Why it is parked.' },
)

export const SagaView = Type.Object({
  saga_id: Type.String({ format: 'uuid' }),
  machine: Type.String(),
  version: Type.String(),
  state: Type.String({ description: 'DONE, FAILED, or the path in the chart, such as doing.lock.' }),
  status: SagaStatusSchema,
  step: nullable(Type.String(), 'Whose call is open, or keeps failing.'),
  seq: Type.Integer({ description: 'Of its last transition; the first is 0.' }),
  business_key: nullable(Type.String(), 'What people look for it by, such as its cart_id.'),
  trace_id: Type.String({ description: 'Of the trace that it is, in logs and at a collector of traces.' }),
  input: Type.Unknown(),
  output: Type.Unknown(),
  undone: nullable(
    Type.Boolean(),
    'Of a failed saga: whether all that was begun was undone; false if it was given up.',
  ),
  vente_id: Type.Unknown(),
  reservation_id: Type.Unknown(),
  error_code: nullable(Type.String(), 'Of what keeps failing, or else of why it is being, or was, undone.'),
  last_error: Type.Unknown({ description: 'Why it is being, or was, undone.' }),
  parked: nullable(Parked),
  next_timer_at: nullable(Instant, 'When its next timer is due, such as the next automatic try.'),
  created_at: Instant,
  updated_at: Instant,
})

export const SagaWithVerbs = Type.Object({
  ...SagaView.properties,
  verbs: Type.Array(
    Type.Object({
      verb: Type.Enum([...VERBS]),
      steps: Type.Array(Type.String(), {
        description: 'Of skip and complete: which they can be about. Of retry: which take another input.',
      }),
    }),
    {
      description:
        'What an operator can do with it where it stands, as far as this orchestrator knows its version.',
    },
  ),
})

export const BusinessEvent = Type.Object({
  type: Type.String(),
  payload: Type.Unknown(),
  created_at: Instant,
})

export const TransitionView = Type.Object({
  seq: Type.Integer(),
  actor: Type.Unknown({
    description: 'The nested machine that processed the event; null for the saga itself.',
  }),
  event: Type.Unknown(),
  timer: Type.Unknown(),
  at: Instant,
  state: Type.String(),
  snapshot: Type.Unknown(),
})

export const Happening = Type.Object({
  saga_id: Type.String({ format: 'uuid' }),
  machine: Type.String(),
  version: Type.String(),
  seq: Type.Integer(),
  actor: Type.Unknown({
    description: 'The nested machine that processed the event; null for the saga itself.',
  }),
  event: Type.Unknown({ description: 'As the journal has it; of a long one the type alone.' }),
  state: Type.String({ description: 'The path in the chart that it led to.' }),
  status: Type.Enum([...SAGA_STATUSES], { description: 'Of the saga by now.' }),
  at: Instant,
})

/** Pattern, for a reason of blanks is none; the description completes the sentence "<field> must be …". */
const inWords = (maxLength: number, description: string) =>
  Type.String({ maxLength, pattern: '\\S', description })

/** Who changes something by hand, and why: asked of each that does. */
export const operator = {
  actor: inWords(200, 'the name of who does it'),
  reason: inWords(1_000, 'why it is done, in words'),
}
