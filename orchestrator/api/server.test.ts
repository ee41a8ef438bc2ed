// The calls that the README lists, but for bad input (test/bad-input.test.ts) and the scenarios (test/scenarios.test.ts).
import getPort from 'get-port'
import t from 'tap'
import { http } from '../../test/kit/http.ts'
import { BY_TEST, MAGASIN, type OrderAnswer } from '../../test/kit/shop.ts'
import { startSystem } from '../../test/kit/system.ts'
import { until } from '../../test/kit/until.ts'
import type { LeaseStore } from '../engine/ports.ts'

t.test('a caller waits as long as it prefers, and asks again with the same key', async (t) => {
  const { shop, produits } = await startSystem(t, { WAIT_SECONDS: '60' })
  await shop.setStock(10)
  const cart = await shop.cart(1)
  produits.hold('answer')
  const async = await shop.order(cart, { key: 'k', prefer: 'respond-async' })
  t.equal(async.status, 202)
  const { saga_id } = async.body
  t.equal(async.headers['location'], `/api/sagas/${saga_id}`)
  t.strictSame(async.body, { saga_id, status: 'running' })
  t.notOk('idempotency-replayed' in async.headers)

  for (const prefer of ['respond-async', 'wait=1', 'respond-async, wait=1']) {
    const again = await shop.order(cart, { key: 'k', prefer })
    t.match(again, { status: 202, body: { saga_id }, headers: { 'idempotency-replayed': 'true' } }, prefer)
  }
  const patient = shop.order(cart, { key: 'k' })
  await until('create', async () => (await shop.saga(saga_id)).state === 'doing.create')
  produits.release()
  t.match(await patient, { status: 201, body: { saga_id, vente_id: Number } })
})

t.test('an end that was a failure is repeated like any other', async (t) => {
  const { shop } = await startSystem(t)
  await shop.setStock(0)
  const cart = await shop.cart(1)
  const first = await shop.order(cart, { key: 'k' })
  t.equal(first.status, 409)
  const again = await shop.order(cart, { key: 'k', prefer: 'respond-async' })
  t.equal(again.status, 409)
  t.strictSame(again.body, first.body)
  t.equal(again.headers['content-type'], first.headers['content-type'])
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal((await shop.sagas(`q=${cart}`)).length, 1)
})

t.test('the same request is the same by either path, with its fields in any order', async (t) => {
  const { shop } = await startSystem(t)
  await shop.setStock(10)
  const cart = await shop.cart(1)
  const key = { 'idempotency-key': 'k' }
  const first = await shop.post('/api/orchestrator/', { cart_id: cart, magasin_id: MAGASIN }, key)
  for (const path of ['/api/orchestrator', '/api/sagas/commande', '/api/sagas/commande/']) {
    const again = await shop.post(path, { magasin_id: MAGASIN, cart_id: cart }, key)
    t.strictSame([again.status, again.body], [201, first.body], path)
  }
  const other = await shop.post('/api/orchestrator', { cart_id: cart, magasin_id: 102 }, key)
  t.match(other, { status: 422, body: { code: 'cle_reutilisee' } })
  t.match(other.body.detail, first.body.saga_id)
  t.equal((await shop.sagas('limit=10')).length, 1)
})

