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

t.test('whoever asks at once whether it is ready makes it look once', async (t) => {
  let looks = 0
  let { promise, resolve, reject } = Promise.withResolvers<void>()
  const ready = async () => {
    looks += 1
    return promise
  }
  const app = await buildHttpServer('test', { log: 'silent', ready })
  t.teardown(() => app.close())
  let calls = 0
  app.addHook('preHandler', (_request, _reply, done) => {
    calls += 1
    done()
  })
  const ask = () => [1, 2, 3].map(async () => (await app.inject('/readyz')).statusCode)
  const first = ask()
  await until('all of them wait', async () => calls === 3)
  resolve()
  t.strictSame(await Promise.all(first), [200, 200, 200])
  t.equal(looks, 1)
  ;({ promise, reject } = Promise.withResolvers<void>())
  const later = ask()
  await until('three more wait', async () => calls === 6)
  reject(new Error('the database is away'))
  t.strictSame(await Promise.all(later), [503, 503, 503])
  t.equal(looks, 2)
})
