/**
 * How the page of the inspector is let in: its token in a cookie that no script can read and that no other site's page
 * sends. The server keeps nothing of it, so any orchestrator takes it, and it holds as long as the token itself does.
 */
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { problem, sendProblem } from '../../services/participant/problem.ts'
import { isRefusal, sendRefusal, type Authenticate, type Identity } from './identity.ts'

const COOKIE = 'skald_session'
/** A browser keeps 4,096 bytes of a cookie with all its attributes. */
const TOKEN_LENGTH_MAX = 3_800
const SECONDS = 12 * 3_600
const PATH = '/inspector/api/session'

const config = { access: 'public' } as const
const Credentials = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: TOKEN_LENGTH_MAX }) },
  { additionalProperties: false },
)

export interface SessionOptions {
  /** Undefined where nobody is asked who they are. */
  readonly authenticate: Authenticate | undefined
}

/** Needs @fastify/cookie. */
export function sessionTokenOf(request: FastifyRequest): string | undefined {
  return request.cookies[COOKIE]
}

export async function sessionRoutes(app: HttpServer, { authenticate }: SessionOptions): Promise<void> {
  app.get(PATH, { config, schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (authenticate === undefined) return { configured: false, name: null, roles: [] }
    const token = sessionTokenOf(request)
    const known = token === undefined ? undefined : await authenticate(token)
    if (known === undefined || isRefusal(known)) return { configured: true, name: null, roles: [] }
    return { configured: true, name: known.name, roles: known.roles }
  })

  app.post(PATH, { config, schema: { hide: true, body: Credentials } }, async (request, reply) => {
    const { token } = request.body
    const known = await authenticate?.(token)
    if (known === undefined) return reply.code(204).send()
    if (isRefusal(known)) return sendRefusal(reply, known)
    if (!known.roles.includes('read')) return sendProblem(reply, blind(known))
    return reply
      .setCookie(COOKIE, token, { ...attributesFor(request), maxAge: SECONDS })
      .code(204)
      .send()
  })

  app.delete(PATH, { config, schema: { hide: true } }, (request, reply) =>
    reply.clearCookie(COOKIE, attributesFor(request)).code(204).send(),
  )
}

const blind = ({ name, roles }: Identity) =>
  problem(
    403,
    'interdit',
    `Looking at sagas takes a token with the role read; that of ${name} has ${roles.join(', ')}.`,
  )

/** Secure where the proxy in front says so: over plain HTTP, as on loopback, a browser would not send it at all. */
function attributesFor({ headers }: FastifyRequest): CookieSerializeOptions {
  const secure = headers['x-forwarded-proto'] === 'https'
  return { path: '/', httpOnly: true, sameSite: 'strict', secure }
}