t.test('sagas are listed in pages, newest first, and found by what is known of them', async (t) => {
  const system = await startSystem(t)
  const { shop } = system
  await shop.setStock(3)
  const carts = []
  const ids = []
  for (let i = 0; i < 5; i++) {
    const cart = await shop.cart(1)
    carts.push(cart)
    ids.unshift((await shop.order(cart)).body.saga_id)
  }
  const [fifth, fourth, third, second, first] = ids
  const idsOf = async (query: string) => (await shop.sagas(query)).map(({ saga_id }) => saga_id)
  t.strictSame(await idsOf(''), ids)
  t.strictSame(await idsOf('state=DONE'), [third, second, first])
  t.strictSame(await idsOf('status=failed'), [fifth, fourth])
  t.strictSame(await idsOf('state=FAILED&status=failed&machine=commande'), [fifth, fourth])
  t.strictSame(await idsOf('state=DONE&status=running'), [])
  t.strictSame(await idsOf('machine=retour'), [])
  t.strictSame(await idsOf('state=doing'), [])
  t.strictSame(await idsOf(`q=${carts[1]}`), [second])
  t.strictSame(await idsOf(`q=${third}`), [third])

  const seen: string[] = []
  let cursor = ''
  for (let page = 0; page < 3; page++) {
    const { body } = await http.get<{ sagas: { saga_id: string }[]; next_cursor: string | null }>(
      `${system.orchestrator.url}/api/sagas/?limit=2${cursor}`,
    )
    seen.push(...body.sagas.map(({ saga_id }) => saga_id))
    t.equal(body.next_cursor === null, page === 2, 'the last page has no next one')
    cursor = `&cursor=${body.next_cursor}`
  }
  t.strictSame(seen, ids)
})

t.test('one saga is shown with all that is known of it', async (t) => {
  const system = await startSystem(t)
  const { shop } = system
  await shop.setStock(10)
  const cart = await shop.cart(2)
  const { saga_id, vente_id } = (await shop.order(cart)).body
  const at = `${system.orchestrator.url}/api/sagas`
  const { body: saga } = await http.get<Record<string, unknown>>(`${at}/${saga_id.toUpperCase()}/`)
  const { created_at, updated_at, ...rest } = saga
  t.strictSame(rest, {
    saga_id,
    trace_id: saga_id.replaceAll('-', ''),
    machine: 'commande',
    version: '2',
    state: 'DONE',
    status: 'done',
    seq: 3,
    business_key: cart,
    input: { cart_id: cart, magasin_id: MAGASIN },
    output: { vente_id, error: null },
    vente_id,
    reservation_id: saga_id,
    step: null,
    undone: null,
    error_code: null,
    last_error: null,
    parked: null,
    next_timer_at: null,
    verbs: [],
  })
  for (const instant of [created_at, updated_at]) t.equal(new Date(String(instant)).toISOString(), instant)

  const { body: events } = await http.get<Record<string, unknown>[]>(`${at}/${saga_id}/events`)
  t.match(events, [
    { type: 'COMMANDE_CREEE', payload: { cart_id: cart, magasin_id: MAGASIN }, created_at: String },
    { type: 'PANIER_VERROUILLE', payload: { cart_id: cart } },
    { type: 'STOCK_RESERVE', payload: { reservation_id: saga_id } },
    { type: 'VENTE_CREEE', payload: { vente_id } },
    { type: 'TERMINEE', payload: { vente_id } },
  ])
  const { body: journal } = await http.get<Record<string, unknown>[]>(
    `${at}/${saga_id}/transitions?from_seq=1&limit=2`,
  )
  t.match(journal, [
    { seq: 1, actor: null, timer: null, state: 'doing.reserve', event: { type: 'xstate.done.actor.lock' } },
    { seq: 2, state: 'doing.create', snapshot: { value: { doing: 'create' } }, at: String },
  ])
  t.equal(journal.length, 2)
})

t.test('a person stops a saga, and all that was begun is undone', async (t) => {
  const { shop, produits } = await startSystem(t, { STEP_RETRIES: '0' })
  await shop.setStock(10)
  const cart = await shop.cart(1)
  produits.hold('answer')
  const { saga_id } = (await shop.order(cart, { prefer: 'respond-async' })).body
  await until('create', async () => (await shop.saga(saga_id)).state === 'doing.create')
  const retry = await shop.post(`/api/sagas/${saga_id}/retry`, BY_TEST)
  t.match(retry, { status: 409, body: { code: 'verbe_refuse' } })
  const cancelled = await shop.post(`/api/sagas/${saga_id.toUpperCase()}/cancel/`, BY_TEST)
  t.match(cancelled, { status: 200, body: { saga_id, state: 'undoing.create' } })
  produits.release()
  await until('the end', async () => (await shop.saga(saga_id)).state === 'FAILED')
  t.equal((await shop.saga(saga_id)).last_error?.code, 'CANCELLED')
  t.equal(await shop.stock(), 10)
  t.strictSame(await shop.ventes(), [])
  t.match(await shop.post(`/api/sagas/${saga_id}/cancel`, BY_TEST), { status: 409 })
})

