// The one origin of `skald up`: hands each path to a process that answers it, spread over the orchestrators that are
// ready. One that dies or is started again is felt as a short delay at most, where asking another is safe.
import type { IncomingMessage } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import type { FastifyHttpProxyOptions } from '@fastify/http-proxy'
import Fastify, { LogController } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { isLoopback, isLoopbackHost } from '../../../services/participant/loopback.ts'
import type { GatewayConfig } from '../../config.ts'
import { forwardUpgrade } from './forward-upgrade.ts'
import { forward } from './forward.ts'
import { forwardedHeaders } from './forwarded.ts'
import { answerError, answerProblem } from './gateway-answers.ts'
import { OpenStreams } from './open-streams.ts'
import { TargetGroup } from './target-group.ts'

/** More than the 1 MiB of the processes behind, so that they answer 413 themselves. */
const BODY_BYTES_MAX = 2 * 1024 * 1024
/** How long a call waits for a process that is away: a restart takes about a second. */
const PATIENCE_MS = 10_000
const CONNECT_MS = 2000
/** For a request to arrive whole, as at the processes behind. */
const ARRIVAL_MS = 30_000
const HEADERS_BYTES_MAX = 16_384
/** How soon it is noticed that somebody with an open connection, on which nothing passes, has vanished. */
const PROBE_MS = 60_000

type Name = 'carts' | 'stocks' | 'produits' | 'orchestrator'

const routes: Record<string, Name> = {
  '/api/orchestrator': 'orchestrator',
  '/api/sagas': 'orchestrator',
  '/api/counts': 'orchestrator',
  '/api/machines': 'orchestrator',
  '/api/transitions': 'orchestrator',
  '/api/export': 'orchestrator',
  '/api/bulk': 'orchestrator',
  '/docs': 'orchestrator',
  '/inspector': 'orchestrator',
  '/api/caisse': 'carts',
  '/api/stock': 'stocks',
  '/api/produits': 'produits',
}

/** The gateway, not listening yet. A call waits `patienceMs` for a process that is away. */
export async function buildGateway(
  config: GatewayConfig,
  patienceMs = PATIENCE_MS,
): Promise<FastifyInstance> {
  const groups: Record<Name, TargetGroup> = {
    orchestrator: new TargetGroup('orchestrator', config.ORCHESTRATOR_URLS.split(',')),
    carts: new TargetGroup('carts', [config.CARTS_URL]),
    stocks: new TargetGroup('stocks', [config.STOCKS_URL]),
    produits: new TargetGroup('produits', [config.PRODUITS_URL]),
  }
  const logger = { level: config.LOG_LEVEL, name: 'gateway' }
  const logController = new LogController({ disableRequestLogging: true })
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: ARRIVAL_MS,
    logger,
    logController,
    routerOptions: { ignoreTrailingSlash: true },
    http: {
      maxHeaderSize: HEADERS_BYTES_MAX,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_MS,
      // Others that offer another protocol, such as curl with --http2, are answered in this one.
      shouldUpgradeCallback: isForSocket,
    },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  })
  // Bodies are kept as they came, so that they can be sent once more.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    answerProblem(reply, 404, 'route_inconnue', `There is no ${request.method} ${request.url} here.`),
  )
  refuseOtherHosts(app, config)
  const streams = new OpenStreams()
  for (const [prefix, name] of Object.entries(routes)) {
    const route = { prefix, name, group: groups[name], patienceMs, streams }
    await app.register(httpProxy, proxyOptions(route))
  }
  app.server.on('upgrade', (request, socket, head) => {
    if (isMisdirected(request, config)) return void socket.end(MISDIRECTED_SOCKET)
    streams.add(socket)
    forwardUpgrade({ request, socket, head, group: groups.orchestrator })
  })
  app.get('/', (_request, reply) => reply.redirect('/inspector'))
  addHealth(app, Object.values(groups))
  const closing = new AbortController()
  app.addHook('onReady', (done) => {
    groups.orchestrator.watch(app.log, closing.signal)
    done()
  })
  app.addHook('preClose', (done) => {
    closing.abort()
    streams.end()
    done()
  })
  return app
}

