import { randomUUID } from 'node:crypto'
import { METHODS } from 'node:http'
import t from 'tap'
import { ofSaga, startParticipant, type TestParticipant } from '../../test/kit/participant.ts'
import { samplesIn, sumOf } from '../../test/kit/samples.ts'
import { carts } from '../carts/server.ts'
import type { Cart } from '../carts/store.ts'
import { buildHttpServer } from './http-server.ts'

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
/** As Prometheus 2 and 3 send it. */
const BY_PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

const participant = await startParticipant(t, carts)
const namesIn = (text: string) => new Set(samplesIn(text).map(({ name }) => name))

const lignes = [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }]

async function cartIn(participant: TestParticipant) {
  const body = { magasin_id: 101, lignes }
  return `/api/caisse/${(await participant.ask<Cart>('POST /api/caisse/', { body })).body.cart_id}`
}

async function metric(participant: TestParticipant, name: string, labels: Record<string, string> = {}) {
  return sumOf(samplesIn((await participant.scrape()).text), name, labels)
}

t.test('operations are told by what became of them', async (t) => {
  const cart = await cartIn(participant)
  const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()]
  const lock = async (saga: string) => participant.ask(`POST ${cart}/lock/`, ofSaga(saga, 'lock'))
  const unlock = async (saga: string) => participant.ask(`POST ${cart}/unlock/`, ofSaga(saga, 'lock', 'undo'))
  const operations = async () => {
    const samples = samplesIn((await participant.scrape()).text)
    return Object.fromEntries(
      samples
        .filter(({ name }) => name === 'skald_participant_operations_total')
        .map(({ labels, value }) => [`${labels['operation']} ${labels['outcome']}`, value]),
    )
  }

  t.equal((await lock(first)).status, 200)
  t.strictSame(await operations(), { 'LOCK_CART success': 1 })
  t.equal((await lock(first)).status, 200)
  t.equal((await lock(second)).status, 409)
  t.equal((await lock(second)).status, 409)
  const locked = { 'LOCK_CART success': 1, 'LOCK_CART repeated': 2, 'LOCK_CART failure': 1 }
  t.strictSame(await operations(), locked, 'a refusal is told once, and then repeated')

  t.equal((await unlock(third)).status, 204)
  t.equal((await lock(third)).status, 409)
  const kept = { ...locked, 'UNLOCK_CART tombstone': 1, 'LOCK_CART tombstone': 1 }
  t.strictSame(await operations(), kept, 'a compensation came first, and its action behind it')

  t.equal((await unlock(first)).status, 204)
  t.equal((await unlock(first)).status, 204)
  t.strictSame(await operations(), { ...kept, 'UNLOCK_CART success': 1, 'UNLOCK_CART repeated': 1 })

  const other = await cartIn(participant)
  await participant.ask(`POST ${other}/lock/`, ofSaga(second, 'again'))
  const wrong = await participant.ask(`POST ${cart}/unlock/`, ofSaga(second, 'again', 'undo'))
  t.equal(wrong.status, 422)
  t.match(await operations(), { 'UNLOCK_CART failure': 1 }, 'so is an undo that is refused')
})

t.test('connections to the database are told, and who waits for one', async (t) => {
  const participant = await startParticipant(t, carts, { poolMax: 2 })
  const connections = async (use: string) =>
    metric(participant, 'skald_pool_connections', { pool: 'carts', use })
  const held = [await participant.pool.connect(), await participant.pool.connect()]
  t.strictSame([await connections('busy'), await connections('idle')], [2, 0])
  const waiting = participant.pool.query('select 1')
  t.equal(await metric(participant, 'skald_pool_waiting', { pool: 'carts' }), 1)
  for (const client of held) client.release()
  await waiting
  t.strictSame([await connections('busy'), await connections('idle')], [0, 2])
  t.equal(await metric(participant, 'skald_pool_waiting'), 0)
})

t.test('a scraper that takes OpenMetrics gets it, and plain text is told as before', async (t) => {
  const before = await participant.scrape()
  const open = await participant.scrape(BY_PROMETHEUS)
  const after = await participant.scrape()
  t.equal(open.type, OPEN_METRICS)
  t.match(open.text, /# EOF\n$/)
  t.match(open.text, /^# TYPE skald_participant_operations counter$/m)
  const name = 'skald_participant_operations_total'
  const labels = { service: 'carts', operation: 'LOCK_CART', outcome: 'success' }
  t.equal(sumOf(samplesIn(open.text), name, labels), 2)
  t.equal(sumOf(samplesIn(after.text), name, labels), 2)
  t.match(before.type, 'text/plain')
  t.match(after.text, /^# TYPE skald_participant_operations_total counter$/m)
  t.strictSame(namesIn(after.text), namesIn(before.text))
  t.strictSame(namesIn(open.text), namesIn(before.text))
})

t.test('who does not name OpenMetrics, or wants none of it, gets plain text', async (t) => {
  for (const accept of ['*/*', 'text/plain', 'application/openmetrics-text;version=1.0.0;q=0, */*', ''])
    t.match((await participant.scrape(accept)).type, 'text/plain', accept)
  for (const accept of ['application/openmetrics-text', 'text/plain;q=0,application/openmetrics-text;q=0.1'])
    t.equal((await participant.scrape(accept)).type, OPEN_METRICS, accept)
})

t.test('requests are told by the route that served them, whatever they ask for', async (t) => {
  for (const path of ['/nowhere', '/api/caisse/%00', `/api/caisse/${randomUUID()}`, '/metrics?x=y', '/%zz'])
    await participant.ask(`GET ${path}`)
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'TRACE'])
    await participant.ask(`${method} /api/caisse/`).catch(() => undefined)
  const requests = samplesIn((await participant.scrape()).text).filter(
    ({ name }) => name === 'http_request_duration_seconds_count',
  )
  const cart = '/api/caisse/:cart_id'
  const routes = ['unknown', '/metrics', '/api/caisse', cart, `${cart}/lock`, `${cart}/unlock`]
  t.strictSame(new Set(requests.map(({ labels }) => labels['route'])), new Set(routes))
  for (const { labels } of requests) {
    t.ok(METHODS.includes(labels['method'] ?? ''))
    t.match(labels['status'], /^[1-5]\d\d$/)
  }
})

t.test('a stream that the server ended after an hour is no request of an hour', async (t) => {
  const app = await buildHttpServer('test', { log: 'silent', ready: async () => undefined })
  t.teardown(() => app.close())
  app.get('/stream', (_request, reply) => reply.type('text/event-stream').send('data: 1\n\n'))
  app.get('/answer', () => ({}))
  for (const url of ['/stream', '/answer']) t.equal((await app.inject(url)).statusCode, 200)
  const told = samplesIn((await app.inject('/metrics')).body)
  const routes = new Set(told.map(({ labels }) => labels['route']))
  t.ok(routes.has('/answer'))
  t.notOk(routes.has('/stream'))
})

t.test('the version that runs is told', async (t) => {
  t.match(
    samplesIn((await participant.scrape()).text).find(({ name }) => name === 'skald_info'),
    {
      labels: { service: 'carts', version: /^\d+\.\d+\.\d+/ },
      value: 1,
    },
  )
})
