// The one origin of `skald up`: hands each path to the process that answers it. A process that is being started again
// is waited for when nothing was sent yet, or when the call is safe to repeat; so a restart is felt as a short delay.
import { STATUS_CODES } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import type { FastifyHttpProxyOptions } from '@fastify/http-proxy'
import Fastify, { LogController } from 'fastify'
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerBase,
  RouteGenericInterface,
} from 'fastify'
import got from 'got'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { GatewayConfig } from '../../config.ts'

/** More than the 1 MiB of the processes behind, so that they answer 413 themselves. */
const BODY_BYTES_MAX = 2 * 1024 * 1024
const RETRY_MS = 200
/** How long a target that refuses connections is tried again: a restart takes about a second. */
const PATIENCE_MS = 10_000
const READY_MS = 2000

type Target = 'carts' | 'stocks' | 'produits' | 'orchestrator'

const routes: Record<string, Target> = {
  '/api/orchestrator': 'orchestrator',
  '/api/sagas': 'orchestrator',
  '/docs': 'orchestrator',
  '/inspector': 'orchestrator',
  '/api/caisse': 'carts',
  '/api/stock': 'stocks',
  '/api/produits': 'produits',
}

/** The gateway, not listening yet. A target that refuses connections is tried again for `patienceMs`. */
export async function buildGateway(
  config: GatewayConfig,
  patienceMs = PATIENCE_MS,
): Promise<FastifyInstance> {
  const targets: Record<Target, string> = {
    orchestrator: config.ORCHESTRATOR_URL,
    carts: config.CARTS_URL,
    stocks: config.STOCKS_URL,
    produits: config.PRODUITS_URL,
  }
  const logger = { level: config.LOG_LEVEL, name: 'gateway' }
  const logController = new LogController({ disableRequestLogging: true })
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    logger,
    logController,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  })
  // Bodies are kept as they came, so that they can be sent once more.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    answerProblem(reply, 404, 'route_inconnue', `There is no ${request.method} ${request.url} here.`),
  )
  for (const [prefix, target] of Object.entries(routes))
    await app.register(httpProxy, proxyOptions({ prefix, target, upstream: targets[target], patienceMs }))
  app.get('/', (_request, reply) => reply.redirect('/docs'))
  addHealth(app, targets)
  return app
}

/** The proxy plugin hands out replies of HTTP/1 and HTTP/2 alike. */
type Reply = FastifyReply<RouteGenericInterface, RawServerBase>
interface ProxyRoute {
  prefix: string
  target: Target
  upstream: string
  patienceMs: number
}

function proxyOptions({ prefix, target, upstream, patienceMs }: ProxyRoute): FastifyHttpProxyOptions {
  return {
    upstream,
    prefix,
    rewritePrefix: prefix,
    internalRewriteLocationHeader: false,
    disableRequestLogging: true,
    proxyPayloads: false,
    // A start call may wait for minutes, an event stream for hours: the target says when it is over.
    undici: { headersTimeout: 0, bodyTimeout: 0 },
    handler: ({ body, headers }, reply, dest, options) => {
      const contentType = headers['content-type'] ?? 'application/octet-stream'
      return reply.from(dest, body === undefined ? options : { ...options, body, contentType })
    },
    replyOptions: {
      // Node has answered it: the body is here. undici would refuse to send it on.
      rewriteRequestHeaders: (_request, { expect: _expect, ...headers }) => headers,
      retryDelay: ({ err, req, attempt }) => {
        const isSafe = wasRefused(err) || (wasCut(err) && mayBeRepeated(req.method, req.headers))
        return isSafe && attempt * RETRY_MS < patienceMs ? RETRY_MS : null
      },
      onError: (reply, { error }) => void answerNoReply(reply, target, error.cause),
    },
  }
}

function addHealth(app: FastifyInstance, targets: Record<Target, string>) {
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const checked = await Promise.all(
      Object.entries(targets).map(async ([name, url]) => ({ name, isReady: await isReady(url) })),
    )
    const missing = checked.filter(({ isReady }) => !isReady).map(({ name }) => name)
    if (missing.length === 0) return { status: 'ready' }
    return answerProblem(reply, 503, 'indisponible', `Not ready: ${missing.join(', ')}.`)
  })
}

async function isReady(url: string): Promise<boolean> {
  const options = { retry: { limit: 0 }, timeout: { request: READY_MS }, throwHttpErrors: false }
  return got(`${url}/readyz`, options).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** Refused before a byte was sent. */
function wasRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
}

/** The target died, or dropped the connection, with the call in its hands. */
function wasCut(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ECONNRESET', 'UND_ERR_SOCKET'].includes(String(error.code))
  )
}

/** Idempotent by its method (RFC 9110), or because its caller gave it a key: asked again, it is done once. */
function mayBeRepeated(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method !== 'POST' || headers['idempotency-key'] !== undefined
}

function answerNoReply(reply: Reply, target: Target, error: unknown) {
  if (wasRefused(error))
    return answerProblem(reply, 503, 'indisponible', `${target} cannot be reached at the moment; try again.`)
  const advice = 'what was asked may have been done; ask again, with the same Idempotency-Key'
  return answerProblem(reply, 502, 'reponse_perdue', `The answer of ${target} was lost: ${advice}.`)
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { statusCode: status = 500, message = '' } = Object(error)
  if (status === 413) return answerProblem(reply, 413, 'corps_trop_grand', 'The body is larger than 1 MiB.')
  if (status < 500) return answerProblem(reply, status, 'requete_invalide', message)
  request.log.error({ err: error }, 'the gateway failed')
  return answerProblem(
    reply,
    500,
    'erreur_interne',
    'Something went wrong in the gateway; its log tells what.',
  )
}

/** A problem document of RFC 9457. */
function answerProblem(reply: Reply, status: number, code: string, detail: string) {
  if (status === 503) void reply.header('retry-after', '1')
  const title = STATUS_CODES[status]
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: 'about:blank', title, status, detail, code })
}
