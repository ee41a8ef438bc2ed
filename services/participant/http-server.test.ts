import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { until } from '../../test/kit/until.ts'
import { buildHttpServer } from './http-server.ts'

t.test('a connection that nothing came on does not hold up the end', async (t) => {
  const app = await buildHttpServer('test', { log: 'silent', ready: async () => undefined })
  t.teardown(() => app.close())
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  await until('it is accepted', async () => (await connectionsOf(app)) === 1)
  let isClosed = false
  void app.close().then(() => (isClosed = true))
  await until('the server has ended', async () => isClosed)
})

const connectionsOf = async ({ server }: Awaited<ReturnType<typeof buildHttpServer>>) =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))

const unreadable: Readonly<Record<string, { sent: string; status: number; code: string }>> = {
  'headers of more than 16 KiB': {
    sent: `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(16_384)}\r\n\r\n`,
    status: 431,
    code: 'en_tetes_trop_grands',
  },
  'no HTTP': { sent: 'hello\r\n\r\n', status: 400, code: 'requete_illisible' },
  'two lengths': {
    sent: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
    code: 'requete_illisible',
  },
}

t.test('what is no request is answered by a problem document, and hung up on', async (t) => {
  const app = await buildHttpServer('test', { log: 'silent', ready: async () => undefined })
  t.teardown(() => app.close())
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  for (const [what, { sent, status, code }] of Object.entries(unreadable)) {
    const socket = connect(Number(port), '127.0.0.1').end(sent)
    const answer = await text(socket)
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*"code":"${code}"\\}$`), what)
  }
})

t.test('a request has to arrive in time', async (t) => {
  const app = await buildHttpServer('test', { log: 'silent', ready: async () => undefined })
  t.teardown(() => app.close())
  t.match(app.server, { requestTimeout: 30_000, headersTimeout: 10_000 })
})
