/**
 * Stands before every route: who calls is told by a token, what they may by its roles, how often by its limit. What is
 * no route is closed as well, so that nothing is told of this server to whoever has no token.
 */
import cookie from '@fastify/cookie'
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { Access as Declared } from '../../services/participant/access.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { problem } from '../../services/participant/problem.ts'
import type { Access, AccessObserver } from './access.ts'
import { nameActors } from './actor.ts'
import { credentialsOf } from './credentials.ts'
import { isRefusal, sendRefusal, type Identity, type Refusal } from './identity.ts'
import { guardLoopback } from './loopback-guard.ts'
import { isFromOwnPage } from './own-page.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It looks itself at which pages may call it. */
    readonly checksOrigin?: boolean
  }
}

/** Asked by whoever watches the process, who must not be told that it is away because somebody else calls too often. */
const HEALTH: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz'])

export interface GuardOptions {
  /** Undefined where nobody is asked who they are. */
  readonly access: Access | undefined
  readonly observer: Pick<AccessObserver, 'refused'>
}

type Limit = ReturnType<HttpServer['createRateLimit']>

/** Called before the first route. */
export async function guard(app: HttpServer, { access, observer }: GuardOptions): Promise<void> {
  app.decorateRequest('identity', null)
  // Where nobody signs in there are no cookies to read.
  await app.register(cookie, { hook: access === undefined ? false : 'onRequest' })
  if (access === undefined) return guardLoopback(app, observer)
  await app.register(helmet, HEADERS)
  await guardByToken(app, access, observer)
  nameActors(app)
}

/** For answers that no browser has to show; the pages of the inspector and of the documentation have policies of their own. */
const HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  // Who may show a page in a frame is said by frame-ancestors, which can name several.
  frameguard: false,
  // Whoever ends TLS in front of this process says whether it is there to stay.
  hsts: false,
}

async function guardByToken(app: HttpServer, access: Access, observer: GuardOptions['observer']) {
  await app.register(rateLimit, {
    global: false,
    timeWindow: 1_000,
    max: ({ identity }) => identity?.rateLimit ?? access.rateLimit,
    // A name has no blank at its front.
    keyGenerator: ({ identity, ip }) => identity?.name ?? ` ${ip}`,
  })
  const limit = app.createRateLimit()
  app.addHook('onRequest', async (request, reply) => {
    // What was seen with a token is kept by nobody on the way.
    reply.header('cache-control', 'no-store')
    const refusal = await refusalOf(request, { access, limit })
    if (refusal === undefined) return undefined
    observer.refused(refusal.why)
    if (refusal.status === 429) reply.header('retry-after', '1')
    return sendRefusal(reply, refusal)
  })
}

async function refusalOf(
  request: FastifyRequest,
  { access, limit }: { access: Access; limit: Limit },
): Promise<Refusal | undefined> {
  const { config, url } = request.routeOptions
  if (config.access === 'public') return HEALTH.has(url) ? undefined : await tooOften(request, limit)
  const { token, isCookie } = credentialsOf(request)
  const known = await access.authenticate(token)
  if (isRefusal(known)) return (await tooOften(request, limit)) ?? known
  request.identity = known
  const often = await tooOften(request, limit)
  if (often !== undefined) return often
  if (isCookie && config.checksOrigin !== true && !isFromOwnPage(request.raw)) return foreign
  return roleRefusal(known, config.access)
}

/** None for an address that is no route: it is told to be none. */
function roleRefusal({ name, roles }: Identity, declared: Declared | undefined): Refusal | undefined {
  if (declared === undefined || declared === 'public' || declared.some((role) => roles.includes(role)))
    return undefined
  const detail = `This takes a token with the role ${declared.join(' or ')}; that of ${name} has ${roles.join(', ') || 'none'}.`
  return { ...problem(403, 'interdit', detail), why: 'role' }
}

const foreign: Refusal = {
  ...problem(403, 'origine_refusee', 'Pages of another site can not call for whoever is signed in here.'),
  why: 'origin',
}

async function tooOften(request: FastifyRequest, limit: Limit): Promise<Refusal | undefined> {
  const limited = await limit(request)
  if (limited.isAllowed || !limited.isExceeded) return undefined
  const detail = `These are more than ${limited.max} calls a second; wait before the next.`
  return { ...problem(429, 'trop_d_appels', detail), why: 'rate' }
}
