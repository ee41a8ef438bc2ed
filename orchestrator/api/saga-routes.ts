/** Reads of sagas. */
import { Type } from 'typebox'
import { sendProblem } from '../../services/participant/problem.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { IntegerText, Uuid } from '../../services/participant/fields.ts'
import { possibleNow } from '../verbs/door.ts'
import { cursorAfter, sagaBefore } from './cursor.ts'
import { BusinessEvent, Problem, SagaView, SagaWithVerbs, TransitionView } from './schemas.ts'
import type { ApiOptions } from './options.ts'
import { notACursor, unknownSaga } from './refusals.ts'
import { filterOf, sagaFilterFields } from './saga-filter.ts'
import { viewOf } from './saga-view.ts'

const LIST_LIMIT = 50
const LIST_LIMIT_MAX = 200
const TRANSITIONS_LIMIT = 1_000

const params = Type.Object({ saga_id: Uuid })
const tags = ['sagas']
const config = { access: ['read'] } as const
/** Whoever may begin or change one may look what became of it, where they were told to. */
const ofOne = { access: ['start', 'read', 'operate'] } as const

export function sagaRoutes(app: HttpServer, options: ApiOptions): void {
  listRoute(app, options)
  readRoutes(app, options)
}

function listRoute(app: HttpServer, { reader, redaction }: ApiOptions): void {
  const schema = {
    summary: 'Sagas, newest first',
    tags,
    querystring: Type.Object(
      {
        ...sagaFilterFields,
        cursor: Type.Optional(
          Type.String({ maxLength: 100, description: 'next_cursor of the page before.' }),
        ),
        limit: Type.Optional(IntegerText(1, LIST_LIMIT_MAX)),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        sagas: Type.Array(SagaView),
        next_cursor: Type.Union([Type.String(), Type.Null()]),
      }),
      '4xx': Problem,
    },
  }
  app.get('/api/sagas', { schema, config }, async (request, reply) => {
    const { cursor, limit: limitText, ...fields } = request.query
    const before = cursor === undefined ? undefined : sagaBefore(cursor)
    if (before === null) return sendProblem(reply, notACursor())
    const limit = limitText === undefined ? LIST_LIMIT : Number(limitText)
    const sagas = await reader.list(filterOf(fields, Date.now()), {
      ...(before !== undefined && { before }),
      // One more than asked for tells whether there is a next page.
      limit: limit + 1,
    })
    const page = sagas.slice(0, limit)
    const last = page.at(-1)
    const next_cursor = sagas.length > limit && last !== undefined ? cursorAfter(last.sagaId) : null
    const shown = page.map((saga) => redaction.view(viewOf(saga), saga))
    return reply.send({ sagas: shown, next_cursor })
  })
}

function readRoutes(app: HttpServer, { reader, versions, redaction }: ApiOptions): void {
  const one = { summary: 'One saga', tags, params, response: { 200: SagaWithVerbs, '4xx': Problem } }
  app.get('/api/sagas/:saga_id', { schema: one, config: ofOne }, async (request, reply) => {
    const saga = await reader.byId(request.params.saga_id)
    if (saga === undefined) return sendProblem(reply, unknownSaga(request.params.saga_id))
    const verbs = possibleNow(versions, saga).map(({ verb, steps }) => ({ verb, steps: [...steps] }))
    return reply.send({ ...redaction.view(viewOf(saga), saga), verbs })
  })

  const events = {
    summary: 'Its business events, oldest first',
    tags,
    params,
    response: { 200: Type.Array(BusinessEvent), '4xx': Problem },
  }
  app.get('/api/sagas/:saga_id/events', { schema: events, config }, async (request, reply) => {
    const { saga_id } = request.params
    const rows = await reader.events(saga_id)
    // Every saga tells something when it begins, so none at all means that there is no such saga; or one of a
    // machine that emits nothing.
    if (rows.length === 0 && (await reader.byId(saga_id)) === undefined)
      return sendProblem(reply, unknownSaga(saga_id))
    const shown = await redaction.beside(saga_id, reader)
    const told = rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }))
    return reply.send([...redaction.events(told, shown)])
  })

  const transitions = {
    summary: 'Its journal, oldest first',
    tags,
    params,
    querystring: Type.Object(
      {
        from_seq: Type.Optional(IntegerText(0, 2_147_483_647)),
        limit: Type.Optional(IntegerText(1, TRANSITIONS_LIMIT)),
      },
      { additionalProperties: false },
    ),
    response: { 200: Type.Array(TransitionView), '4xx': Problem },
  }
  app.get('/api/sagas/:saga_id/transitions', { schema: transitions, config }, async (request, reply) => {
    const { saga_id } = request.params
    const { from_seq = '0', limit = String(TRANSITIONS_LIMIT) } = request.query
    const rows = await reader.transitions(saga_id, { fromSeq: Number(from_seq), limit: Number(limit) })
    if (rows.length === 0 && (await reader.byId(saga_id)) === undefined)
      return sendProblem(reply, unknownSaga(saga_id))
    const shown = await redaction.beside(saga_id, reader)
    const told = redaction.journal(rows, shown)
    return reply.send(told.map((row) => ({ ...row, at: row.at.toISOString() })))
  })
}
