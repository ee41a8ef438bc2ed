/**
 * Who may call a participant, where that is asked: orchestrators, and whoever else has the service token. Several count
 * while it is being changed: participants take the new one first, then orchestrators send it, then the old one goes.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { bearerIn } from './access.ts'
import type { HttpServer } from './http-server.ts'
import { foreignnessOf } from './loopback.ts'
import { problem, sendProblem, type Problem } from './problem.ts'

export type ServiceTokens = {
  /** Separated by commas; undefined where nobody is asked. */
  serviceToken?: string | undefined
  /** Lets in to the metrics, and to nothing else. */
  metricsToken?: string | undefined
}

/** A route that says nothing of its access is closed, as is an address that is none. */
export function demandServiceToken(app: HttpServer, { serviceToken, metricsToken }: ServiceTokens): void {
  const own = serviceToken?.split(',').map(digestOf) ?? []
  const ofMetrics = metricsToken === undefined ? own : [...own, digestOf(metricsToken)]
  app.addHook('onRequest', (request, reply, done) => {
    const access = request.routeOptions.config?.access
    const accepted = access !== 'public' && access?.includes('metrics') === true ? ofMetrics : own
    const refusal = access === 'public' ? undefined : refusalOf(request, accepted)
    if (refusal === undefined) return done()
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer')
    sendProblem(reply, refusal)
  })
}

function refusalOf({ headers }: FastifyRequest, accepted: readonly Buffer[]): Problem | undefined {
  if (accepted.length > 0) return isAmong(accepted, headers.authorization) ? undefined : unauthenticated
  const by = foreignnessOf(headers)
  if (by === undefined) return undefined
  // A page of another site can have a browser send what it may not read the answer of, a lock of a cart for example.
  return by === 'host' ? misdirected : foreign
}

const unauthenticated = problem(
  401,
  'non_authentifie',
  'This service is called with its token alone: send it as Authorization: Bearer, the same as its SERVICE_TOKEN.',
)

const misdirected = problem(
  421,
  'hote_refuse',
  'Without SERVICE_TOKEN this service answers on its own machine alone, called as localhost.',
)

const foreign = problem(403, 'origine_refusee', 'Pages of another site can not call this service.')

/** All of them are compared, and their digests, so that the time tells neither how much of one was right nor of which. */
function isAmong(accepted: readonly Buffer[], authorization: string | undefined): boolean {
  const token = bearerIn(authorization)
  if (token === undefined) return false
  const digest = digestOf(token)
  return accepted.map((one) => timingSafeEqual(one, digest)).includes(true)
}

const digestOf = (token: string) => createHash('sha256').update(token).digest()
