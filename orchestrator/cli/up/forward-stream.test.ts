import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import getPort from 'get-port'
import t, { type Test } from 'tap'
import { openEventStream } from '../../../test/kit/event-stream.ts'
import { until } from '../../../test/kit/until.ts'
import { readGatewayConfig } from '../../config.ts'
import { buildGateway } from './gateway.ts'

/** What stands for an orchestrator: it begins a stream for each call, and ends none. */
async function streaming(t: Test) {
  const streams: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (request.url === '/readyz') return response.writeHead(200).end()
    streams.push(response)
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    return response.write('data: 0\n\n')
  }).listen(0, '127.0.0.1')
  const die = () => {
    server.closeAllConnections()
    server.close()
  }
  t.teardown(die)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}`, streams, die }
}

async function gateway(t: Test, urls: readonly string[]) {
  const elsewhere = `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`
  const participants = { CARTS_URL: elsewhere, STOCKS_URL: elsewhere, PRODUITS_URL: elsewhere }
  const settings = { ...participants, ORCHESTRATOR_URLS: urls.join(','), LOG_LEVEL: 'silent' }
  const app = await buildGateway(readGatewayConfig(settings), 0)
  t.teardown(() => app.close())
  return { app, url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/inspector/api/live` }
}

t.test('each event passes as it comes, with its headers', async (t) => {
  const target = await streaming(t)
  const { url } = await gateway(t, [target.url])
  const stream = await openEventStream(t, url)
  t.match(stream.response.headers, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  for (let event = 0; event < 3; event += 1) {
    await stream.next('', (data) => data === event)
    target.streams[0]?.write(`data: ${event + 1}\n\n`)
  }
  await stream.next('', (data) => data === 3)
})

t.test('a stream ends when its client does', async (t) => {
  const target = await streaming(t)
  const { url } = await gateway(t, [target.url])
  const stream = await openEventStream(t, url)
  await stream.next('')
  stream.close()
  await until('the end, at the target', async () => target.streams[0]?.destroyed)
})

t.test('a stream ends when the process behind it dies, and the next one is of another', async (t) => {
  const [first, second] = [await streaming(t), await streaming(t)]
  const { url } = await gateway(t, [first.url, second.url])
  const stream = await openEventStream(t, url)
  await stream.next('')
  const target = first.streams.length > 0 ? first : second
  target.die()
  await until('the end, at the client', async () => stream.isEnded())
  t.notOk(stream.response.complete, 'as one that broke off')
  for (let time = 0; time < 3; time += 1) await (await openEventStream(t, url)).next('')
  t.equal(first.streams.length + second.streams.length, 4)
})

t.test('when the gateway ends, streams do not hold it up', async (t) => {
  const target = await streaming(t)
  const { app, url } = await gateway(t, [target.url])
  const stream = await openEventStream(t, url)
  await stream.next('')
  await app.close()
  await until('the end, at the client', async () => stream.isEnded())
})
