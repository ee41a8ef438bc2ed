/** What is this machine alone: where nobody asks who calls, nobody but its own users can call. Pure. */
import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** What can be listened on: a name or an address. With brackets or a port it is a part of a URL, which nobody listens on. */
export const HOST_PATTERN = '^([A-Za-z0-9._-]+|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?)$'

/** Of an address or name to listen on. Another name is not believed to be one, wherever it may lead today. */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  return version === 0 ? host.toLowerCase() === 'localhost' : LOOPBACK.check(host, `ipv${version}` as 'ipv4')
}

/**
 * Whether a Host header names this machine. A page of another site can have its own name lead here, and is then let in
 * by the browser as if it were from here; the name that it calls by gives it away.
 */
export function isLoopbackHost(header: string | undefined): boolean {
  const host = header === undefined ? null : URL.parse(`http://${header}`)
  if (host === null || host.pathname !== '/' || host.username !== '') return false
  const name = host.hostname.replace(/^\[|\]$/g, '')
  return isLoopback(name) || name.endsWith('.localhost')
}

/**
 * How a call that nobody is asked about gives itself away as that of another site's page: by the name that it was made
 * with, or by where it says that it comes from. No browser leaves out the one, nor hides the other.
 */
export function foreignnessOf({ host, origin }: IncomingHttpHeaders): 'host' | 'origin' | undefined {
  if (host !== undefined && !isLoopbackHost(host)) return 'host'
  return origin === undefined || isLoopbackHost(URL.parse(origin)?.host) ? undefined : 'origin'
}
