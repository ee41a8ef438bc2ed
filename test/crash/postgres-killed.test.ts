// kill -9 of Postgres under everybody: participants and orchestrator live on, and so does every saga.
import pg from 'pg'
import t from 'tap'
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import { startOrchestrator } from '../../orchestrator/orchestrator.ts'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { http } from '../kit/http.ts'
import { startParticipant } from '../kit/running-participant.ts'
import { Shop } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { endFaults } from './faults.ts'
import { PostgresProcess } from './postgres-process.ts'
import { happy } from './tale.ts'

const postgres = await PostgresProcess.start(t)
const pool = new pg.Pool({ connectionString: postgres.url })
pool.on('error', () => undefined)
t.teardown(() => pool.end())
const running = {
  carts: await startParticipant(t, carts, postgres.url),
  stocks: await startParticipant(t, stocks, postgres.url),
  produits: await startParticipant(t, produits, postgres.url),
}
/** Told of every call that a saga makes. */
let onCall: (step: string) => void = () => undefined
const config = readOrchestratorConfig(
  {
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: postgres.url,
    CARTS_URL: running.carts.url,
    STOCKS_URL: running.stocks.url,
    PRODUITS_URL: running.produits.url,
    // Enough tries for Postgres to come back in between.
    STEP_TIMEOUT_MS: '20000',
    STEP_DEADLINE_MS: '60000',
    STEP_RETRIES: '20',
    WAIT_SECONDS: '120',
  },
  { ORCHESTRATOR_ID: 'test' },
)
const orchestrator = await startOrchestrator(config, {
  steps: (steps) => ({
    call(declaration, call) {
      onCall(declaration.step)
      return steps.call(declaration, call)
    },
  }),
})
t.teardown(() => orchestrator.close())
const shop = new Shop(() => ({
  orchestrator: orchestrator.url,
  carts: running.carts.url,
  stocks: running.stocks.url,
  produits: running.produits.url,
}))

async function preparedCart(produit: number): Promise<{ cart: string; produit: number }> {
  await shop.setStock(happy.stock, produit)
  return { cart: await shop.cart(2, produit), produit }
}

t.test('Postgres is killed with twelve sagas in flight, and each goes on where it was', async (t) => {
  const orders = await Promise.all(Array.from({ length: 12 }, (_, i) => preparedCart(i + 1)))
  const inTheMiddle = Promise.withResolvers<void>()
  let calls = 0
  onCall = () => {
    calls += 1
    if (calls === 18) inTheMiddle.resolve()
  }
  const answers = Promise.all(orders.map(async ({ cart }) => shop.order(cart)))
  await inTheMiddle.promise
  await postgres.kill()
  await postgres.comeBack()
  for (const [i, { status, body }] of (await answers).entries()) {
    t.equal(status, 201)
    const order = orders[i] ?? { cart: '', produit: 0 }
    const ended = { ...order, sagaId: body.saga_id, ending: happy.ending }
    t.strictSame(await endFaults(pool, shop, ended), [])
  }
})

t.test('without Postgres nothing new is accepted, and what waits for its commit goes on', async (t) => {
  const waiting = await preparedCart(101)
  const refused = await preparedCart(102)
  await postgres.kill()
  // Its commit has been tried when this is known to nobody else: it can only wait.
  const answer = shop.order(waiting.cart, { key: 'waits' })
  await until('not ready', async () => (await http.get(`${orchestrator.url}/readyz`)).statusCode === 503)
  t.equal((await http.get(`${orchestrator.url}/healthz`)).statusCode, 200)

  const { status, headers, body } = await shop.order(refused.cart, { key: 'refused' })
  t.equal(status, 503)
  t.equal(headers['retry-after'], '1')
  t.equal(body.code, 'occupe')
  t.match(body.detail, /Nothing was accepted/)
  const read = await http.get<{ code: string }>(`${orchestrator.url}/api/sagas`)
  t.equal(read.statusCode, 503)
  t.equal(read.headers['retry-after'], '1')
  t.equal(read.body.code, 'base_injoignable')

  await postgres.comeBack()
  const late = await answer
  t.equal(late.status, 201)
  const ended = { ...waiting, sagaId: late.body.saga_id, ending: happy.ending }
  t.strictSame(await endFaults(pool, shop, ended), [])
  t.strictSame(await shop.sagas(`q=${refused.cart}`), [])
  t.equal(await shop.cartStatus(refused.cart), 'OPEN')
  const again = await shop.order(refused.cart, { key: 'refused' })
  t.equal(again.status, 201)
  t.equal(again.headers['idempotency-replayed'], undefined, 'it is a first call')
})

t.test('a saga that was accepted is never answered as one that was not', async (t) => {
  const order = await preparedCart(201)
  running.produits.hold('answer')
  const called = Promise.withResolvers<void>()
  onCall = (step) => {
    if (step === 'create') called.resolve()
  }
  const answer = shop.order(order.cart, { key: 'accepted', prefer: 'wait=2' })
  await called.promise
  await postgres.kill()
  const { status, headers, body } = await answer
  t.equal(status, 202)
  t.equal(headers['location'], `/api/sagas/${body.saga_id}`)
  await postgres.comeBack()
  running.produits.release()
  t.equal((await shop.order(order.cart, { key: 'accepted' })).body.saga_id, body.saga_id)
  t.equal((await shop.saga(body.saga_id)).state, 'DONE')
})
