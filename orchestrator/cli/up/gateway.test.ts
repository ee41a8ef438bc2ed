import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import getPort from 'get-port'
import t from 'tap'
import type { Test } from 'tap'
import { readGatewayConfig } from '../../config.ts'
import { buildGateway } from './gateway.ts'

const MEBIBYTE = 1024 * 1024

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

async function listen(t: Test, answer: Answer, port = 0): Promise<string> {
  const server = createServer((request, response) => void answer(request, response)).listen(port, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** A gateway whose targets are all at `url`, but for those in `others`. */
async function gateway(t: Test, url: string, { patienceMs = 0, ...others }: Record<string, unknown> = {}) {
  const targets = { ORCHESTRATOR_URLS: url, CARTS_URL: url, STOCKS_URL: url, PRODUITS_URL: url }
  const config = readGatewayConfig({ ...targets, ...others, LOG_LEVEL: 'silent' })
  const app = await buildGateway(config, Number(patienceMs))
  t.teardown(() => app.close())
  return app
}

const freeUrl = async () => `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`

t.test('path, query, headers and body go to the target as they came', async (t) => {
  const seen: unknown[] = []
  const url = await listen(t, async (request, response) => {
    const { method, headers } = request
    seen.push({ method, url: request.url, key: headers['idempotency-key'], type: headers['content-type'] })
    response.end(await buffer(request))
  })
  const app = await gateway(t, url)
  const payload = '{ "not":  rewritten '
  const headers = { 'content-type': 'application/json; charset=utf-8', 'idempotency-key': 'k' }
  const answer = await app.inject({ method: 'POST', url: '/api/orchestrator/?a=%20b', headers, payload })
  t.equal(answer.body, payload)
  t.same(seen, [
    { method: 'POST', url: '/api/orchestrator/?a=%20b', key: 'k', type: 'application/json; charset=utf-8' },
  ])
})

t.test('status, headers and body of the target come back as they are', async (t) => {
  const headers = {
    location: '/api/sagas/1',
    'retry-after': '7',
    'idempotency-replayed': 'true',
    'content-type': 'application/problem+json',
  }
  const url = await listen(t, (_request, response) =>
    response.writeHead(503, headers).end('{"code":"theirs"}'),
  )
  const answer = await (await gateway(t, url)).inject('/api/sagas/1')
  t.equal(answer.statusCode, 503)
  t.match(answer.headers, headers)
  t.equal(answer.body, '{"code":"theirs"}')
})

for (const [path, target] of Object.entries({
  '/api/orchestrator': 'ORCHESTRATOR_URLS',
  '/api/orchestrator/': 'ORCHESTRATOR_URLS',
  '/api/sagas/x/events': 'ORCHESTRATOR_URLS',
  '/api/counts': 'ORCHESTRATOR_URLS',
  '/api/machines': 'ORCHESTRATOR_URLS',
  '/api/transitions?after=x': 'ORCHESTRATOR_URLS',
  '/api/export?limit=1': 'ORCHESTRATOR_URLS',
  '/api/bulk/x/sagas': 'ORCHESTRATOR_URLS',
  '/docs/': 'ORCHESTRATOR_URLS',
  '/inspector/app.js': 'ORCHESTRATOR_URLS',
  '/api/caisse/x/': 'CARTS_URL',
  '/api/stock/101/501/': 'STOCKS_URL',
  '/api/produits/ventes/': 'PRODUITS_URL',
}))
  t.test(`${path} is answered by ${target}`, async (t) => {
    const other = await listen(t, (_request, response) => response.end('another'))
    const url = await listen(t, (request, response) => response.end(request.url))
    t.equal((await (await gateway(t, other, { [target]: url })).inject(path)).body, path)
  })

t.test('a path that is nobody’s is a problem document', async (t) => {
  const answer = await (await gateway(t, await freeUrl())).inject('/api/nothing')
  t.equal(answer.statusCode, 404)
  t.match(answer.json(), { status: 404, code: 'route_inconnue' })
})

t.test('a target that comes back in time is waited for, and gets the body whole', async (t) => {
  const url = await freeUrl()
  const app = await gateway(t, url, { patienceMs: 20_000 })
  const isRefused = new Promise((resolve) => subscribe('undici:client:connectError', resolve))
  const answer = app.inject({ method: 'POST', url: '/api/caisse/', payload: { magasin_id: 1 } })
  await isRefused
  await listen(t, async (request, response) => response.end(await buffer(request)), Number(new URL(url).port))
  t.same((await answer).json(), { magasin_id: 1 })
})

t.test('a target that does not come back is a 503 with Retry-After', async (t) => {
  const answer = await (
    await gateway(t, await freeUrl())
  ).inject({ method: 'POST', url: '/api/caisse/', payload: {} })
  t.equal(answer.statusCode, 503)
  t.match(answer.headers, { 'retry-after': '1', 'content-type': /^application\/problem\+json/ })
  t.match(answer.json(), { status: 503, code: 'indisponible', detail: /^carts cannot be reached/ })
})

t.test(
  'a target that dies before it answers is called once, and the answer says it may have been done',
  async (t) => {
    let calls = 0
    const url = await listen(t, (request) => {
      calls += 1
      request.socket.destroy()
    })
    const app = await gateway(t, url, { patienceMs: 20_000 })
    const answer = await app.inject({ method: 'POST', url: '/api/orchestrator/', payload: {} })
    t.equal(answer.statusCode, 502)
    t.match(answer.json(), { status: 502, code: 'reponse_perdue' })
    t.equal(calls, 1)
  },
)

t.test('a call with a key, whose target dies before it answers, is asked again', async (t) => {
  const keys: unknown[] = []
  const url = await listen(t, async (request, response) => {
    keys.push(request.headers['idempotency-key'])
    if (keys.length === 1) request.socket.destroy()
    else response.end(await buffer(request))
  })
  const app = await gateway(t, url, { patienceMs: 20_000 })
  const answer = await app.inject({
    method: 'POST',
    url: '/api/orchestrator/',
    headers: { 'idempotency-key': 'k-1' },
    payload: { cart_id: 'c' },
  })
  t.same(answer.json(), { cart_id: 'c' })
  t.strictSame(keys, ['k-1', 'k-1'])
})

t.test('a body a little larger than 1 MiB reaches the target, one far larger is refused', async (t) => {
  const url = await listen(t, async (request, response) =>
    response.end(String((await buffer(request)).length)),
  )
  const app = await gateway(t, url)
  const post = (size: number) =>
    app.inject({ method: 'POST', url: '/api/orchestrator/', payload: 'x'.repeat(size) })
  t.equal((await post(MEBIBYTE + 1)).body, String(MEBIBYTE + 1))
  const answer = await post(3 * MEBIBYTE)
  t.equal(answer.statusCode, 413)
  t.match(answer.json(), { status: 413, code: 'corps_trop_grand' })
})

t.test('a caller that waits for 100 Continue, as curl does with large bodies, is served', async (t) => {
  const app = await gateway(
    t,
    await listen(t, (request, response) => void buffer(request).then((b) => response.end(b))),
  )
  const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const call = request({
    port: url.port,
    method: 'POST',
    path: '/api/orchestrator/',
    headers: { expect: '100-continue' },
  })
  call.on('continue', () => call.end('{"cart_id":"c"}'))
  call.flushHeaders()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  t.equal(answer.statusCode, 200)
  t.equal((await buffer(answer)).toString(), '{"cart_id":"c"}')
})

t.test('an address that can not be read is a problem document', async (t) => {
  const answer = await (await gateway(t, await freeUrl())).inject('/api/sagas/%zz')
  t.equal(answer.statusCode, 400)
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
})

t.test('/readyz names the targets that are not ready', async (t) => {
  const ready = await listen(t, (_request, response) => response.end())
  const unready = await listen(t, (_request, response) => response.writeHead(503).end())
  t.equal((await (await gateway(t, ready)).inject('/readyz')).statusCode, 200)
  const app = await gateway(t, ready, { STOCKS_URL: unready, PRODUITS_URL: await freeUrl() })
  const answer = await app.inject('/readyz')
  t.equal(answer.statusCode, 503)
  t.equal(answer.json().detail, 'Not ready: stocks, produits.')
})

t.test('/metrics speaks Prometheus', async (t) => {
  const answer = await (await gateway(t, await freeUrl())).inject('/metrics')
  t.match(answer.body, /^process_cpu_seconds_total /m)
})
