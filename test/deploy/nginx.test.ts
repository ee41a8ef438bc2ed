// deploy/nginx.conf in the real nginx: first what it does with a call, behind it servers that say what they got; then
// the real orchestrators and participants, one of them killed under load.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import getPort from 'get-port'
import pg from 'pg'
import t, { type Test } from 'tap'
import { readUpConfig } from '../../orchestrator/config.ts'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { openViewer, untilTold } from '../inspector/stately-viewer.ts'
import { freshDatabase } from '../kit/database.ts'
import { debianTool } from '../kit/debian-tool.ts'
import { openEventStream } from '../kit/event-stream.ts'
import { http } from '../kit/http.ts'
import { startParticipant } from '../kit/running-participant.ts'
import { ServiceProcess } from '../kit/service-process.ts'
import { Shop, type OrderAnswer } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { startNginx, type Nginx, type Servers } from './nginx.ts'

const { path, skip } = await debianTool('nginx')

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

async function listen(t: Test, answer: Answer): Promise<string> {
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** The body is heard, then nobody answers. */
const hangUp: Answer = async (request) => {
  await text(request)
  request.socket.destroy()
}

const nobody = async () => `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`

/** Before servers that nobody listens at, but for those in `servers`. */
async function nginxBefore(t: Test, servers: Partial<Servers>): Promise<Nginx> {
  const none = [await nobody()]
  return startNginx(t, path, { orchestrator: none, carts: none, stocks: none, produits: none, ...servers })
}

const KEYED = { 'idempotency-key': 'k' }

t.test('each path is answered by who has it, and no other by anybody', { skip }, async (t) => {
  const named = (name: string) =>
    listen(t, async (request, response) => response.end(`${name} ${request.url} ${await text(request)}`))
  const servers: Servers = {
    orchestrator: [await named('orchestrator')],
    carts: [await named('carts')],
    stocks: [await named('stocks')],
    produits: [await named('produits')],
  }
  const { url, accessLog } = await startNginx(t, path, servers)
  const answers = {
    '/api/orchestrator/': 'orchestrator',
    '/api/orchestrator?a=%20b': 'orchestrator',
    '/api/sagas/commande': 'orchestrator',
    '/api/sagas?q=secret': 'orchestrator',
    '/api/counts': 'orchestrator',
    '/api/machines': 'orchestrator',
    '/api/transitions?after=x': 'orchestrator',
    '/api/export?limit=1': 'orchestrator',
    '/api/bulk/x/sagas': 'orchestrator',
    '/docs/json': 'orchestrator',
    '/inspector/app.js': 'orchestrator',
    '/readyz': 'orchestrator',
    '/api/caisse/x/lock/': 'carts',
    '/api/stock/101/501/': 'stocks',
    '/api/produits/ventes/': 'produits',
  }
  for (const [asked, name] of Object.entries(answers)) {
    const { body } = await http.post(`${url}${asked}`, { body: '{ "as": it is', responseType: 'text' })
    t.equal(body, `${name} ${asked} { "as": it is`)
  }
  for (const asked of ['/metrics', '/nothing', '/api/caisse/../../metrics', '/api/stock/..%2f..%2fmetrics'])
    t.match(await http.get(`${url}${asked}`), { statusCode: 404, body: { code: 'route_inconnue' } }, asked)
  const start = await http.get(url, { followRedirect: false, responseType: 'text' })
  t.match(start, { statusCode: 302, headers: { location: '/inspector' } })
  t.notMatch(await accessLog(), 'secret', 'what was looked for is not in the log')
})

t.test(
  'who calls is told as nginx sees it, not as the caller says, and the rest is handed on',
  { skip },
  async (t) => {
    const { promise, resolve } = Promise.withResolvers<IncomingMessage['headers']>()
    const server = await listen(t, (request, response) => {
      resolve(request.headers)
      response.end('{}')
    })
    const { url } = await nginxBefore(t, { orchestrator: [server] })
    const kept = {
      host: 'shop.example',
      authorization: 'Bearer skald_x',
      cookie: 'skald_session=x',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'sec-fetch-site': 'same-origin',
      'last-event-id': '7',
    }
    const claimed = { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-host': 'evil', 'x-forwarded-proto': 'https' }
    const { headers } = await http.get(`${url}/api/sagas`, { headers: { ...kept, ...claimed } })
    t.match(await promise, {
      ...kept,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'http',
    })
    t.equal(headers['server'], 'nginx', 'without its version')
  },
)

t.test('the token of whoever is signed in does not reach participants', { skip }, async (t) => {
  const cookies: (string | undefined)[] = []
  const server = await listen(t, (request, response) => {
    cookies.push(request.headers.cookie)
    response.end('{}')
  })
  const { url } = await nginxBefore(t, {
    orchestrator: [server],
    carts: [server],
    stocks: [server],
    produits: [server],
  })
  const headers = { cookie: 'skald_session=x' }
  for (const path of ['/api/caisse/1/', '/api/stock/1/1/', '/api/produits/ventes/', '/api/sagas'])
    await http.get(`${url}${path}`, { headers })
  t.strictSame(cookies, [undefined, undefined, undefined, 'skald_session=x'])
})

t.test('a call that reached nobody is asked of another one', { skip }, async (t) => {
  const calls: string[] = []
  const server = await listen(t, async (request, response) => {
    calls.push(`${request.method} ${await text(request)}`)
    response.end('{}')
  })
  const { url } = await nginxBefore(t, { orchestrator: [await nobody(), await nobody(), server] })
  t.equal((await http.post(`${url}/api/orchestrator/`, { json: { a: 1 } })).statusCode, 200)
  t.equal((await http.get(`${url}/api/sagas`)).statusCode, 200)
  t.strictSame(calls, ['POST {"a":1}', 'GET '])
})

t.test('where there is no other, the answer says that nothing was done', { skip }, async (t) => {
  const { url } = await nginxBefore(t, {})
  for (const asked of ['/api/orchestrator/', '/api/caisse/'])
    t.match(await http.post(`${url}${asked}`, { json: {} }), {
      statusCode: 503,
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
      body: { status: 503, code: 'indisponible' },
    })
})

t.test(
  'a POST that was sent is sent once, and the answer says that it may have been done',
  { skip },
  async (t) => {
    let sent = 0
    const dying: Answer = async (request, response) => {
      sent += 1
      await hangUp(request, response)
    }
    const { url } = await nginxBefore(t, { orchestrator: [await listen(t, dying), await listen(t, dying)] })
    const answer = await http.post(`${url}/api/orchestrator/`, { json: {} })
    t.match(answer, { statusCode: 502, body: { status: 502, code: 'reponse_perdue' } })
    t.notOk('retry-after' in answer.headers)
    t.equal(sent, 1)
  },
)

t.test('a POST with a key is asked of another one, whatever became of the first', { skip }, async (t) => {
  for (const first of [
    hangUp,
    (_request: IncomingMessage, response: ServerResponse) => response.writeHead(503).end(),
  ]) {
    const bodies: string[] = []
    const second: Answer = async (request, response) => {
      bodies.push(`${String(request.headers['idempotency-key'])} ${await text(request)}`)
      response.end('{}')
    }
    const { url } = await nginxBefore(t, { orchestrator: [await listen(t, first), await listen(t, second)] })
    // Each of the two is first in turn.
    for (const asked of ['/api/orchestrator/', '/api/sagas/commande'])
      t.equal((await http.post(`${url}${asked}`, { json: { a: 1 }, headers: KEYED })).statusCode, 200)
    t.strictSame(bodies, ['k {"a":1}', 'k {"a":1}'])
  }
})

t.test('one that is too busy says so itself, and others go on asking it', { skip }, async (t) => {
  const busy = await listen(t, (request, response) => {
    const body = JSON.stringify({ code: 'occupe' })
    response.writeHead(request.method === 'POST' ? 503 : 200, { 'retry-after': '7' }).end(body)
  })
  const { url } = await nginxBefore(t, { orchestrator: [busy, busy] })
  const start = (headers: Record<string, string>) =>
    http.post(`${url}/api/orchestrator/`, { json: {}, headers })
  t.match(await start({}), { statusCode: 503, headers: { 'retry-after': '7' }, body: { code: 'occupe' } })
  for (let n = 0; n < 3; n += 1) t.match(await start(KEYED), { statusCode: 503, body: { code: 'occupe' } })
  t.equal((await http.get(`${url}/api/sagas`)).statusCode, 200)
})

t.test('a body over 1 MiB is refused', { skip }, async (t) => {
  const server = await listen(t, async (request, response) =>
    response.end(String((await text(request)).length)),
  )
  const { url } = await nginxBefore(t, { orchestrator: [server] })
  const send = (bytes: number) => http.post(`${url}/api/bulk`, { body: '1'.repeat(bytes) })
  t.equal((await send(1_048_576)).body, 1_048_576)
  t.match(await send(1_048_577), { statusCode: 413, body: { code: 'corps_trop_grand' } })
})

t.test('nginx waits longer than a call may wait for its saga', async (t) => {
  const text = await readFile(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8')
  const seconds = Number(/proxy_read_timeout (\d+)s;/.exec(text)?.[1])
  const { WAIT_SECONDS } = readUpConfig({})
  // Ten until it is accepted, and what looks and answers take.
  t.ok(seconds >= WAIT_SECONDS + 20)
})

t.test(
  'two orchestrators, one killed under load and the other ended',
  { skip, timeout: 240_000 },
  async (t) => {
    const { url: databaseUrl } = await freshDatabase(t)
    const participants = {
      carts: await startParticipant(t, carts, databaseUrl),
      stocks: await startParticipant(t, stocks, databaseUrl),
      produits: await startParticipant(t, produits, databaseUrl),
    }
    const settings = {
      DATABASE_URL: databaseUrl,
      CARTS_URL: participants.carts.url,
      STOCKS_URL: participants.stocks.url,
      PRODUITS_URL: participants.produits.url,
      // Not so short that a busy machine alone loses it.
      LEASE_MS: '3000',
      GRACE_MS: '1000',
    }
    const startOne = (name: string) =>
      ServiceProcess.start(t, 'orchestrator', { ...settings, ORCHESTRATOR_ID: name })
    const [a, b] = [await startOne('a'), await startOne('b')]
    const { url, accessLog } = await startNginx(t, path, {
      orchestrator: [a.url, b.url],
      carts: [participants.carts.url],
      stocks: [participants.stocks.url],
      produits: [participants.produits.url],
    })
    const shop = new Shop(() => ({ orchestrator: url, carts: url, stocks: url, produits: url }))
    await shop.setStock(10_000)

    const orders: { key: string | undefined; answer: OrderAnswer }[] = []
    const over = new AbortController()
    t.teardown(() => over.abort())
    const callers = [undefined, undefined, 'x', 'y'].map(async (name) => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        const cart = await shop.cart(1)
        const key = name && `${name}-${n}`
        orders.push({ key, answer: await shop.order(cart, key === undefined ? {} : { key }) })
      }
    })
    const moreOrders = async (number: number) => {
      const enough = orders.length + number
      await until('more orders are answered', async () => orders.length >= enough)
    }
    await moreOrders(20)
    await a.kill()
    await moreOrders(20)
    await a.comeBack()
    // Not only asked: while it is away that fails, and nginx leaves it alone for two seconds each time.
    const before = (await accessLog()).length
    const byIt = new RegExp(`"status":201,.*"upstream":"[^"]*${new URL(a.url).host}"`)
    await until('it answers again', async () => byIt.test((await accessLog()).slice(before)))
    await moreOrders(20)
    t.equal(await b.end(), 0)
    await moreOrders(20)
    over.abort()
    await Promise.all(callers)

    await t.test('callers with a key notice nothing', (t) => {
      const statuses = orders.filter(({ key }) => key !== undefined).map(({ answer }) => answer.status)
      t.ok(statuses.length > 0)
      t.strictSame(
        statuses.filter((status) => status !== 201 && status !== 202),
        [],
      )
      t.end()
    })

    await t.test('callers without one are told whether it may have been done', (t) => {
      const failed = orders.filter(({ answer: { status } }) => status !== 201 && status !== 202)
      const told = failed.map(({ answer }) => `${answer.status} ${answer.body.code}`)
      t.strictSame(
        told.filter((what) => !['502 reponse_perdue', '503 occupe'].includes(what)),
        [],
      )
      t.end()
    })

    await t.test('no accepted order is lost, and none is done twice', async (t) => {
      const pool = new pg.Pool({ connectionString: databaseUrl })
      t.teardown(() => pool.end())
      const count = async (what: string) =>
        Number((await pool.query(`select count(*) from ${what}`)).rows[0].count)
      const underWay = `orchestrator.saga where status not in ('done', 'failed')`
      await until('every saga has ended', async () => (await count(underWay)) === 0)
      const accepted = orders.flatMap(({ answer: { status, body } }) => (status < 300 ? [body.saga_id] : []))
      const { rows } = await pool.query(`select status from orchestrator.saga where saga_id = any ($1)`, [
        accepted,
      ])
      t.equal(rows.length, accepted.length)
      t.ok(rows.every(({ status }) => status === 'done'))
      const done = await count(`orchestrator.saga where status = 'done'`)
      t.equal(await count('produits.vente'), done)
      t.equal(await count('(select distinct cart_id from produits.vente) cart'), done)
      t.equal(await shop.stock(), 10_000 - done)
    })

    await t.test('a stream tells what happens when it happens, and a WebSocket opens', async (t) => {
      const feed = await openEventStream(t, `${url}/inspector/api/live`)
      t.equal(feed.response.statusCode, 200)
      const { body } = await shop.order(await shop.cart(1))
      await until('the stream tells of it', async () => feed.text().includes(body.saga_id))
      const viewer = openViewer(t, `${url}/inspector/stately?saga=${body.saga_id}`)
      await untilTold(viewer.messages, 'its snapshots', ({ type }) => type === '@xstate.snapshot')
    })
  },
)