/** WebSockets are among what the inspector serves. */
function isForSocket({ url = '', headers }: IncomingMessage): boolean {
  return url.startsWith('/inspector/') && headers.upgrade?.toLowerCase() === 'websocket'
}

/** A name that was made to lead here, by a page of another site, finds nobody who is not asked who calls. */
function refuseOtherHosts(app: FastifyInstance, config: GatewayConfig): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!isMisdirected(request.raw, config)) return done()
    answerProblem(reply, 421, 'hote_refuse', MISDIRECTED)
  })
}

/** Where every call is asked for a token, or nothing but this machine can name the host, any name is as good. */
function isMisdirected({ headers }: IncomingMessage, config: GatewayConfig): boolean {
  const isAsked = config.ACCESS_TOKENS_FILE !== undefined || config.ACCESS_JWKS_URL !== undefined
  const isOpen = !isAsked || config.SERVICE_TOKEN === undefined
  return isOpen && headers.host !== undefined && !isLoopbackHost(headers.host)
}

const MISDIRECTED =
  'Nobody is asked who they are here, so it answers on its own machine alone, called as localhost: see ACCESS_TOKENS_FILE and SERVICE_TOKEN.'
const MISDIRECTED_SOCKET =
  'HTTP/1.1 421 Misdirected Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

interface ProxyRoute {
  prefix: string
  name: Name
  group: TargetGroup
  patienceMs: number
  streams: OpenStreams
}

function proxyOptions({ prefix, name, ...route }: ProxyRoute): FastifyHttpProxyOptions {
  const isOrchestrator = name === 'orchestrator'
  return {
    // Chosen call by call: see forward.ts, which needs no more than that there is one.
    upstream: '',
    prefix,
    rewritePrefix: prefix,
    internalRewriteLocationHeader: false,
    disableRequestLogging: true,
    proxyPayloads: false,
    undici: {
      // A start call may wait for minutes, an event stream for hours: the target says when it is over.
      headersTimeout: 0,
      bodyTimeout: 0,
      // No queue in front of the targets': only they know how many calls they can have under way, and say 503.
      connections: null,
      connectTimeout: CONNECT_MS,
    },
    handler: (request, reply, path, options) => {
      const { body, headers } = request
      const contentType = headers['content-type'] ?? 'application/octet-stream'
      const whole = body === undefined ? options : { ...options, body, contentType }
      return forward({ ...route, explains503: isOrchestrator, request, reply, path, options: whole })
    },
    replyOptions: {
      getUpstream: () => 'http://chosen.invalid',
      // Node has answered it: the body is here. undici would refuse to send it on.
      rewriteRequestHeaders: ({ raw }, { expect: _expect, cookie, ...headers }) => ({
        ...forwardedHeaders(raw, headers),
        // It signs in at orchestrators, and is nothing that a participant has to know.
        ...(isOrchestrator && cookie !== undefined && { cookie }),
      }),
    },
  }
}

function addHealth(app: FastifyInstance, groups: readonly TargetGroup[]) {
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  app.get('/metrics', async (request, reply) => {
    // There is no token that would let in to those of the gateway alone.
    if (!isLoopback(request.ip)) return reply.callNotFound()
    return reply.type(metrics.contentType).send(await metrics.metrics())
  })
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const checked = await Promise.all(
      groups.map(async (group) => ({ name: group.name, isReady: await group.isAnyReady() })),
    )
    const missing = checked.filter(({ isReady }) => !isReady).map(({ name }) => name)
    if (missing.length === 0) return { status: 'ready' }
    return answerProblem(reply, 503, 'indisponible', `Not ready: ${missing.join(', ')}.`)
  })
}
