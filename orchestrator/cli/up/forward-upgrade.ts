// One connection that becomes another protocol on its way through the gateway, such as a WebSocket. Of what passes then
// nothing is looked at or kept: the bytes go from one side to the other as fast as the slower one reads, for hours, and
// when one side is gone so is the other. A client that comes back finds another process.
import { request as ask, STATUS_CODES, type IncomingMessage } from 'node:http'
import { pipeline, type Duplex } from 'node:stream'
import { forwardedHeaders } from './forwarded.ts'
import type { Target, TargetGroup } from './target-group.ts'

/** How long a process may take to accept it. */
const ACCEPT_MS = 2000
/** Of one connection alone; and each answer here is the last on its connection. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding'])

export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** What the client said already in the other protocol. */
  readonly head: Buffer
  readonly group: TargetGroup
}

export function forwardUpgrade(upgrade: Upgrade): void {
  // A client may go at any time; whoever writes to it learns that it has closed.
  upgrade.socket.on('error', () => undefined)
  askNext(upgrade, new Set())
}

/** Whoever failed has accepted nothing yet, so another one is asked as long as there is one. */
function askNext(upgrade: Upgrade, tried: Set<Target>): void {
  const { request, socket, group } = upgrade
  const target = group.next(tried)
  if (target === undefined) return turnAway(socket, group.name)
  tried.add(target)
  const { url = '/' } = request
  // The path as it came: joined to the address, its dots would lead to what the gateway hands to nobody.
  const headers = forwardedHeaders(request)
  const options = { path: url, headers, setHost: false, agent: false, timeout: ACCEPT_MS }
  const call = ask(target.url, options)
  const giveUp = () => call.destroy()
  const askAnother = () => {
    socket.off('close', giveUp)
    if (socket.destroyed) return
    group.markNotReady(target)
    askNext(upgrade, tried)
  }
  socket.once('close', giveUp)
  call
    .on('error', () => undefined)
    .once('error', askAnother)
    .once('timeout', giveUp)
  call.once('upgrade', (response, far, farHead) => {
    call.off('error', askAnother)
    socket.write(headOf(101, response.rawHeaders))
    join(upgrade, far, farHead)
  })
  call.once('response', (response) => {
    call.off('error', askAnother)
    if (response.statusCode === 503 && group.next(tried) !== undefined) {
      response.resume()
      return askNext(upgrade, tried)
    }
    passOn(response, socket)
  })
  call.end()
}

function join(
  { socket, head }: Upgrade,
  far: Duplex & { setTimeout(ms: number): unknown },
  farHead: Buffer,
): void {
  far.setTimeout(0)
  if (head.length > 0) socket.unshift(head)
  if (farHead.length > 0) far.unshift(farHead)
  // Both ways at once: a connection of which one half is open would stay for ever.
  pipeline(socket, far, () => far.destroy())
  pipeline(far, socket, () => socket.destroy())
}

/** It is not accepted, and the client is told why. */
function passOn(response: IncomingMessage, socket: Duplex): void {
  const { statusCode = 502, rawHeaders } = response
  const kept = rawHeaders.flatMap((name, at) =>
    at % 2 === 1 || OF_CONNECTION.has(name.toLowerCase()) ? [] : [name, rawHeaders[at + 1] ?? ''],
  )
  socket.write(headOf(statusCode, [...kept, 'connection', 'close']))
  pipeline(response, socket, () => socket.destroy())
}

function turnAway(socket: Duplex, name: string): void {
  const detail = `${name} cannot be reached at the moment; try again.`
  const title = STATUS_CODES[503]
  const body = JSON.stringify({ type: 'about:blank', title, status: 503, detail, code: 'indisponible' })
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    'retry-after': '1',
    connection: 'close',
  }
  socket.end(headOf(503, Object.entries(headers).flat()) + body, () => socket.destroy())
}

/** `headers`: a name, its value, a name, … */
function headOf(status: number, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`]
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
