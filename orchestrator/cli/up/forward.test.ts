import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import getPort from 'get-port'
import t from 'tap'
import type { Test } from 'tap'
import { until } from '../../../test/kit/until.ts'
import { readGatewayConfig } from '../../config.ts'
import { buildGateway } from './gateway.ts'

type Act = (response: ServerResponse, request: IncomingMessage) => void

/** What stands for an orchestrator: it acts as the test says, and is ready while the test says so. */
interface Actor {
  readonly url: string
  act: Act
  /** `mute`: it does not say yet. */
  isReady: boolean | 'mute'
  readonly muted: ServerResponse[]
  /** Calls so far, without those for its readiness. */
  calls: number
  polls: number
}

async function actor(t: Test, act: Act): Promise<Actor> {
  const server = createServer((request, response) => {
    if (request.url === '/readyz') {
      self.polls += 1
      if (self.isReady === 'mute') return self.muted.push(response)
      return response.writeHead(self.isReady ? 200 : 503).end()
    }
    self.calls += 1
    return self.act(response, request)
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const url = `http://127.0.0.1:${port}`
  const self: Actor = { url, act, isReady: true, muted: [], calls: 0, polls: 0 }
  return self
}

const ok: Act = (response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{}')
const silence: Act = () => undefined
const hangUp: Act = (response) => response.destroy()
const turnAway = (body: string, headers: Record<string, string>): Act => {
  const all = { ...headers, 'content-length': String(body.length) }
  return (response) => response.writeHead(503, all).end(body)
}
const problem = (code: string) =>
  turnAway(JSON.stringify({ status: 503, code }), {
    'content-type': 'application/problem+json',
    'retry-after': '1',
  })
/** As Fastify answers while it closes. */
const closing = turnAway('{"error":"Service Unavailable","message":"Service Unavailable","statusCode":503}', {
  'content-type': 'application/json',
  connection: 'close',
})

const freeUrl = async () => `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`

async function gateway(t: Test, urls: readonly string[], patienceMs = 0) {
  const elsewhere = await freeUrl()
  const participants = { CARTS_URL: elsewhere, STOCKS_URL: elsewhere, PRODUITS_URL: elsewhere }
  const settings = { ...participants, ORCHESTRATOR_URLS: urls.join(','), LOG_LEVEL: 'silent' }
  const app = await buildGateway(readGatewayConfig(settings), patienceMs)
  t.teardown(() => app.close())
  const start = (headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: '/api/orchestrator/', headers, payload: { cart_id: 'c' } })
  return { app, start }
}

t.test('calls are spread over all orchestrators', async (t) => {
  const all = [await actor(t, ok), await actor(t, ok), await actor(t, ok)]
  const { start } = await gateway(
    t,
    all.map(({ url }) => url),
  )
  for (let call = 0; call < 6; call += 1) await start()
  t.strictSame(
    all.map(({ calls }) => calls),
    [2, 2, 2],
  )
})

t.test('one that does not answer is asked no more while others are free', async (t) => {
  const frozen = await actor(t, silence)
  const other = await actor(t, ok)
  const { start } = await gateway(t, [frozen.url, other.url])
  await Promise.race([start(), start()])
  for (let call = 0; call < 10; call += 1) t.equal((await start()).statusCode, 201)
  t.strictSame([frozen.calls, other.calls], [1, 11])
})

t.test('a call with a key that is cut off is asked of another at once, and all that follow', async (t) => {
  const dropping = await actor(t, hangUp)
  dropping.isReady = 'mute'
  const other = await actor(t, ok)
  const { start } = await gateway(t, [dropping.url, other.url])
  for (let call = 0; call < 6; call += 1)
    t.equal((await start({ 'idempotency-key': `k-${call}` })).statusCode, 201)
  t.strictSame([dropping.calls, other.calls], [1, 6])
})

t.test('that it is ready is not believed of one that was asked before it dropped a call', async (t) => {
  const dropping = await actor(t, hangUp)
  dropping.isReady = 'mute'
  const other = await actor(t, ok)
  const { start } = await gateway(t, [dropping.url, other.url])
  for (let call = 0; call < 2; call += 1) await start({ 'idempotency-key': 'k' })
  for (const response of dropping.muted) response.writeHead(200).end()
  await until('it is asked again whether it is ready', async () => dropping.polls > 1)
  for (let call = 0; call < 2; call += 1) await start({ 'idempotency-key': 'k' })
  t.equal(dropping.calls, 1)
})

t.test('a caller that goes away does not count for ever against the one it waited for', async (t) => {
  const held: ServerResponse[] = []
  const slow = await actor(t, (response) => held.push(response))
  const other = await actor(t, ok)
  const { app, start } = await gateway(t, [slow.url, other.url])
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const callers = Array.from({ length: 4 }, () => {
    const call = request({ port, method: 'POST', path: '/api/orchestrator/' }).on('error', () => undefined)
    call.end('{}')
    return call
  })
  await until('some wait', async () => held.length > 0)
  await until('the others are answered', async () => held.length + other.calls === callers.length)
  for (const call of callers) call.destroy()
  for (const response of held) ok(response, response.req)
  slow.act = ok
  await until('it is asked again', async () => {
    const before = slow.calls
    await start()
    return slow.calls > before
  })
  t.pass()
})

t.test('where nobody listens, another one is asked at once', async (t) => {
  const alive = await actor(t, ok)
  const { start } = await gateway(t, [await freeUrl(), await freeUrl(), alive.url])
  for (let call = 0; call < 4; call += 1) t.equal((await start()).statusCode, 201)
  t.equal(alive.calls, 4)
})

for (const [name, act] of Object.entries({
  occupe: problem('occupe'),
  pas_pret: problem('pas_pret'),
  indisponible: problem('indisponible'),
  'that it is closing': closing,
}))
  t.test(`one that answers 503 ${name} has accepted nothing: another one is asked at once`, async (t) => {
    const one = await actor(t, act)
    const other = await actor(t, ok)
    const { start } = await gateway(t, [one.url, other.url])
    for (let call = 0; call < 4; call += 1) {
      const { statusCode, headers, body } = await start()
      t.match({ statusCode, body }, { statusCode: 201, body: '{}' })
      t.equal(headers['content-type'], 'application/json')
      t.notOk(headers['retry-after'] ?? headers['content-length'], 'nothing is left of the first answer')
    }
    t.equal(other.calls, 4)
    t.ok(one.calls > 0)
  })

t.test('when all are too busy, the caller is told so, and each was asked once', async (t) => {
  const all = [await actor(t, problem('occupe')), await actor(t, problem('occupe'))]
  const { start } = await gateway(
    t,
    all.map(({ url }) => url),
    20_000,
  )
  const { statusCode, headers, body } = await start()
  t.equal(statusCode, 503)
  t.match(headers, { 'retry-after': '1', 'content-type': 'application/problem+json' })
  t.match(JSON.parse(body), { code: 'occupe' })
  t.strictSame(
    all.map(({ calls }) => calls),
    [1, 1],
  )
})

for (const code of ['acceptation_inconnue', 'base_injoignable'])
  t.test(`503 ${code} is handed on as it is, and nobody else is asked`, async (t) => {
    const all = [await actor(t, problem(code)), await actor(t, problem(code))]
    const { start } = await gateway(
      t,
      all.map(({ url }) => url),
      20_000,
    )
    const { statusCode, body } = await start({ 'idempotency-key': 'k' })
    t.equal(statusCode, 503)
    t.match(JSON.parse(body), { code })
    t.equal(
      all.reduce((sum, { calls }) => sum + calls, 0),
      1,
    )
  })

t.test('a call without a key that is cut off is asked of nobody else', async (t) => {
  const all = [await actor(t, hangUp), await actor(t, hangUp)]
  const { start } = await gateway(
    t,
    all.map(({ url }) => url),
    20_000,
  )
  const answer = await start()
  t.equal(answer.statusCode, 502)
  t.match(answer.json(), { code: 'reponse_perdue' })
  t.equal(
    all.reduce((sum, { calls }) => sum + calls, 0),
    1,
  )
})

t.test('one that is not ready is not asked, until it is', async (t) => {
  const [one, other] = [await actor(t, ok), await actor(t, ok)]
  one.isReady = false
  const { app, start } = await gateway(t, [one.url, other.url])
  await app.ready()
  await until('it was asked whether it is ready', async () => one.polls > 1)
  for (let call = 0; call < 4; call += 1) await start()
  t.strictSame([one.calls, other.calls], [0, 4])
  one.isReady = true
  await until('it is asked', async () => {
    await start()
    return one.calls > 0
  })
})

t.test('when none is ready they are asked all the same, for they know more of it', async (t) => {
  const all = [await actor(t, ok), await actor(t, ok)]
  for (const one of all) one.isReady = false
  const { app, start } = await gateway(
    t,
    all.map(({ url }) => url),
  )
  await app.ready()
  await until('both were asked whether they are ready', async () => all.every(({ polls }) => polls > 1))
  t.equal((await start()).statusCode, 201)
})

t.test('an orchestrator that stands alone is waited for while it is not ready', async (t) => {
  const alone = await actor(t, problem('pas_pret'))
  const { start } = await gateway(t, [alone.url], 20_000)
  const answer = start()
  await until('it was asked', async () => alone.calls > 0)
  alone.act = ok
  t.equal((await answer).statusCode, 201)
})

t.test('/readyz needs one orchestrator', async (t) => {
  const ready = await actor(t, ok)
  const unready = await actor(t, ok)
  unready.isReady = false
  const readyz = async (urls: string[]) => {
    const { app } = await gateway(t, urls)
    return (await app.inject('/readyz')).json<{ detail: string }>().detail
  }
  t.match(await readyz([unready.url, await freeUrl(), ready.url]), /^Not ready: carts, stocks, produits\.$/)
  t.match(await readyz([unready.url, await freeUrl()]), /^Not ready: orchestrator, carts/)
})

t.test('hundreds of calls can wait at one orchestrator at once', async (t) => {
  const waiting: ServerResponse[] = []
  const slow = await actor(t, (response) => waiting.push(response))
  const { start } = await gateway(t, [slow.url])
  const answers = Array.from({ length: 300 }, () => start())
  await until('all have arrived', async () => waiting.length === 300)
  for (const response of waiting) ok(response, response.req)
  const statuses = (await Promise.all(answers)).map(({ statusCode }) => statusCode)
  t.strictSame(new Set(statuses), new Set([201]))
})

t.test(
  'a stream comes through piece by piece, and is not begun again elsewhere when it breaks',
  async (t) => {
    const streaming: ServerResponse[] = []
    const stream: Act = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      streaming.push(response)
    }
    const all = [await actor(t, stream), await actor(t, stream)]
    const { app } = await gateway(
      t,
      all.map(({ url }) => url),
    )
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    const call = request({ port, path: '/api/sagas/x/stream' }).end()
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const [first] = (await once(answer, 'data')) as [Buffer]
    t.equal(first.toString(), 'data: 1\n\n')
    streaming[0]?.write('data: 2\n\n')
    const [second] = (await once(answer, 'data')) as [Buffer]
    t.equal(second.toString(), 'data: 2\n\n')
    streaming[0]?.destroy()
    await t.rejects(buffer(answer))
    t.equal(streaming.length, 1)
  },
)
