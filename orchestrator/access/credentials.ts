import type { FastifyRequest } from 'fastify'
import { sessionTokenOf } from './session.ts'

/** An Authorization that is none of ours is not made good by a cookie: whoever sends it means it. */
export function credentialsOf(request: FastifyRequest): { token: string | undefined; isCookie: boolean } {
  const { authorization } = request.headers
  if (authorization === undefined) return { token: sessionTokenOf(request), isCookie: true }
  return { token: /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1], isCookie: false }
}
