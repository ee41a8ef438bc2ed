import type { FastifyRequest } from 'fastify'
import { bearerIn } from '../../services/participant/access.ts'
import { sessionTokenOf } from './session.ts'

/** An Authorization that is none of ours is not made good by a cookie: whoever sends it means it. */
export function credentialsOf(request: FastifyRequest): { token: string | undefined; isCookie: boolean } {
  const { authorization } = request.headers
  if (authorization === undefined) return { token: sessionTokenOf(request), isCookie: true }
  return { token: bearerIn(authorization), isCookie: false }
}
