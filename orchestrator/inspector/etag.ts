/** Whether the caller has the answer already, by its ETag. */
import type { FastifyRequest } from 'fastify'

export function isKnownToCaller({ headers }: FastifyRequest, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((one) => one.trim())
  return known.some((one) => one === '*' || opaque(one) === opaque(etag))
}

/** For this question weak and strong are the same. */
const opaque = (etag: string) => etag.replace(/^W\//, '')
