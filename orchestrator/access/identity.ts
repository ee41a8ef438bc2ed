/** Who calls, as far as it can be told from the token that came with the call; or why it is not let in. */
import type { FastifyReply } from 'fastify'
import type { Role } from '../../services/participant/access.ts'
import { problem, sendProblem, type Problem } from '../../services/participant/problem.ts'

export interface Identity {
  /** Of the token, or the `sub` of the JWT. */
  readonly name: string
  readonly roles: readonly Role[]
  /** Calls a second at one orchestrator. */
  readonly rateLimit: number
}

/** A closed set: it labels a metric. */
export type RefusalReason =
  | 'no_token'
  | 'unknown_token'
  | 'expired_token'
  | 'bad_jwt'
  | 'issuer_away'
  | 'role'
  | 'origin'
  | 'host'
  | 'rate'

export interface Refusal extends Problem {
  readonly why: RefusalReason
}

/** undefined: no token came with the call. */
export type Authenticate = (token: string | undefined) => Promise<Identity | Refusal>

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where nobody is asked who they are, as at routes that are public. */
    identity: Identity | null
  }
}

export function isRefusal(known: Identity | Refusal): known is Refusal {
  return 'why' in known
}

export function unauthenticated(why: RefusalReason, detail: string): Refusal {
  return { ...problem(401, 'non_authentifie', detail), why }
}

export function sendRefusal(reply: FastifyReply, { why, ...answer }: Refusal): FastifyReply {
  // RFC 6750: whoever came without a token is told no fault of theirs.
  if (answer.status === 401)
    reply.header('www-authenticate', why === 'no_token' ? 'Bearer' : 'Bearer error="invalid_token"')
  return sendProblem(reply, answer)
}
