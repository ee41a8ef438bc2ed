/** One saga as it is looked at: its film, one moment of it, its replay, and what the participants noted. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { INT4_MAX, IntegerText, Uuid } from '../../../services/participant/fields.ts'
import type { HttpServer } from '../../../services/participant/http-server.ts'
import { answerError, problem, sendProblem } from '../../../services/participant/problem.ts'
import { unknownSaga } from '../../api/refusals.ts'
import { serviceEventsOf } from '../../api/service-events.ts'
import { pathsOf } from '../../chart/active.ts'
import type { FilmLine, FilmedSaga } from '../../store/saga-film.ts'
import type { JournalLine } from '../../story/journal-line.ts'
import type { InspectorOptions } from '../options.ts'
import { momentOf } from './moment.ts'
import { Replayer } from './replayer.ts'
import { BusyError, Turns } from './turns.ts'

const LINES_MAX = 2_000
/** One of megabytes takes tens of them, and holds up the sagas: dozens at once would cost this process its partitions. */
const OPENED = { atOnce: 2, max: 32 }

const params = Type.Object({ saga_id: Uuid })
const ofMoment = Type.Object({ saga_id: Uuid, seq: IntegerText(0, INT4_MAX) })
const config = { access: ['read'] } as const
const strict = { additionalProperties: false }

export type FilmOptions = Pick<
  InspectorOptions,
  'reader' | 'machines' | 'participants' | 'serviceToken' | 'redaction' | 'metrics'
>

export async function filmRoutes(app: HttpServer, options: FilmOptions): Promise<void> {
  app.setErrorHandler(answerBusy)
  filmRoute(app, options)
  momentRoutes(app, options)
  replayRoute(app, options)
  serviceEventsRoute(app, options)
}

function filmRoute(app: HttpServer, { reader: { film }, redaction }: FilmOptions): void {
  const querystring = Type.Object(
    {
      from_seq: Type.Optional(IntegerText(0, INT4_MAX)),
      limit: Type.Optional(IntegerText(1, LINES_MAX)),
    },
    strict,
  )
  const schema = { hide: true, params, querystring }
  app.get('/inspector/api/sagas/:saga_id/film', { schema, config }, async (request, reply) => {
    const saga = await film.find(request.params.saga_id)
    if (saga === undefined) return sendProblem(reply, unknownSaga(request.params.saga_id))
    const { from_seq = '0', limit = String(LINES_MAX) } = request.query
    const lines = await film.lines(saga, { fromSeq: Number(from_seq), limit: Number(limit) })
    const { saga_id, machine, version, first_version, status, seq } = saga
    const last = lines.at(-1)
    return reply.send({
      saga: { saga_id, machine, version, first_version, status, seq },
      lines: lines.map((line) => journalLine(redaction.inShort(line))),
      next_from_seq: last === undefined || last.seq >= seq ? null : last.seq + 1,
    })
  })
}

function journalLine({ value, event, ...line }: FilmLine): JournalLine {
  return { ...line, event: event as JournalLine['event'], active: pathsOf(value) }
}

function momentRoutes(app: HttpServer, { reader, redaction }: FilmOptions): void {
  const { film } = reader
  const turns = new Turns(OPENED)
  const schema = { hide: true, params: ofMoment }
  app.get('/inspector/api/sagas/:saga_id/moments/:seq', { schema, config }, async (request, reply) => {
    const saga = await film.find(request.params.saga_id)
    if (saga === undefined) return sendProblem(reply, unknownSaga(request.params.saga_id))
    const open = async () => {
      const shown = await redaction.beside(saga.saga_id, reader)
      return momentOf(film, { saga, seq: Number(request.params.seq), shown })
    }
    const moment = await turns.take(goneOf(request), open)
    return moment === undefined ? unknownMoment(reply, request.params) : reply.send(moment)
  })
  app.get(
    '/inspector/api/sagas/:saga_id/moments/:seq/snapshot',
    { schema, config },
    async (request, reply) => {
      const { saga_id, seq } = request.params
      const saga = await film.find(saga_id)
      if (saga === undefined) return sendProblem(reply, unknownSaga(saga_id))
      const read = async () => film.snapshot(saga, Number(seq))
      const snapshot = await turns.take(goneOf(request), async () => redaction.snapshotText(await read()))
      if (snapshot === undefined) return unknownMoment(reply, request.params)
      return reply
        .type('application/json; charset=utf-8')
        .header('content-disposition', `attachment; filename="saga-${saga.saga_id}-${Number(seq)}.json"`)
        .send(snapshot)
    },
  )
}

const goneOf = (request: FastifyRequest) => () => request.raw.socket.destroyed

function unknownMoment(reply: FastifyReply, { saga_id, seq }: { saga_id: string; seq: string }) {
  const detail = `Saga ${saga_id} has no transition ${seq}.`
  return sendProblem(reply, problem(404, 'transition_inconnue', detail))
}

function replayRoute(app: HttpServer, { reader, machines, redaction, metrics }: FilmOptions): void {
  const { film } = reader
  const replayer = new Replayer({ film, machines })
  const querystring = Type.Object(
    { against: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
    strict,
  )
  const schema = { hide: true, params, querystring }
  app.get('/inspector/api/sagas/:saga_id/replay', { schema, config }, async (request, reply) => {
    const saga = await film.find(request.params.saga_id)
    if (saga === undefined) return sendProblem(reply, unknownSaga(request.params.saga_id))
    const { against = saga.version } = request.query
    if (against !== saga.version && !replayer.knows(saga.machine, against))
      return sendProblem(reply, unknownVersion(saga, against))
    const verdict = await replayer.tell({ saga, against, isGone: goneOf(request) })
    // Without one nobody hears this.
    if (verdict === undefined) return reply.send({})
    metrics.replayed(verdict.outcome)
    const shown = await redaction.beside(saga.saga_id, reader)
    return reply.send({ ...verdict, difference: redaction.difference(verdict.difference, shown) })
  })
}

function answerBusy(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!(error instanceof BusyError)) return answerError(error, request, reply)
  const detail = 'Too many sagas are looked into at once; try again.'
  return sendProblem(reply, problem(503, 'occupe', detail))
}

function unknownVersion({ machine }: FilmedSaga, version: string) {
  return problem(404, 'machine_inconnue', `Version ${version} of machine ${machine} is not known here.`)
}

function serviceEventsRoute(app: HttpServer, options: FilmOptions): void {
  const { reader, redaction } = options
  const schema = { hide: true, params }
  app.get('/inspector/api/sagas/:saga_id/service-events', { schema, config }, async (request, reply) => {
    const saga = await reader.film.find(request.params.saga_id)
    if (saga === undefined) return sendProblem(reply, unknownSaga(request.params.saga_id))
    const { saga_id: sagaId, machine, version } = saga
    const events = await serviceEventsOf({ sagaId, machine, version }, options)
    const shown = await redaction.beside(sagaId, reader)
    return reply.send({ participants: shown.learn(events).data(events) })
  })
}
