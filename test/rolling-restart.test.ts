// Three orchestrators behind the gateway, each ended and started anew in turn, as an upgrade does it, with orders coming
// in all the while. Sagas that are in flight when an orchestrator's grace is over are there for sure, not by luck: a
// participant holds them.
import pg from 'pg'
import t from 'tap'
import { openStage } from './kit/stage.ts'
import { until } from './kit/until.ts'

const STOCK = 100_000
const CALLERS = 6
/** So many orders between two events, at least. */
const ORDERS = 15

interface Order {
  readonly key: string | undefined
  readonly status: number
  readonly code: string | undefined
  readonly sagaId: string
}

const stage = await openStage(t, {
  orchestrators: 3,
  settings: {
    LEASE_MS: '3000',
    GRACE_MS: '1000',
    // Generous, for two busy cores: no step here is in trouble.
    STEP_TIMEOUT_MS: '30000',
    STEP_DEADLINE_MS: '60000',
    WAIT_SECONDS: '60',
  },
})
const { shop, produits } = stage
const pool = new pg.Pool({ connectionString: stage.databaseUrl })
// The database is dropped with whatever is still connected.
pool.on('error', () => undefined)
t.teardown(() => pool.end())

/** Orders until told to stop; each third one has no key. */
async function takeOrders(caller: number, orders: Order[], over: AbortSignal): Promise<void> {
  for (let n = 0; !over.aborted; n += 1) {
    const cart = await shop.cart(1)
    const key = n % 3 === 2 ? undefined : `rolling-${caller}-${n}`
    const { status, body } = await shop.order(cart, key === undefined ? {} : { key })
    orders.push({ key, status, code: body.code, sagaId: body.saga_id })
  }
}

/** The number of rows, as in `produits.vente where …`. */
async function count(rowsOf: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`select count(*) from ${rowsOf}`)
  return Number(rows[0]?.count)
}

/** Orders go on being answered. */
async function moreOrders(orders: readonly Order[]): Promise<void> {
  const enough = orders.length + ORDERS
  await until(`${ORDERS} more orders are answered`, async () => orders.length >= enough)
}

/** All callers wait for sagas that can't go on; some of them are in the hands of this orchestrator. */
async function holdSagas(name: string): Promise<void> {
  produits.hold('request')
  const held = `orchestrator.saga where state = 'doing.create'`
  const owned = `select p.id from orchestrator.partition p join orchestrator.member m on m.id = p.owner`
  await until('all callers wait', async () => (await count(held)) >= CALLERS)
  await until('some for this one', async () => {
    return (await count(`${held} and partition in (${owned} where m.name = '${name}')`)) > 0
  })
}

t.test('a rolling restart under load', async (t) => {
  await shop.setStock(STOCK)
  const orders: Order[] = []
  const over = new AbortController()
  t.teardown(() => over.abort())
  const callers = Array.from({ length: CALLERS }, (_, caller) => takeOrders(caller, orders, over.signal))

  for (const [index, orchestrator] of stage.orchestrators.entries()) {
    // As the stage calls them.
    const name = `orchestrator-${index + 1}`
    await moreOrders(orders)
    if (index === 1) await holdSagas(name)
    t.equal(await orchestrator.end(), 0)
    t.equal(await count(`orchestrator.member where name = '${name}'`), 0, 'its partitions are free')
    produits.release()
    await moreOrders(orders)
    await orchestrator.comeBack()
  }
  await moreOrders(orders)
  over.abort()
  await Promise.all(callers)

  await t.test('loses no order', (t) => {
    t.strictSame(
      orders.filter(({ status }) => status !== 201 && status !== 202),
      [],
    )
    const handedOver = orders.filter(({ status }) => status === 202)
    t.ok(handedOver.length > 0, 'callers of sagas that were handed over are told where to look')
    t.end()
  })

  await t.test('loses no saga, and none hangs', async (t) => {
    const underWay = `orchestrator.saga where status not in ('done', 'failed')`
    await until('every saga has ended', async () => (await count(underWay)) === 0)
    t.equal(await count(`orchestrator.saga where status = 'done'`), orders.length)
    t.equal(new Set(orders.map(({ sagaId }) => sagaId)).size, orders.length)
  })

  await t.test('leaves every effect once', async (t) => {
    t.equal(await count('produits.vente'), orders.length)
    t.equal(await count('(select distinct cart_id from produits.vente) cart'), orders.length)
    t.equal(await shop.stock(), STOCK - orders.length)
    t.equal(await count(`carts.cart where status <> 'LOCKED'`), 0)
  })
})
