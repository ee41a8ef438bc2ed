/**
 * A stream may go on for hours, and a token end meanwhile: who listens is looked at anew now and then, as if it had just
 * come. A page whose stream ends comes back by itself, and is told at the door why it is let in no more.
 */
import type { FastifyRequest } from 'fastify'
import { credentialsOf } from './credentials.ts'
import { isRefusal, type Authenticate } from './identity.ts'

const EVERY_MS = 15_000

/** `end` is called once, when it may listen no more. Returns what ends the watch. */
export function whileLetIn(
  request: FastifyRequest,
  authenticate: Authenticate | undefined,
  end: () => void,
): () => void {
  if (authenticate === undefined) return () => undefined
  const { token } = credentialsOf(request)
  const { access } = request.routeOptions.config
  const isLetIn = async () => {
    const known = await authenticate(token)
    // Where its issuer is away, a token that held so far holds.
    if (isRefusal(known)) return known.status !== 401
    return access === 'public' || access?.some((role) => known.roles.includes(role)) === true
  }
  const look = async () => {
    if (await isLetIn()) return
    clearInterval(timer)
    end()
  }
  const timer = setInterval(() => void look(), EVERY_MS).unref()
  return () => clearInterval(timer)
}
