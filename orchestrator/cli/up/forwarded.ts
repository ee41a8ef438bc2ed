// What is told to the processes behind the gateway of how a call came, whatever its caller says of that: of a call that
// a cookie lets in they ask whether it was made by a page of the address that it came to.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** Of RFC 7239 and its forerunners. */
const CLAIMS = /^(forwarded|x-forwarded-.*|x-real-ip)$/

export function forwardedHeaders(
  { headers: original, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  headers = original,
): IncomingHttpHeaders {
  const believed = Object.entries(headers).filter(([name]) => !CLAIMS.test(name))
  return {
    ...Object.fromEntries(believed),
    ...(original.host !== undefined && { 'x-forwarded-host': original.host }),
    ...(socket.remoteAddress !== undefined && { 'x-forwarded-for': socket.remoteAddress }),
    'x-forwarded-proto': 'http',
  }
}