t.test('an orchestrator that goes away tells its callers where to look', async (t) => {
  const system = await startSystem(t, { WAIT_SECONDS: '600', GRACE_MS: '0' })
  const { shop, produits } = system
  await shop.setStock(10)
  const cart = await shop.cart(1)
  produits.hold('answer')
  let answer: OrderAnswer | undefined
  void shop.order(cart, { key: 'k' }).then((told) => (answer = told))
  await until('create', async () => (await shop.sagas('state=doing.create')).length === 1)
  const restarted = system.restart()
  const { status, headers, body } = await until('it is told at once', async () => answer)
  t.equal(status, 202)
  t.equal(headers['location'], `/api/sagas/${body.saga_id}`)
  await restarted
  produits.release()
  t.match(await shop.order(cart, { key: 'k' }), { status: 201, body: { saga_id: body.saga_id } })
})

/** Begins no session until it is let. */
function slowToStart(gate: Promise<void>): (leases: LeaseStore) => LeaseStore {
  return (leases) => ({
    async join(...args) {
      await gate
      return leases.join(...args)
    },
    beat: (...args) => leases.beat(...args),
    acquire: (...args) => leases.acquire(...args),
    release: (...args) => leases.release(...args),
    unpin: (...args) => leases.unpin(...args),
    leave: (...args) => leases.leave(...args),
  })
}

t.test('while it starts an orchestrator lives, but is not ready', async (t) => {
  const system = await startSystem(t)
  const { shop } = system
  await shop.setStock(10)
  const cart = await shop.cart(1)
  const gate = Promise.withResolvers<void>()
  const port = await getPort({ host: '127.0.0.1' })
  const url = `http://127.0.0.1:${port}`
  const starting = system.restart({ leases: slowToStart(gate.promise) }, { PORT: String(port) })
  await until('it lives', async () => {
    const answer = await http.get(`${url}/healthz`).catch(() => undefined)
    return answer?.statusCode === 200
  })
  const ready = await http.get<{ code: string; detail: string }>(`${url}/readyz`)
  t.match([ready.statusCode, ready.body.code, ready.headers['retry-after']], [503, 'pas_pret', '1'])
  t.match(ready.body.detail, 'at the moment: the orchestrator is starting.')
  const order = http.post<{ saga_id: string }>(`${url}/api/orchestrator`, {
    json: { cart_id: cart, magasin_id: MAGASIN },
  })
  gate.resolve()
  await starting
  const readyNow = await http.get(`${url}/readyz`)
  t.strictSame([readyNow.statusCode, readyNow.body], [200, { status: 'ready', missing_machines: [] }])
  const { statusCode, body } = await order
  t.equal(statusCode, 201, 'an order that came too early only waited')
  t.equal((await shop.saga(body.saga_id)).state, 'DONE')
})

