/**
 * What moves, as Server-Sent Events, and what states have seen of late.
 *
 * A proxy on the way must pass each event on as it comes, and must not end a stream that says nothing but a comment each
 * 15 s. The answer says `x-accel-buffering: no`, which nginx takes for its `proxy_buffering off`; its `proxy_read_timeout`
 * of 60 s is long enough. A stream that ends, however it ends, is asked for again, of whichever orchestrator.
 */
import { fastifySSE } from '@fastify/sse'
import { Type } from 'typebox'
import type { HttpServer } from '../../../services/participant/http-server.ts'
import { problem, sendProblem } from '../../../services/participant/problem.ts'
import { feedCursorOf } from '../../api/feed-cursor.ts'
import { sagaFilterFields } from '../../api/saga-filter.ts'
import { onTroubleOf } from '../../observers.ts'
import { whileLetIn } from '../../access/while-let-in.ts'
import type { InspectorOptions } from '../options.ts'
import { Seats } from '../seats.ts'
import { Hub } from './hub.ts'
import { statsRoute } from './stats-route.ts'
import type { Place } from './viewer.ts'

const HEARTBEAT_MS = 15_000
/** Of the 200 that a process has. */
const STREAMS_EACH = 50

type LiveOptions = Pick<InspectorOptions, 'reader' | 'log' | 'redaction' | 'metrics' | 'authenticate'>

export async function liveRoutes(app: HttpServer, options: LiveOptions): Promise<void> {
  statsRoute(app, options)
  await streamRoute(app, options)
}

async function streamRoute(app: HttpServer, options: LiveOptions): Promise<void> {
  const { reader, log, redaction, metrics, authenticate } = options
  const hub = new Hub({
    feed: {
      now: () => reader.feed.now(),
      moved: async (from, until) => redaction.moved(await reader.feed.moved(from, until)),
    },
    count: () => reader.counts({}),
    onTrouble: onTroubleOf(log, 'what moves can not be looked up; tried again'),
  })
  const seats = new Seats(STREAMS_EACH)
  app.addHook('preClose', async () => hub.close())
  await app.register(fastifySSE, { heartbeatInterval: HEARTBEAT_MS })
  // What the plugin says to those who want no stream is no problem document.
  app.addHook('preSerialization', async (_request, reply, payload) => {
    if (reply.statusCode !== 406) return payload
    reply.type('application/problem+json')
    return problem(406, 'requete_invalide', 'This is a stream: accept text/event-stream.')
  })
  const schema = {
    hide: true,
    querystring: Type.Object(
      {
        machine: sagaFilterFields.machine,
        last_event_id: Type.Optional(
          Type.String({ description: 'For a client that can not send Last-Event-ID.' }),
        ),
      },
      { additionalProperties: false },
    ),
  }
  // A HEAD would be a stream that nobody reads.
  const config = { access: ['read'] } as const
  const route = { schema, config, sse: 'only', exposeHeadRoute: false } as const
  app.get('/inspector/api/live', route, async (request, reply) => {
    if (!hub.isOpen) {
      const detail = 'This orchestrator has as many viewers as it takes, or is ending: ask another one.'
      return sendProblem(reply, problem(503, 'occupe', detail))
    }
    // It left while it was let in: nobody would ever tell the hub.
    if (request.raw.socket.destroyed) return
    const standUp = seats.take(request.identity?.name)
    if (standUp === undefined) {
      const detail = `This token has ${STREAMS_EACH} streams open here, and may have no more: end some, or use another.`
      return sendProblem(reply, problem(429, 'trop_d_appels', detail))
    }
    const { machine, last_event_id } = request.query
    // A stream is the last thing that its connection carries, so none is left idle when the server ends.
    reply.header('connection', 'close')
    reply.sse.keepAlive()
    reply.sse.sendHeaders()
    const leave = hub.join(reply.raw, { place: placeOf(reply.sse.lastEventId ?? last_event_id), machine })
    const stopWatching = metrics.watches('sse')
    const stopAsking = whileLetIn(request, authenticate, () => reply.sse.close())
    reply.sse.onClose(() => {
      leave()
      stopWatching()
      stopAsking()
      standUp()
    })
  })
}

/** A client's own place is newer than what its address says: that is as it was made. */
function placeOf(lastEventId: string | undefined): Place {
  if (lastEventId === undefined) return 'new'
  const cursor = feedCursorOf(lastEventId)
  return cursor === undefined || cursor.page !== undefined ? 'lost' : cursor
}
