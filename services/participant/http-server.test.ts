import { once } from 'node:events'
import { connect } from 'node:net'
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
