// The WebSocket feed, in a real system, against the receiver of the real @statelyai/inspect.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { createWebSocketReceiver } from '@statelyai/inspect'
import t, { type Test } from 'tap'
import { v7 as newSagaId } from 'uuid'
import type { StatelyMessage } from '../../orchestrator/inspector/stately/messages.ts'
import { http } from '../kit/http.ts'
import { startOrchestratorAt } from '../kit/orchestrators.ts'
import { ServiceProcess } from '../kit/service-process.ts'
import { startSystem } from '../kit/system.ts'
import { until } from '../kit/until.ts'
import { openViewer, untilTold } from './stately-viewer.ts'

const system = await startSystem(t, { LEASE_MS: '2000' })
const { shop, produits } = system
await shop.setStock(1_000)

const feedAt = (query: string, path = '/inspector/stately') => `${system.orchestrator.url}${path}?${query}`

/** What the receiver of the package makes of a feed. */
function received(query: string): StatelyMessage[] {
  const messages: StatelyMessage[] = []
  const receiver = createWebSocketReceiver({ server: feedAt(query).replace(/^http/, 'ws') })
  receiver.subscribe((message) => messages.push(message as unknown as StatelyMessage))
  return messages
}

const isDone = ({ type, sessionId, ...message }: StatelyMessage) =>
  type === '@xstate.snapshot' &&
  !sessionId.includes('/') &&
  'snapshot' in message &&
  message.snapshot['value'] === 'done'

/** Event and snapshot of each transition of the saga itself, as the journal has them. */
async function journalOf(sagaId: string) {
  const rows = await shop.transitions(sagaId)
  return rows.map(({ event, at, snapshot }) => {
    const { value, context, status } = snapshot as Record<string, unknown>
    return { event, at: Date.parse(at), value, context, status }
  })
}

function journalIn(messages: readonly StatelyMessage[], sagaId: string) {
  const own = messages.filter(({ sessionId }) => sessionId === `saga:${sagaId}`)
  const snapshots = own.filter((message) => message.type === '@xstate.snapshot')
  return snapshots.map(({ event, createdAt, snapshot: { value, context, status } }) => {
    return { event, at: Number(createdAt), value, context, status }
  })
}

function demandRegistrations(t: Test, messages: readonly StatelyMessage[]): void {
  const registered = new Set<string | undefined>([undefined])
  for (const message of messages) {
    if (message.type === '@xstate.actor') registered.add(message.sessionId)
    t.ok(registered.has(message.sessionId), `${message.sessionId} is registered`)
    if (message.type === '@xstate.event') t.ok(registered.has(message.sourceId), 'whoever it came from too')
  }
}

t.test('the receiver of the real package gets an ended saga whole, at its true times', async (t) => {
  const { saga_id } = (await shop.order(await shop.cart(1))).body
  const messages = received(`saga=${saga_id}`)
  const told = await untilTold(messages, 'the end of the saga', isDone)
  t.match(told.slice(0, 2), [
    { type: '@xstate.actor', sessionId: `saga:${saga_id}`, name: 'commande', definition: /"version":"2"/ },
    { type: '@xstate.actor', sessionId: `saga:${saga_id}/lock`, parentId: `saga:${saga_id}` },
  ])
  demandRegistrations(t, told)
  t.strictSame(journalIn(told, saga_id), await journalOf(saga_id))
  const events = told.filter(
    ({ type, sessionId }) => type === '@xstate.event' && sessionId === `saga:${saga_id}`,
  )
  t.equal(events.length, (await journalOf(saga_id)).length)
})

const isCreating = ({ sessionId, type }: StatelyMessage) =>
  type === '@xstate.actor' && sessionId.endsWith('/create')

t.test('moves arrive as they are made, whoever makes them, behind what was before', async (t) => {
  produits.hold('answer')
  const order = shop.order(await shop.cart(1), { prefer: 'wait=60' })
  const { saga_id } = await until(
    'it waits for the vente',
    async () => (await shop.sagas('state=doing.create'))[0],
  )
  const another = await startOrchestratorAt(t, {
    databaseUrl: system.databaseUrl,
    name: 'another',
    settings: { CARTS_URL: system.carts.url, STOCKS_URL: system.stocks.url, PRODUITS_URL: produits.url },
  })
  const elsewhere = openViewer(t, `${another.url}/inspector/stately?saga=${saga_id}`)
  const messages = received(`saga=${saga_id}`)
  await untilTold(messages, 'its open call', isCreating)
  await untilTold(elsewhere.messages, 'its open call, elsewhere', isCreating)
  t.notOk([...messages, ...elsewhere.messages].some(isDone))
  produits.release()
  await order
  const told = await untilTold(messages, 'its end', isDone)
  t.strictSame(await untilTold(elsewhere.messages, 'its end, elsewhere', isDone), told)
  await another.close()
  demandRegistrations(t, told)
  t.strictSame(journalIn(told, saga_id), await journalOf(saga_id))
})

