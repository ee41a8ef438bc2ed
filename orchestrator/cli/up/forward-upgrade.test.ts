import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import getPort from 'get-port'
import t, { type Test } from 'tap'
import { until } from '../../../test/kit/until.ts'
import { readGatewayConfig } from '../../config.ts'
import { buildGateway } from './gateway.ts'

const PATH = '/inspector/stately'

/** The server's side of a WebSocket, as far as tests need it. */
interface Peer {
  readonly bufferedAmount: number
  send(data: string | Buffer): void
  on(event: 'message', listener: (data: Buffer) => void): void
  on(event: 'close', listener: () => void): void
}

const refuse = async (_request: FastifyRequest, reply: FastifyReply) =>
  reply.code(404).send({ code: 'saga_inconnue' })

/** What stands for an orchestrator: it accepts sockets at PATH, and echoes what they say. */
async function echo(t: Test) {
  const app = Fastify({ forceCloseConnections: true })
  const [peers, requests, sockets]: [Peer[], FastifyRequest[], Set<Socket>] = [[], [], new Set()]
  await app.register(websocket)
  app.get('/readyz', () => ({}))
  app.get('/inspector/refused', { websocket: true, preValidation: refuse }, () => undefined)
  app.get(PATH, { websocket: true }, (socket: Peer, request) => {
    peers.push(socket)
    requests.push(request)
    socket.on('message', (data) => socket.send(`echo ${String(data)}`))
  })
  app.get('/api/counts', () => ({ counts: [] }))
  app.server.on('connection', (socket) => sockets.add(socket))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  /** As when it is killed. */
  const die = () => {
    app.server.close()
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return { url, peers, requests, die }
}

const freeUrl = async () => `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`

async function gateway(t: Test, urls: readonly string[]) {
  const elsewhere = await freeUrl()
  const participants = { CARTS_URL: elsewhere, STOCKS_URL: elsewhere, PRODUITS_URL: elsewhere }
  const settings = { ...participants, ORCHESTRATOR_URLS: urls.join(','), LOG_LEVEL: 'silent' }
  const app = await buildGateway(readGatewayConfig(settings), 0)
  t.teardown(() => app.close())
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  return { app, port: Number(port), url: `ws://127.0.0.1:${port}${PATH}` }
}

/** Resolves when it is open, or has failed. */
async function open(t: Test, url: string) {
  const socket = new WebSocket(url)
  t.teardown(() => socket.close())
  const heard: string[] = []
  socket.addEventListener('message', ({ data }) => heard.push(String(data)))
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()))
  await Promise.race([closed, once(socket, 'open')])
  return { socket, heard, closed, isOpen: socket.readyState === WebSocket.OPEN }
}

/** A client that says how far it is by hand, and reads when it is let. */
async function handshake(t: Test, { port }: { port: number }, path = PATH, protocol = 'websocket') {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let answer = ''
  socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece))
  const lines = [
    `GET ${path}?saga=1 HTTP/1.1`,
    'Host: skald.localhost',
    `Upgrade: ${protocol}`,
    'Connection: Upgrade',
    'Origin: http://elsewhere.example',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const head = await until('an answer', async () => answer.includes('\r\n\r\n') && answer)
  return { socket, head, answer: () => answer }
}

t.test('a WebSocket passes both ways, with all that its client said of itself', async (t) => {
  const target = await echo(t)
  const { url, port } = await gateway(t, [target.url])
  const { socket, heard } = await open(t, `${url}?saga=1`)
  socket.send('one')
  await until('the echo', async () => heard.includes('echo one'))
  t.equal(target.requests[0]?.url, `${PATH}?saga=1`)
  const { head } = await handshake(t, { port })
  t.match(head, /^HTTP\/1.1 101 /)
  t.match(target.requests[1]?.headers, { host: 'skald.localhost', origin: 'http://elsewhere.example' })
  socket.close()
  await until('the end, at the target', async () => target.requests[0]?.raw.socket.destroyed)
})

t.test('of a client that does not read, nothing piles up in the gateway', async (t) => {
  const target = await echo(t)
  const { socket } = await handshake(t, await gateway(t, [target.url]))
  socket.pause()
  const peer = await until('its peer', async () => target.peers[0])
  const piece = Buffer.alloc(1024 * 1024)
  let sent = 0
  await until('it waits where it comes from', async () => {
    if (peer.bufferedAmount > 0) return true
    peer.send(piece)
    sent += 1
    return false
  })
  t.ok(sent < 32, `${sent} MiB were taken`)
  socket.resume()
  await until('all is sent', async () => peer.bufferedAmount === 0)
})

t.test('a socket ends with the process behind it, and the next one reaches another', async (t) => {
  const [first, second] = [await echo(t), await echo(t)]
  const { url } = await gateway(t, [first.url, second.url])
  const { closed } = await open(t, url)
  const target = first.peers.length > 0 ? first : second
  target.die()
  await closed
  for (let time = 0; time < 3; time += 1) t.ok((await open(t, url)).isOpen)
  t.equal(first.peers.length + second.peers.length, 4)
})

t.test(
  'where nobody listens another one is asked; where nobody does at all, the client is told',
  async (t) => {
    const target = await echo(t)
    const { url } = await gateway(t, [await freeUrl(), await freeUrl(), target.url])
    for (let time = 0; time < 3; time += 1) t.ok((await open(t, url)).isOpen)
    const none = await handshake(t, await gateway(t, [await freeUrl()]))
    t.match(none.head, /^HTTP\/1.1 503 [^]*"code":"indisponible"/)
    await until('no more on it', async () => none.socket.destroyed)
  },
)

t.test('a socket that is refused is refused with the same answer', async (t) => {
  const target = await echo(t)
  const { head, answer, socket } = await handshake(t, await gateway(t, [target.url]), '/inspector/refused')
  await until('no more on it', async () => socket.destroyed)
  t.match(head, /^HTTP\/1.1 404 Not Found\r\n/)
  t.match(answer(), /\r\n\r\n\{"code":"saga_inconnue"\}$/)
})

t.test('when the gateway ends, so do sockets', async (t) => {
  const target = await echo(t)
  const { app, url } = await gateway(t, [target.url])
  const { closed } = await open(t, url)
  await app.close()
  await closed
  await until('the end, at the target', async () => target.requests[0]?.raw.socket.destroyed)
})

t.test('no path leads out of what is handed on', async (t) => {
  const target = await echo(t)
  const at = await gateway(t, [target.url])
  for (const dots of ['..', '%2e%2e', '..\\']) {
    const { head } = await handshake(t, at, `/inspector/${dots}/readyz`)
    t.match(head, /^HTTP\/1.1 404 /, dots)
  }
})

t.test(
  'what offers another protocol, or asks for a socket where there is none, is answered as ever',
  async (t) => {
    const target = await echo(t)
    const at = await gateway(t, [target.url])
    for (const [path, protocol] of [
      ['/api/counts', 'h2c'],
      ['/api/counts', 'websocket'],
    ] as const) {
      const { head } = await handshake(t, at, path, protocol)
      t.match(head, /^HTTP\/1.1 200 OK/, `${path} ${protocol}`)
    }
  },
)
