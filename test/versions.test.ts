// Two versions of commande at work on one database: a saga ends on the one that it began with, unless it is moved.
import pg from 'pg'
import t from 'tap'
import { machines } from '../machines/registry.ts'
import { EventInbox } from '../orchestrator/store/event-inbox.ts'
import { startOrchestratorAt } from './kit/orchestrators.ts'
import { Shop } from './kit/shop.ts'
import { startSystem, type System } from './kit/system.ts'
import { until } from './kit/until.ts'

/** What the release before this one could drive. */
const OLD = { machines: machines.slice(0, 1) }
/** Nothing is given up, and nothing waited for at the end. */
const PATIENT = { STEP_TIMEOUT_MS: '20000', STEP_DEADLINE_MS: '30000', GRACE_MS: '0' }
const IMPATIENT = { STEP_TIMEOUT_MS: '250', STEP_DEADLINE_MS: '600', STEP_RETRIES: '0' }

/** A saga whose vente is asked for, and whose answer is held back. */
async function sagaAtCreate({ shop, produits }: System): Promise<{ cart: string; sagaId: string }> {
  await shop.setStock(10)
  const cart = await shop.cart(2)
  produits.hold('answer')
  const { saga_id: sagaId } = (await shop.order(cart, { key: 'one', prefer: 'respond-async' })).body
  await until('its vente is made', async () => (await shop.ventes(cart)).length === 1)
  return { cart, sagaId }
}

/** As an operator would, past the API. Resolves when it was answered. */
async function migrate({ databaseUrl }: System, sagaId: string, way: { from: string; to: string }) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  try {
    const inbox = new EventInbox(pool)
    const event = { type: 'skald.migrate', actor: 'anne', reason: 'v2 asks again', ...way }
    const accepted = await inbox.accept({ sagaId, key: 'move', fingerprint: 'move', event, max: 10 })
    if (accepted.kind !== 'accepted') throw new Error(`the move was answered by ${accepted.kind}`)
    return await until('the move is answered', async () => {
      const outcome = (await inbox.outcomes([accepted.id])).get(accepted.id)
      return outcome !== 'pending' && outcome
    })
  } finally {
    await pool.end()
  }
}

t.test('a saga ends on the version that it began with; new ones begin with the newest', async (t) => {
  const system = await startSystem(t, PATIENT, OLD)
  const { shop, produits } = system
  const { cart, sagaId } = await sagaAtCreate(system)
  t.equal((await shop.saga(sagaId)).version, '1')

  await system.restart()
  const newCart = await shop.cart(3)
  const begun = (await shop.order(newCart, { prefer: 'respond-async' })).body.saga_id
  await until('both wait for produits', async () => (await shop.saga(begun)).state === 'doing.create')
  produits.release()
  for (const [id, version] of [
    [sagaId, '1'],
    [begun, '2'],
  ] as const) {
    await until('the end', async () => (await shop.saga(id)).state === 'DONE')
    t.equal((await shop.saga(id)).version, version)
  }
  t.equal((await shop.ventes(cart)).length, 1)
  t.equal((await shop.ventes(newCart)).length, 1)
  t.equal(await shop.stock(), 5)
  const again = await shop.order(cart, { key: 'one' })
  t.match(again, { status: 201, body: { saga_id: sagaId } }, 'the caller of the release before is answered')
})

t.test('two releases side by side: what only one of them knows, the other leaves alone', async (t) => {
  const system = await startSystem(t, {}, OLD)
  const { databaseUrl, carts, stocks, produits, shop } = system
  const settings = { CARTS_URL: carts.url, STOCKS_URL: stocks.url, PRODUITS_URL: produits.url }
  const b = await startOrchestratorAt(t, { databaseUrl, name: 'new', settings })
  await until('the new one has its share', async () => (await b.metric('skald_partitions_held')) === 32)
  const atNew = new Shop(() => ({
    orchestrator: b.url,
    carts: carts.url,
    stocks: stocks.url,
    produits: produits.url,
  }))
  await shop.setStock(100)
  const orders = Array.from({ length: 20 }, async (_, n) => {
    const [at, version] = n % 2 === 0 ? [shop, '1'] : [atNew, '2']
    const { status, body } = await at.order(await at.cart(1))
    t.equal(status, 201)
    // Whoever is asked, it is known.
    for (const one of [shop, atNew]) t.match(await one.saga(body.saga_id), { version, state: 'DONE' })
  })
  await Promise.all(orders)
  t.equal(await shop.stock(), 80)
})

t.test('a saga that is moved in the middle of a call goes on as the other version would', async (t) => {
  const system = await startSystem(t, PATIENT, OLD)
  const { shop, produits } = system
  const { cart, sagaId } = await sagaAtCreate(system)
  await system.restart()
  t.equal(await migrate(system, sagaId, { from: '1', to: '2' }), 'applied')
  t.match(await shop.saga(sagaId), { version: '2', state: 'doing.create' })

  // In doubt, v1 would turn back.
  await produits.stop()
  await until('asked again', async () => (await shop.saga(sagaId)).state === 'parked.doing')
  produits.release()
  await produits.start()
  await until('the end', async () => (await shop.saga(sagaId)).state === 'DONE')
  t.equal((await shop.ventes(cart)).length, 1)
  const journal = await shop.transitions(sagaId)
  t.match(
    journal.filter(({ event }) => event.type === 'skald.migrate'),
    [{ event: { actor: 'anne', reason: 'v2 asks again', from: '1', to: '2' }, state: 'doing.create' }],
  )
})

t.test('a parked saga is moved with the moment of its next try', async (t) => {
  const system = await startSystem(t, PATIENT, OLD)
  const { shop, stocks, produits } = system
  const { cart, sagaId } = await sagaAtCreate(system)
  await stocks.stop()
  await system.restart(OLD, IMPATIENT)
  await until('v1 turns back', async () => (await shop.saga(sagaId)).state !== 'doing.create')
  produits.release()
  const isParked = async () => {
    const { parked, next_timer_at } = await shop.saga(sagaId)
    // With time to look at it before it tries again.
    return parked?.step === 'reserve' && Date.parse(next_timer_at ?? '') > Date.now() + 3_000
  }
  await until('parked at its reservation', isParked)
  await system.restart()
  await until('parked again', isParked)
  t.equal(await migrate(system, sagaId, { from: '1', to: '2' }), 'applied')
  t.match(await shop.saga(sagaId), { version: '2', status: 'parked', parked: { step: 'reserve' } })
  await stocks.start()
  await until('the end', async () => (await shop.saga(sagaId)).state === 'FAILED')
  t.equal((await shop.saga(sagaId)).version, '2')
  t.strictSame(await shop.ventes(cart), [])
  t.equal(await shop.stock(), 10)
  t.equal(await shop.cartStatus(cart), 'OPEN')
})

t.test('there is no way to where v1 would not know what went before', async (t) => {
  const system = await startSystem(t, PATIENT)
  const { shop, produits } = system
  const { sagaId } = await sagaAtCreate(system)
  await produits.stop()
  await until('asked again', async () => (await shop.saga(sagaId)).state === 'parked.doing')
  t.equal(await migrate(system, sagaId, { from: '2', to: '1' }), 'ignored')
  t.equal((await shop.saga(sagaId)).version, '2')
  produits.release()
  await produits.start()
  await until('the end', async () => ['DONE', 'FAILED'].includes((await shop.saga(sagaId)).state))
})