t.test('a few sagas are told together, all of them registered before anything happened', async (t) => {
  const ids = [
    (await shop.order(await shop.cart(2))).body.saga_id,
    (await shop.order(await shop.cart(3))).body.saga_id,
  ]
  const { messages } = openViewer(t, feedAt('status=done&machine=commande&limit=2'))
  await until('the end of both', async () => messages.filter(isDone).length === 2)
  const first = messages.findIndex(({ type }) => type !== '@xstate.actor')
  const registered = new Set(messages.slice(0, first).map(({ sessionId }) => sessionId))
  for (const id of ids) t.ok(registered.has(`saga:${id}`))
  const told = messages.slice(first).filter((message) => message.type !== '@xstate.actor')
  const times = told.map(({ createdAt }) => Number(createdAt))
  t.strictSame(
    times,
    times.toSorted((a, b) => a - b),
    'in the order in which it happened',
  )
  t.equal(new Set(told.map(({ rootId }) => rootId)).size, 2)
  for (const id of ids) t.strictSame(journalIn(messages, id), await journalOf(id))
})

t.test('a viewer that asks for what is not there, or wrongly, is told why', async (t) => {
  const unknown = newSagaId()
  const refused: [string, number, RegExp][] = [
    [`saga=${unknown}`, 4404, new RegExp(`There is no saga ${unknown}`)],
    ['saga=x', 4400, /saga/],
    ['saga=', 4400, /saga/],
    [`saga=${unknown}&status=done`, 4400, /saga is one/],
    [`saga=${unknown}&saga=${unknown}`, 4400, /saga/],
    ['status=stuck', 4400, /status/],
    ['limit=0', 4400, /limit must be a whole number from 1 to 50/],
    ['limit=51', 4400, /limit/],
    ['cursor=1', 4400, /additional/],
    ['machine=%00', 4400, /machine/],
    [`machine=${'é'.repeat(500)}`, 4400, /machine/],
  ]
  for (const [query, code, reason] of refused)
    t.match(await openViewer(t, feedAt(query)).closed, { code, reason }, query)
})

t.test('it is no page: who asks without a WebSocket is told so', async (t) => {
  const { statusCode, headers, body } = await http.get(feedAt('limit=1'))
  t.match(
    { statusCode, upgrade: headers.upgrade, body },
    { statusCode: 426, upgrade: 'websocket', body: { code: 'websocket_attendu' } },
  )
})

/** The connection, if it was upgraded, or the status of the refusal. */
async function upgrade(headers: Record<string, string>, path: string): Promise<Duplex | number> {
  const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' }
  const asked = request(path, {
    headers: { connection: 'Upgrade', upgrade: 'websocket', ...key, ...headers },
  })
  return new Promise((resolve, reject) => {
    asked.on('upgrade', (_response, socket) => resolve(socket))
    asked.on('response', ({ statusCode = 0 }) => {
      asked.destroy()
      resolve(statusCode)
    })
    asked.on('error', reject)
    asked.end()
  })
}

async function upgradeStatus(headers: Record<string, string>, path = feedAt('limit=1')): Promise<number> {
  const upgraded = await upgrade(headers, path)
  if (typeof upgraded === 'number') return upgraded
  upgraded.destroy()
  return 101
}

t.test('pages of other sites can not read it; its own, and those that a setting names, can', async (t) => {
  const { host, origin } = new URL(system.orchestrator.url)
  t.equal(await upgradeStatus({}), 101)
  t.equal(await upgradeStatus({ origin }), 101)
  t.equal(await upgradeStatus({ origin: 'http://localhost:3000' }), 101)
  t.equal(await upgradeStatus({ origin: 'https://evil.example' }), 403)
  t.equal(await upgradeStatus({ origin: `http://${host}.evil.example` }), 403)
  t.equal(await upgradeStatus({ origin: 'http://localhost:3000.evil.example' }), 403)
  t.equal(await upgradeStatus({ origin: 'null' }), 403)
  const proxied = { origin: 'https://skald.example', 'x-forwarded-host': 'skald.example' }
  t.equal(await upgradeStatus(proxied), 101, 'its own is that of the proxy in front of it')
  await system.restart({}, { INSPECTOR_ATTACH_ORIGINS: 'https://shop.example' })
  t.equal(await upgradeStatus({ origin: 'https://shop.example' }), 101)
  t.equal(await upgradeStatus({ origin: 'http://localhost:3000' }), 403)
})

