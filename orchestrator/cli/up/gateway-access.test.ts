import { once } from 'node:events'
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { readGatewayConfig, readUpConfig } from '../../config.ts'
import { prepareFirstOrder } from './first-order.ts'
import { buildGateway } from './gateway.ts'

const ASKED = { ACCESS_TOKENS_FILE: 'tokens.json', SERVICE_TOKEN: 'a-service-token-of-a-test' }

/** A gateway before one server that tells what came to it. */
async function gateway(t: Test, settings: Record<string, string> = {}) {
  const heard: IncomingMessage[] = []
  const server = createServer((request, response) => {
    heard.push(request)
    response.setHeader('content-type', 'application/json').end('{"cart_id": "c"}')
  })
  server.on('upgrade', (request, socket) => {
    heard.push(request)
    socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const targets = { ORCHESTRATOR_URLS: target, CARTS_URL: target, STOCKS_URL: target, PRODUITS_URL: target }
  const app = await buildGateway(readGatewayConfig({ LOG_LEVEL: 'silent', ...targets, ...settings }))
  t.teardown(() => app.close())
  return { app, heard }
}

async function upgrade(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const call = request(`${url}/inspector/stately`, {
    headers: { connection: 'upgrade', upgrade: 'websocket', ...headers },
  }).end()
  const heard = Promise.race([once(call, 'upgrade'), once(call, 'response')])
  const [response] = (await heard) as [IncomingMessage]
  call.destroy()
  return response.statusCode
}

t.test(
  'where nobody is asked, a host that only leads here is refused, and so is its WebSocket',
  async (t) => {
    const { app, heard } = await gateway(t)
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    for (const path of ['/api/sagas', '/api/caisse/1', '/inspector', '/readyz', '/nothing']) {
      const answer = await app.inject({ url: path, headers: { host: 'evil.example' } })
      t.match(answer, { statusCode: 421 }, path)
      t.match(answer.json(), { code: 'hote_refuse' })
    }
    t.equal(await upgrade(url, { host: 'evil.example' }), 421)
    t.equal(heard.length, 0)
    t.equal((await app.inject({ url: '/api/sagas', headers: { host: 'localhost:8000' } })).statusCode, 200)
    t.equal(await upgrade(url, { host: 'localhost:8000' }), 101)
  },
)

t.test(
  'where all are asked, it answers under any name; where participants are not, under its own',
  async (t) => {
    const there = { url: '/api/sagas', headers: { host: 'shop.example' } }
    const both = await gateway(t, ASKED)
    t.equal((await both.app.inject(there)).statusCode, 200)
    const half = await gateway(t, { ACCESS_TOKENS_FILE: ASKED.ACCESS_TOKENS_FILE })
    t.equal((await half.app.inject(there)).statusCode, 421)
  },
)

t.test('how a call came is told by the gateway, whatever its caller says', async (t) => {
  const { app, heard } = await gateway(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const { host } = new URL(url)
  const claims = {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '10.0.0.1',
    forwarded: 'host=evil.example',
    'x-real-ip': '10.0.0.1',
  }
  const own = { authorization: 'Bearer t', cookie: 'skald_session=t', traceparent: '00-1-2-01' }
  for (const path of ['/api/sagas/1', '/api/caisse/1'])
    await fetch(`${url}${path}`, { headers: { ...own, ...claims } })
  await upgrade(url, { ...own, ...claims })
  const told = { 'x-forwarded-host': host, 'x-forwarded-proto': 'http', 'x-forwarded-for': '127.0.0.1' }
  t.match(
    heard.map(({ headers }) => headers),
    [
      { ...own, ...told },
      { ...told, authorization: 'Bearer t' },
      { ...own, ...told },
    ],
  )
  for (const { headers } of heard) t.notMatch(JSON.stringify(headers), /evil|10\.0\.0\.1|https/)
  t.equal(heard[1]?.headers.cookie, undefined, 'no participant learns who is signed in')
})

t.test('metrics of the gateway are for its own machine', async (t) => {
  const { app } = await gateway(t, ASKED)
  t.equal((await app.inject({ url: '/metrics', remoteAddress: '10.0.0.1' })).statusCode, 404)
  t.equal((await app.inject({ url: '/metrics', remoteAddress: '127.0.0.1' })).statusCode, 200)
})

t.test('beyond its own machine it does not start before everybody is asked', async (t) => {
  const url = 'http://localhost:1'
  const targets = { ORCHESTRATOR_URLS: url, CARTS_URL: url, STOCKS_URL: url, PRODUITS_URL: url }
  const exposed = { HOST: '0.0.0.0', ...targets }
  const message =
    /^HOST is "0\.0\.0\.0", where others can call, and .*\nHOST is .*, and SERVICE_TOKEN is not set: /
  t.throws(() => readGatewayConfig(exposed), { message })
  t.throws(() => readUpConfig(exposed), { message })
  t.match(readGatewayConfig({ ...exposed, ...ASKED }), { HOST: '0.0.0.0' })
  t.match(readUpConfig({ ...exposed, ...ASKED }), { HOST: '0.0.0.0' })
})

t.test('the first order is made with the token of participants, and tells nobody’s token', async (t) => {
  const { app, heard } = await gateway(t, ASKED)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const order = await prepareFirstOrder({ url, serviceToken: ASKED.SERVICE_TOKEN, isAsked: true })
  t.ok(heard.every(({ headers }) => headers.authorization === `Bearer ${ASKED.SERVICE_TOKEN}`))
  t.match(order, '-H "Authorization: Bearer $SKALD_TOKEN"')
  t.notMatch(order, ASKED.SERVICE_TOKEN)
})
