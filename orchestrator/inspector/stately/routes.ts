/** The inspection protocol of Stately over a WebSocket: one saga, or a few, for any tool that speaks it. */
import websocket from '@fastify/websocket'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { Type, type Static } from 'typebox'
import type { WebSocket } from 'ws'
import { IntegerText, Uuid } from '../../../services/participant/fields.ts'
import type { HttpServer } from '../../../services/participant/http-server.ts'
import { problem, sendProblem } from '../../../services/participant/problem.ts'
import { filterOf, sagaFilterFields } from '../../api/saga-filter.ts'
import type { WatchedSaga } from '../../store/journal-tail.ts'
import { whileLetIn } from '../../access/while-let-in.ts'
import type { InspectorOptions } from '../options.ts'
import { Seats } from '../seats.ts'
import { Feed } from './feed.ts'
import { Machines } from './machines.ts'
import { isAllowedOrigin } from '../../access/origin.ts'
import { isOwnOrigin } from '../../access/own-page.ts'
import { CLOSE, Viewers } from './viewers.ts'

const PATH = '/inspector/stately'
const SAGAS_MAX = 50
/** Of the 32 that a process has. */
const WATCHES_EACH = 16
/** Nothing is expected of a viewer: whoever sends more than this is cut off. */
const FRAME_BYTES_MAX = 16_384

const Wanted = Type.Object(
  { saga: Type.Optional(Uuid), ...sagaFilterFields, limit: Type.Optional(IntegerText(1, SAGAS_MAX)) },
  { additionalProperties: false },
)

export async function statelyRoutes(app: HttpServer, options: InspectorOptions): Promise<void> {
  const { reader, definitions, attachOrigins, redaction, metrics, authenticate } = options
  const viewers = new Viewers()
  const seats = new Seats(WATCHES_EACH)
  const machines = new Machines(definitions)
  await app.register(websocket, {
    options: { maxPayload: FRAME_BYTES_MAX },
    preClose: (done) => void viewers.close().finally(done),
  })
  Object.assign(app.server, { shouldUpgradeCallback: isUpgradeHere })
  app.route({
    method: 'GET',
    url: PATH,
    config: { access: ['read'], checksOrigin: true },
    schema: { hide: true, querystring: Wanted },
    // An upgrade that is refused tells no page why: a close frame does.
    attachValidation: true,
    preValidation: (request, reply, done) => {
      if (mayRead(request, attachOrigins)) return done()
      const detail = 'Pages of another site can not watch sagas: see INSPECTOR_ATTACH_ORIGINS.'
      sendProblem(reply, problem(403, 'origine_refusee', detail))
    },
    handler: (_request, reply) => upgradeRequired(reply),
    wsHandler: (socket, request) =>
      void watch(socket, request, { reader, redaction, metrics, authenticate, viewers, seats, machines }),
  })
}

/** An upgrade to anything else, such as the h2c that some clients offer with every call, is declined as before. */
const isUpgradeHere = ({ url = '', headers }: IncomingMessage) =>
  headers.upgrade?.toLowerCase() === 'websocket' && url.split('?', 1)[0]?.replace(/\/$/, '') === PATH

function mayRead({ headers }: FastifyRequest, allowed: readonly string[]): boolean {
  // No browser leaves it out: whoever does is no page.
  if (headers.origin === undefined) return true
  return isOwnOrigin(headers) || isAllowedOrigin(headers.origin, allowed)
}

function upgradeRequired(reply: FastifyReply): FastifyReply {
  reply.headers({ upgrade: 'websocket', connection: 'upgrade' })
  return sendProblem(
    reply,
    problem(426, 'websocket_attendu', `${PATH} is a WebSocket: connect to it as one.`),
  )
}

interface Around extends Pick<InspectorOptions, 'reader' | 'redaction' | 'metrics' | 'authenticate'> {
  readonly viewers: Viewers
  readonly seats: Seats
  readonly machines: Machines
}

/** Whatever a viewer sends is ignored: it has nothing to say. */
async function watch(socket: WebSocket, request: FastifyRequest, around: Around): Promise<void> {
  const { viewers, seats, machines, reader, redaction, metrics, authenticate } = around
  const standUp = seats.take(request.identity?.name)
  if (standUp === undefined) return socket.close(CLOSE.full, 'this token watches as much as it may already')
  socket.once('close', standUp)
  const signal = viewers.add(socket)
  if (signal === undefined) return
  signal.addEventListener('abort', metrics.watches('websocket'), { once: true })
  const goodbye = () => socket.close(CLOSE.refused, 'the token that it was opened with holds no more')
  signal.addEventListener('abort', whileLetIn(request, authenticate, goodbye), { once: true })
  try {
    const sagas = await wantedSagas(socket, request, around)
    if (sagas === undefined || sagas.length === 0) return
    const feed = new Feed({
      sagas,
      tails: async (from, rowsMax) => redaction.tails(await reader.journals.after(from, rowsMax)),
      machine: (id, version) => machines.find(id, version),
      send: (messages) => viewers.send(socket, messages),
      log: request.log,
    })
    await feed.run(signal)
  } catch (error) {
    // One that is just saying goodbye takes nothing more either.
    if (signal.aborted || socket.readyState !== socket.OPEN) return
    request.log.warn({ err: error }, 'a viewer could not be told on')
    socket.close(CLOSE.broken, 'this can not be told at the moment: connect again')
  }
}

/** Undefined where there is nothing to watch, and the viewer was told why. */
async function wantedSagas(
  socket: WebSocket,
  { query, validationError }: FastifyRequest,
  { reader }: Around,
): Promise<readonly WatchedSaga[] | undefined> {
  if (validationError !== undefined) return refuse(socket, validationError.message)
  const { saga: sagaId, limit = String(SAGAS_MAX), ...fields } = query as Static<typeof Wanted>
  if (sagaId === undefined) return reader.journals.find(filterOf(fields, Date.now()), Number(limit))
  if (Object.keys(query as object).length > 1)
    return refuse(socket, 'saga is one: it goes with no other field')
  const saga = await reader.journals.byId(sagaId)
  if (saga === undefined) socket.close(CLOSE.unknownSaga, `There is no saga ${sagaId}.`)
  return saga && [saga]
}

/** A reason of a close frame has 123 bytes at most. */
const REASON_BYTES_MAX = 120

function refuse(socket: WebSocket, fault: string): undefined {
  socket.close(CLOSE.badQuery, Buffer.from(fault).subarray(0, REASON_BYTES_MAX).toString())
}
