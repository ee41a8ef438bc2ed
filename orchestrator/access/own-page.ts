import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isSameOrigin } from './origin.ts'

/**
 * Whether a call that a cookie let in was made by a page of ours. A cookie of SameSite=Strict is sent by pages of other
 * ports and subdomains too. What changes something must say where it comes from, as browsers do with every such call;
 * of what only reads they may say nothing, and no other page gets to see the answer.
 */
export function isFromOwnPage({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || (site === 'none' && isSafe(method))
  return headers.origin === undefined ? isSafe(method) : isOwnOrigin(headers)
}

/** By the host that was called, or the one that the proxy in front of it was called by: no page can choose either. */
export function isOwnOrigin(headers: IncomingHttpHeaders): boolean {
  const { origin = '', host } = headers
  const forwarded = headers['x-forwarded-host']
  return [host, forwarded].some((name) => typeof name === 'string' && isSameOrigin(origin, name))
}

const isSafe = (method = '') => ['GET', 'HEAD', 'OPTIONS'].includes(method)
