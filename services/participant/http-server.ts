/**
 * What every HTTP server of Skald shares: parsing, validation, problem documents, health, metrics and logs.
 * A server adds its routes; nothing here knows what they are about.
 */
import sensible from '@fastify/sensible'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { LogController } from 'fastify'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
} from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Registry } from 'prom-client'
import { collectRoutes } from './access.ts'
import { keywords } from './fields.ts'
import { httpMetrics } from './metrics.ts'
import { answerError, answerUnknownRoute, problem, sendProblem } from './problem.ts'
import { correlationOf } from './traceparent.ts'
import { answerUnreadable } from './unreadable.ts'

export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export type HttpServerOptions = {
  /** A pino level, 'silent' for none; or a logger to share with the rest of the process. */
  log: string | FastifyBaseLogger
  /** Rejects while the server can't do its work; otherwise what `/readyz` tells beside `ready`. */
  ready: () => Promise<Readonly<Record<string, unknown>> | void>
  /** Metrics of the process beyond prom-client's defaults and its requests. */
  register?: Registry
}

/** Why the server can't do its work, in words for people. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError'
}

const BODY_LIMIT_BYTES = 1_048_576
const READY_TIMEOUT_MS = 2_000
/** For a request to arrive whole, its body included; not for its answer, which may take minutes. */
const ARRIVAL_MS = 30_000
const HEADERS_ARRIVAL_MS = 10_000
const HEADERS_BYTES_MAX = 16_384
/** How often Node looks for those that are too slow. */
const LOOK_MS = 5_000
/** Longer than a request takes that is on its way already. */
const SILENCE_MS = 200

/** A server without routes of its own that does not listen yet. `name` labels its logs and metrics. */
export async function buildHttpServer(
  name: string,
  { log, ready, register }: HttpServerOptions,
): Promise<HttpServer> {
  const app: HttpServer = Fastify({
    ...(typeof log === 'string' ? { logger: { name, level: log } } : { loggerInstance: log }),
    // Two lines a request cost more than the request; see the hook below.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: ARRIVAL_MS,
    http: {
      headersTimeout: HEADERS_ARRIVAL_MS,
      maxHeaderSize: HEADERS_BYTES_MAX,
      connectionsCheckingInterval: LOOK_MS,
    },
    routerOptions: { ignoreTrailingSlash: true },
    // An idle keep-alive connection must not hold up the end of the process; an open request may.
    forceCloseConnections: 'idle',
    // Where a call came from is believed of a proxy of ours alone: on this machine, or in a private network.
    trustProxy: ['loopback', 'linklocal', 'uniquelocal'],
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        allErrors: true,
        verbose: true,
        allowUnionTypes: true,
        keywords,
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>()

  collectRoutes(app)
  parseJsonOnly(app)
  hangUpWhenClosing(app)
  hangUpOnSilent(app)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(answerUnknownRoute)
  await app.register(sensible)
  observeRequests(app, name, register)
  exposeHealth(app, ready)
  return app
}

function observeRequests(app: HttpServer, name: string, register?: Registry): void {
  const metrics = httpMetrics(name, register)
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request
    const status = reply.statusCode
    if (request.log.level === 'debug' || request.log.level === 'trace') {
      request.log.debug({ method, url, status, ...correlationOf(request.headers) }, 'answered')
    }
    const route = request.routeOptions.url ?? 'unknown'
    if (!isStream(request, reply)) metrics.observe({ method, route, status }, reply.elapsedTime)
    done()
  })
  app.get('/metrics', { config: { access: ['metrics'] } }, async (request, reply) => {
    const { type, text } = await metrics.scrape(request.headers.accept)
    return reply.type(type).send(text)
  })
}

/** It lasts as long as somebody listens, which says nothing of this server. A stream that was refused is an answer. */
function isStream(request: FastifyRequest, reply: FastifyReply): boolean {
  // Not by its header: there are clients that offer another protocol with every call.
  if ((request as { ws?: boolean }).ws === true) return reply.statusCode < 400
  return String(reply.getHeader('content-type')).startsWith('text/event-stream')
}

/** The connection of a request that was open when the server began to close would stay, idle, ever after. */
function hangUpWhenClosing(app: HttpServer): void {
  let isClosing = false
  app.addHook('preClose', (done) => {
    isClosing = true
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('connection', 'close')
    done()
  })
}

/** Browsers connect ahead of need. What nothing came on yet, Node takes for a request that has begun: it would wait a minute. */
function hangUpOnSilent(app: HttpServer): void {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('preClose', (done) => {
    setTimeout(() => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    }, SILENCE_MS)
    done()
  })
}

/** Clients that name a content type and send nothing are left to the schema of the route. */
function parseJsonOnly(app: HttpServer): void {
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parseJson(request, body, done),
  )
}

function exposeHealth(app: HttpServer, ready: HttpServerOptions['ready']): void {
  const config = { access: 'public' } as const
  app.get('/healthz', { config }, () => ({ status: 'ok' }))

  // Anybody may ask, as often as they like: who asks meanwhile is told the same, and the database is asked once.
  let asked: ReturnType<typeof ready> | undefined
  app.get('/readyz', { config }, async (request, reply) => {
    try {
      asked ??= inTime(ready()).finally(() => (asked = undefined))
      const told = await asked
      return await reply.send({ status: 'ready', ...told })
    } catch (error) {
      const isKnown = error instanceof NotReadyError
      // Asked twice a second, a process that says why it is not ready would fill its log with that.
      request.log[isKnown ? 'debug' : 'warn']({ err: error }, 'not ready')
      const reason = isKnown ? `: ${error.message}` : ''
      const detail = `This service cannot do its work at the moment${reason}.`
      return sendProblem(reply, problem(503, 'pas_pret', detail))
    }
  })
}

async function inTime<Told>(told: Promise<Told>): Promise<Told> {
  const timeout = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('not ready in time')), READY_TIMEOUT_MS).unref()
  })
  return Promise.race([told, timeout])
}