t.test('it is the same behind the gateway', async (t) => {
  const gateway = await ServiceProcess.start(t, 'gateway', {
    CARTS_URL: system.carts.url,
    STOCKS_URL: system.stocks.url,
    PRODUITS_URL: produits.url,
    ORCHESTRATOR_URLS: system.orchestrator.url,
  })
  const { saga_id } = (await shop.order(await shop.cart(1))).body
  const path = `${gateway.url}/inspector/stately?saga=${saga_id}`
  const { messages } = openViewer(t, path, { origin: gateway.url })
  const told = await untilTold(messages, 'the end', isDone)
  t.strictSame(journalIn(told, saga_id), await journalOf(saga_id))
  t.equal(await upgradeStatus({ origin: 'https://evil.example' }, path), 403)
  t.match(await openViewer(t, `${gateway.url}/inspector/stately?saga=${newSagaId()}`).closed, { code: 4404 })
})

t.test('who offers another protocol with a call, as Java does, is answered as ever', async (t) => {
  const { url } = system.orchestrator
  const asked = request(`${url}/api/orchestrator/`, {
    method: 'POST',
    headers: {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
      'content-type': 'application/json',
    },
  })
  const answered = new Promise<number>((resolve, reject) => {
    asked.on('response', ({ statusCode = 0 }) => resolve(statusCode))
    asked.on('error', reject)
  })
  asked.end(JSON.stringify({ cart_id: await shop.cart(1), magasin_id: 101 }))
  t.equal(await answered, 201)
  asked.destroy()
  t.equal(await upgradeStatus({}, `${url}/api/counts`), 200)
})

t.test('what a viewer sends is ignored, and cut off if it is much', async (t) => {
  const { saga_id } = (await shop.order(await shop.cart(1))).body
  const viewer = openViewer(t, feedAt(`saga=${saga_id}`))
  await untilTold(viewer.messages, 'the end', isDone)
  const { length } = viewer.messages
  viewer.send(JSON.stringify({ type: 'CANCEL', sessionId: `saga:${saga_id}` }))
  viewer.send('no json')
  viewer.send('x'.repeat(20_000))
  t.match(await viewer.closed, { code: 1009 })
  t.equal(viewer.messages.length, length)
})

t.test('a saga of a version that nobody has any more is told with its own chart', async (t) => {
  const { saga_id } = (await shop.order(await shop.cart(1))).body
  const { machines } = await import('../../machines/registry.ts')
  await system.restart({ machines: machines.filter(({ machine }) => machine.version === '1') })
  const told = await untilTold(received(`saga=${saga_id}`), 'the end', isDone)
  const [registration] = told
  assert(registration?.type === '@xstate.actor')
  t.match(JSON.parse(registration.definition), { id: 'commande', version: '2' })
  t.strictSame(journalIn(told, saga_id), await journalOf(saga_id))
  await system.restart()
})

t.test(
  'an orchestrator that ends says goodbye to its viewers, and waits for none that does not answer',
  async (t) => {
    const { saga_id } = (await shop.order(await shop.cart(1))).body
    const viewer = openViewer(t, feedAt(`saga=${saga_id}`))
    await untilTold(viewer.messages, 'the end', isDone)
    const mute = await upgrade({}, feedAt('limit=1'))
    assert(typeof mute !== 'number')
    mute.resume()
    const cut = once(mute, 'close')
    await system.restart()
    await cut
    t.match(await viewer.closed, { code: 1001, reason: /ends/ })
  },
)

t.test('so many can watch, and no more', async (t) => {
  const { saga_id } = (await shop.order(await shop.cart(1))).body
  const viewers = Array.from({ length: 32 }, () => openViewer(t, feedAt(`saga=${saga_id}`)))
  await Promise.all(viewers.map(({ messages }) => untilTold(messages, 'the end', isDone)))
  t.match(await openViewer(t, feedAt(`saga=${saga_id}`)).closed, { code: 1013, reason: /32 others/ })
  viewers[0]?.close()
  await viewers[0]?.closed
  const next = openViewer(t, feedAt(`saga=${saga_id}`))
  await untilTold(next.messages, 'the end', isDone)
})