t.test('/docs shows every call, and the OpenAPI document lists them', async (t) => {
  const { orchestrator } = await startSystem(t)
  const page = await http.get(`${orchestrator.url}/docs`, { responseType: 'text' })
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], 'text/html')
  const { body } = await http.get<{ openapi: string; paths: Record<string, Record<string, Call>> }>(
    `${orchestrator.url}/docs/json`,
  )
  t.match(body.openapi, /^3\./)
  const calls = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  t.strictSame(
    calls.filter((call) => call.includes('/api/')).sort(),
    [
      'GET /api/bulk',
      'GET /api/bulk/{bulk_id}',
      'GET /api/bulk/{bulk_id}/sagas',
      'GET /api/counts',
      'GET /api/export',
      'GET /api/machines',
      'GET /api/machines/{machine}/{version}',
      'GET /api/sagas',
      'GET /api/sagas/{saga_id}',
      'GET /api/sagas/{saga_id}/export',
      'GET /api/transitions',
      'POST /api/bulk',
      'POST /api/bulk/{bulk_id}/resume',
      'POST /api/bulk/{bulk_id}/stop',
      'GET /api/sagas/{saga_id}/events',
      'GET /api/sagas/{saga_id}/transitions',
      'POST /api/orchestrator',
      'POST /api/sagas/commande',
      'POST /api/sagas/{saga_id}/abandon',
      'POST /api/sagas/{saga_id}/cancel',
      'POST /api/sagas/{saga_id}/compensate',
      'POST /api/sagas/{saga_id}/complete',
      'POST /api/sagas/{saga_id}/events',
      'POST /api/sagas/{saga_id}/migrate',
      'POST /api/sagas/{saga_id}/retry',
      'POST /api/sagas/{saga_id}/skip',
    ].sort(),
  )
  for (const methods of Object.values(body.paths)) {
    for (const { summary, responses } of Object.values(methods)) {
      if (summary !== undefined) t.ok(Object.keys(responses).length > 0)
    }
  }
})

interface Call {
  readonly summary?: string
  readonly responses: Record<string, unknown>
}

t.test('/metrics counts sagas, steps and commits', async (t) => {
  const { shop, orchestrator } = await startSystem(t)
  await shop.setStock(1)
  for (let i = 0; i < 2; i++) await shop.order(await shop.cart(1))
  const { body, headers } = await http.get(`${orchestrator.url}/metrics`, { responseType: 'text' })
  t.match(headers['content-type'], 'text/plain')
  const value = (name: string, labels: Record<string, string> = {}) => {
    const line = body.split('\n').find((text) => {
      const [, found, rest = ''] = /^(\w+)(?:\{(.*)\})? /.exec(text) ?? []
      return found === name && Object.entries(labels).every(([key, one]) => rest.includes(`${key}="${one}"`))
    })
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')))
  }
  const machine = 'commande'
  t.equal(value('skald_sagas_started_total', { machine }), 2)
  t.equal(value('skald_sagas_ended_total', { machine, outcome: 'done' }), 1)
  t.equal(value('skald_sagas_ended_total', { machine, outcome: 'failed' }), 1)
  const count = (step: string, direction: string, participant: string, outcome: string) =>
    value('skald_step_duration_seconds_count', { step, direction, participant, outcome })
  t.equal(count('lock', 'doing', 'carts', 'done'), 2)
  t.equal(count('lock', 'undoing', 'carts', 'done'), 1)
  t.equal(count('reserve', 'doing', 'stocks', 'done'), 1)
  t.equal(count('reserve', 'doing', 'stocks', 'refused'), 1)
  t.equal(count('create', 'doing', 'produits', 'done'), 1)
  t.equal(value('skald_commit_transitions_sum'), 8, 'one for each transition')
  t.ok(Number(value('skald_commit_duration_seconds_count')) > 0)
  t.equal(value('skald_sagas_in_flight'), 0)
  t.equal(value('skald_starts_waiting'), 0)
  t.equal(value('skald_partitions_held'), 64)
  t.equal(value('skald_partitions_moved_total', { kind: 'acquired' }), 64)
  t.equal(value('skald_machines_missing'), 0)
  for (const participant of ['carts', 'stocks', 'produits']) {
    t.equal(value('skald_participant_calls_under_way', { participant }), 0)
    t.equal(value('skald_participant_calls_waiting', { participant }), 0)
  }
  t.ok(Number(value('process_cpu_seconds_total')) > 0)
})
