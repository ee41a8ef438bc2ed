/**
 * What an operator does to one saga: told who does it and why, tried out before it is accepted, and sent to the saga
 * like an event.
 */
import { Type, type TSchema } from 'typebox'
import { Uuid } from '../../services/participant/fields.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { problem, sendProblem, type Problem as ProblemDocument } from '../../services/participant/problem.ts'
import { asEvent, VERBS, type Verb } from '../engine/verbs/operator-event.ts'
import type { SagaRecord } from '../store/saga-reader.ts'
import {
  judgeMigration,
  judgeVerb,
  migrationTooLate,
  tryMigration,
  tryVerb,
  verbTooLate,
  type VerbVerdict,
  type VerbRequest,
} from '../verbs/door.ts'
import type { ApiOptions } from './options.ts'
import { unknownSaga } from './refusals.ts'
import { EventHeaders, operator, Problem, SagaView, StillRunning } from './schemas.ts'
import type { Sender, Verdict } from './sender.ts'
import { BODY_BYTES_MAX, faultOf } from './sent-body.ts'

const step = Type.Optional(
  Type.String({ maxLength: 200, description: 'Needed where it could be about several.' }),
)
const strict = { additionalProperties: false }

/** In the body, which whoever does not know of a dry run yet refuses. In a query it would be ignored, and the verb done. */
const asked = {
  ...operator,
  dry_run: Type.Optional(
    Type.Literal(true, { description: 'Only tells whether it could be done, and where it would lead.' }),
  ),
}
const NoQuery = Type.Object({}, strict)

const told: Readonly<Record<Verb, { readonly summary: string; readonly body: TSchema }>> = {
  retry: {
    summary: 'Tries again now what it is parked for',
    body: Type.Object(
      {
        ...asked,
        step,
        input: Type.Optional(
          Type.Unknown({ description: 'Instead of its own, if the step may be corrected.' }),
        ),
      },
      strict,
    ),
  },
  skip: {
    summary: 'Goes on as though the compensation had succeeded, for somebody did it by hand',
    body: Type.Object(
      {
        ...asked,
        step,
        output: Type.Optional(Type.Unknown({ description: 'What it would have answered.' })),
      },
      strict,
    ),
  },
  complete: {
    summary: 'Goes on as though the step had answered this, for somebody looked it up',
    body: Type.Object(
      {
        ...asked,
        step,
        output: Type.Unknown({ description: 'Fits the schema of the reply of the step.' }),
      },
      strict,
    ),
  },
  compensate: {
    summary: 'Stops it, and undoes what it has begun',
    body: Type.Object({ ...asked, step }, strict),
  },
  cancel: {
    summary: 'The same on behalf of its caller, who is answered that it was cancelled',
    body: Type.Object({ ...asked, step }, strict),
  },
  abandon: {
    summary: 'Gives it up: it ends failed, and nothing more of it is undone',
    body: Type.Object({ ...asked, step }, strict),
  },
}

const params = Type.Object({ saga_id: Uuid })
const tags = ['operators']
const config = { access: ['operate'], namesActor: true } as const
const answers = { 202: StillRunning, '4xx': Problem, '5xx': Problem }

const Nullable = Type.Union([Type.String(), Type.Null()])
const Trial = Type.Object(
  { possible: Type.Boolean(), why: Nullable, state: Nullable },
  {
    description:
      'With dry_run: why it can not be done, or the state that it would stand at, if that can be told.',
  },
)

const PossibleVerbs = Type.Array(
  Type.Object({
    verb: Type.Enum([...VERBS]),
    steps: Type.Array(Type.String(), { description: 'What it could be about.' }),
  }),
)
const VerbRefused = Type.Object(
  {
    ...Problem.properties,
    possible: Type.Optional(PossibleVerbs),
    why: Type.Optional(Type.String()),
  },
  { description: 'The saga does not allow it where it stands.', additionalProperties: true },
)

export function verbRoutes(app: HttpServer, options: ApiOptions, sender: Sender): void {
  for (const verb of VERBS) verbRoute(app, options, sender, verb)
  migrateRoute(app, options, sender)
}

function verbRoute(
  app: HttpServer,
  { versions, reader, redaction }: ApiOptions,
  sender: Sender,
  verb: Verb,
): void {
  const response = { 200: Type.Union([SagaView, Trial]), ...answers, 409: VerbRefused }
  const schema = { ...told[verb], tags, params, headers: EventHeaders, querystring: NoQuery, response }
  const path = `/api/sagas/:saga_id/${verb}`
  app.post(path, { schema, config, bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    // The schema of each verb is one of these.
    const body = request.body as VerbRequest
    const refusal = bodyFault(body)
    if (refusal !== undefined) return sendProblem(reply, refusal)
    const { saga_id } = request.params
    if ('dry_run' in body) {
      const saga = await reader.byId(saga_id)
      if (saga === undefined) return sendProblem(reply, unknownSaga(saga_id))
      const tried = tryVerb(versions, saga, verb, body)
      const shown = redaction.aboutSaga(saga)
      if ('refusal' in tried) return sendProblem(reply, redaction.problem(tried.refusal, shown))
      return reply.send({ ...tried.trial, why: shown.text(tried.trial.why) })
    }
    const sending = {
      name: `skald.${verb}`,
      content: body,
      judge: (saga: SagaRecord) => sendable(judgeVerb(versions, saga, verb, body)),
      tooLate: (saga: SagaRecord) => verbTooLate(versions, saga, verb),
    }
    return sender.send(sending, request, reply)
  })
}

const MigrateBody = Type.Object(
  { ...asked, to: Type.String({ minLength: 1, maxLength: 200, description: 'The version.' }) },
  strict,
)
const MigrationRefused = Type.Object(
  { ...Problem.properties, why: Type.Optional(Type.String()) },
  { description: 'It can not be moved where it stands.', additionalProperties: true },
)

function migrateRoute(app: HttpServer, { versions, reader, redaction }: ApiOptions, sender: Sender): void {
  const summary = 'Moves it to another version of its machine'
  const response = { 200: Type.Union([SagaView, Trial]), ...answers, 409: MigrationRefused }
  const headers = EventHeaders
  const schema = { summary, tags, params, headers, querystring: NoQuery, body: MigrateBody, response }
  app.post(
    '/api/sagas/:saga_id/migrate',
    { schema, config, bodyLimit: BODY_BYTES_MAX },
    async (request, reply) => {
      const { body, params } = request
      const refusal = bodyFault(body)
      if (refusal !== undefined) return sendProblem(reply, refusal)
      if (body.dry_run) {
        const saga = await reader.byId(params.saga_id)
        if (saga === undefined) return sendProblem(reply, unknownSaga(params.saga_id))
        const trial = tryMigration(versions, saga, body.to)
        return reply.send({ ...trial, why: redaction.aboutSaga(saga).text(trial.why) })
      }
      const sending = {
        name: 'skald.migrate',
        content: body,
        judge: (saga: SagaRecord) => sendable(judgeMigration(versions, saga, body)),
        tooLate: (saga: SagaRecord) => migrationTooLate(versions, saga, body.to),
      }
      return sender.send(sending, request, reply)
    },
  )
}

/** Sent like any event. */
function sendable(verdict: VerbVerdict): Verdict {
  return 'refusal' in verdict ? verdict : { event: asEvent(verdict.event) }
}

function bodyFault(body: object): ProblemDocument | undefined {
  const fault = faultOf(body)
  if (fault === undefined) return undefined
  return problem(400, 'requete_invalide', `The body ${fault}.`, [{ field: 'body', message: fault }])
}
