// The orchestrators' database fails in every way that can be had. Sagas pause, nothing is called that was not
// committed, and all go on when it is back, with every effect once. The participants have a database of their own.
import pg from 'pg'
import t, { type Test } from 'tap'
import type { StateValue } from 'xstate'
import type { SagaStore, StoredSaga } from '../orchestrator/engine/ports.ts'
import { statePath } from '../orchestrator/engine/status.ts'
import type { Seams } from '../orchestrator/orchestrator.ts'
import { carts } from '../services/carts/server.ts'
import { produits } from '../services/produits/server.ts'
import { stocks } from '../services/stocks/server.ts'
import { endFaults } from './crash/faults.ts'
import { PostgresProcess } from './crash/postgres-process.ts'
import { happy } from './crash/tale.ts'
import { freshDatabase } from './kit/database.ts'
import { startOrchestratorAt } from './kit/orchestrators.ts'
import { startReplicatedPostgres } from './kit/replicated-postgres.ts'
import { startParticipant } from './kit/running-participant.ts'
import { Shop, type OrderAnswer } from './kit/shop.ts'
import { until } from './kit/until.ts'

const ORDERS = 6
const ROLE = 'orchestrators'

/** What orchestrators know to be committed, for the store has told them, and the calls that they make. */
class Ledger {
  /** Of the current test. */
  calls: string[] = []
  /** Calls of states that no store had told of. */
  readonly unannounced: string[] = []
  readonly #announced = new Set<string>()

  readonly seams: Seams = {
    store: (store) => this.#listenTo(store),
    steps: (steps) => ({
      call: (declaration, call) => {
        const name = `${call.sagaId} ${declaration.undo ? 'undoing' : 'doing'}.${declaration.step}`
        this.calls.push(name)
        if (!this.#announced.has(name)) this.unannounced.push(name)
        return steps.call(declaration, call)
      },
    }),
  }

  /** How many sagas have called in this state. */
  callersOf(state: string): number {
    return new Set(this.calls.filter((name) => name.endsWith(` ${state}`))).size
  }

  #listenTo(store: SagaStore): SagaStore {
    const heard = async <Saga extends StoredSaga>(reading: Promise<Saga[]>) => {
      const sagas = await reading
      for (const { sagaId, snapshot } of sagas)
        this.#announced.add(`${sagaId} ${statePath((snapshot as { value: StateValue }).value)}`)
      return sagas
    }
    return {
      write: async (batch) => {
        const outcomes = await store.write(batch)
        batch.forEach(({ sagaId, state }, at) => {
          if (outcomes[at]?.kind === 'committed') this.#announced.add(`${sagaId} ${state}`)
        })
        return outcomes
      },
      inFlight: (lease, page) => heard(store.inFlight(lease, page)),
      due: (leases, page) => heard(store.due(leases, page)),
      byIds: (leases, sagaIds) => heard(store.byIds(leases, sagaIds)),
      inbox: (...page) => store.inbox(...page),
      dismiss: (leases, eventIds) => store.dismiss(leases, eventIds),
    }
  }
}

interface Order {
  readonly produit: number
  readonly cart: string
  readonly answer: Promise<OrderAnswer>
}

/** Two orchestrators on this database, each with its share, and participants on another. */
async function openSystem(t: Pick<Test, 'teardown'>, databaseUrl: string) {
  const { url } = await freshDatabase(t)
  const pool = new pg.Pool({ connectionString: url })
  t.teardown(() => pool.end())
  const running = {
    carts: await startParticipant(t, carts, url),
    stocks: await startParticipant(t, stocks, url),
    produits: await startParticipant(t, produits, url),
  }
  const settings = {
    CARTS_URL: running.carts.url,
    STOCKS_URL: running.stocks.url,
    PRODUITS_URL: running.produits.url,
    STEP_TIMEOUT_MS: '60000',
    STEP_DEADLINE_MS: '120000',
    WAIT_SECONDS: '120',
  }
  const ledger = new Ledger()
  const { seams } = ledger
  const a = await startOrchestratorAt(t, { databaseUrl, name: 'a', settings, seams })
  const b = await startOrchestratorAt(t, { databaseUrl, name: 'b', settings, seams })
  const answers = async (status: number) =>
    (await Promise.all([a.get('/readyz'), b.get('/readyz')])).every((answer) => answer.status === status)
  let turn = 0
  let produit = 0
  const shop = new Shop(() => ({
    orchestrator: turn++ % 2 === 0 ? a.url : b.url,
    carts: running.carts.url,
    stocks: running.stocks.url,
    produits: running.produits.url,
  }))
  return {
    ledger,
    untilBothWork: () => until('both orchestrators are ready', () => answers(200)),
    untilBothPause: () => until('no orchestrator is ready', () => answers(503)),
    /** Orders at both, whose reservation is made but not answered until `goOn`. */
    async placeOrders(): Promise<{ orders: Order[]; goOn: () => void }> {
      await this.untilBothWork()
      ledger.calls = []
      const prepared = []
      for (let i = 0; i < ORDERS; i++) {
        produit += 1
        await shop.setStock(happy.stock, produit)
        prepared.push({ produit, cart: await shop.cart(2, produit) })
      }
      running.stocks.hold('answer')
      const orders = prepared.map((order) => ({ ...order, answer: shop.order(order.cart) }))
      await until('all are at their reservation', async () => ledger.callersOf('doing.reserve') === ORDERS)
      return { orders, goOn: () => running.stocks.release() }
    },
    /** What is wrong with how they ended. */
    async faultsOf(orders: readonly Order[]): Promise<string[]> {
      const faults: string[] = []
      for (const { produit, cart, answer } of orders) {
        const { status, body } = await answer
        const sagaId = body.saga_id
        // 202 if the end could not be read while its caller waited: the saga goes on all the same.
        if (status !== 201 && status !== 202) faults.push(`answered ${status}: ${JSON.stringify(body)}`)
        await until('the saga is done', async () => (await shop.saga(sagaId)).state === 'DONE')
        faults.push(...(await endFaults(pool, shop, { produit, cart, sagaId, ending: happy.ending })))
      }
      return [...faults, ...ledger.unannounced.map((call) => `called before its commit: ${call}`)]
    },
  }
}

const postgres = await PostgresProcess.start(t)
const admin = new pg.Pool({ connectionString: postgres.url })
admin.on('error', () => undefined)
t.teardown(() => admin.end())
await admin.query(`create role ${ROLE} login password '${ROLE}'`)
await admin.query(`create database sagas owner ${ROLE}`)
const databaseUrl = Object.assign(new URL(postgres.url), {
  pathname: '/sagas',
  username: ROLE,
  password: ROLE,
}).href
const adminUrl = Object.assign(new URL(postgres.url), { pathname: '/sagas' }).href
const sagas = new pg.Pool({ connectionString: adminUrl })
sagas.on('error', () => undefined)
t.teardown(() => sagas.end())
const system = await openSystem(t, databaseUrl)

/** Cuts every connection of the orchestrators. */
async function cutConnections(): Promise<void> {
  await sagas.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [ROLE])
}

/** A setting of the database that the orchestrators meet at once, and nobody else. */
async function setForOrchestrators(setting: string, value: string): Promise<void> {
  await sagas.query(`alter role ${ROLE} set ${setting} = ${value}`)
  await cutConnections()
}

/** Keeps every commit of a saga in flight waiting until the returned function is called. */
async function holdCommits(): Promise<pg.PoolClient> {
  const client = await sagas.connect()
  await client.query('begin')
  await client.query('select from orchestrator.saga where wake_at is not null for update')
  return client
}

/** Resolves when at least so many of them wait. */
async function untilCommitsWait(count: number): Promise<void> {
  await until(`${count} commits wait`, async () => {
    const { rowCount } = await sagas.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and usename = $1`,
      [ROLE],
    )
    return (rowCount ?? 0) >= count
  })
}

async function letGo(client: pg.PoolClient): Promise<void> {
  await client.query('rollback')
  client.release()
}

t.test('connections that are cut in the midst of a commit cost no saga', async (t) => {
  const { orders, goOn } = await system.placeOrders()
  const held = await holdCommits()
  goOn()
  await untilCommitsWait(2)
  for (let times = 0; times < 3; times++) {
    await cutConnections()
    await untilCommitsWait(2)
  }
  t.equal(system.ledger.callersOf('doing.create'), 0)
  await letGo(held)
  t.strictSame(await system.faultsOf(orders), [])
})

t.test('a database that only reads pauses the sagas until it writes again', async (t) => {
  const { orders, goOn } = await system.placeOrders()
  await setForOrchestrators('default_transaction_read_only', 'on')
  goOn()
  await system.untilBothPause()
  t.equal(system.ledger.callersOf('doing.create'), 0)
  await setForOrchestrators('default_transaction_read_only', 'off')
  t.strictSame(await system.faultsOf(orders), [])
})

t.test('commits that run into the statement timeout are tried until one gets through', async (t) => {
  const { orders, goOn } = await system.placeOrders()
  await setForOrchestrators('statement_timeout', `'200ms'`)
  const held = await holdCommits()
  goOn()
  await system.untilBothPause()
  t.equal(system.ledger.callersOf('doing.create'), 0)
  await letGo(held)
  t.strictSame(await system.faultsOf(orders), [])
  await setForOrchestrators('statement_timeout', 'default')
})

t.test('a commit that is the victim of a deadlock is tried again', async (t) => {
  const { orders, goOn } = await system.placeOrders()
  // Who waits first looks first, and is the victim if the ring is closed by then.
  await setForOrchestrators('deadlock_timeout', `'3s'`)
  const held = await holdCommits()
  await held.query(`set local deadlock_timeout = '1h'; set local lock_timeout = '20s'`)
  goOn()
  await untilCommitsWait(1)
  // The commit has share-locked its partitions, and waits for a saga that is locked here.
  await held.query('select from orchestrator.partition for update')
  await letGo(held)
  t.strictSame(await system.faultsOf(orders), [])
  await setForOrchestrators('deadlock_timeout', 'default')
  const deadlocks = await until('Postgres has counted them', async () => {
    const { rows } = await sagas.query<{ deadlocks: number }>(
      `select deadlocks::int from pg_stat_database where datname = 'sagas'`,
    )
    return rows[0]?.deadlocks
  })
  t.ok(deadlocks >= 1)
})

t.test('a full disk pauses the sagas until there is room', async (t) => {
  // Postgres' own error where it can not extend a file; here nobody has to fill a disk.
  await sagas.query(`
    create function disk_full() returns trigger language plpgsql as $$
    begin raise sqlstate '53100' using message = 'could not extend file: No space left on device'; end $$
  `)
  const tables = ['transition', 'saga', 'member', 'inbox']
  const { orders, goOn } = await system.placeOrders()
  for (const table of tables)
    await sagas.query(
      `create trigger disk_full before insert or update on orchestrator.${table} execute function disk_full()`,
    )
  goOn()
  await system.untilBothPause()
  t.equal(system.ledger.callersOf('doing.create'), 0)
  for (const table of tables) await sagas.query(`drop trigger disk_full on orchestrator.${table}`)
  t.strictSame(await system.faultsOf(orders), [])
})

t.test('a restart of the database pauses the sagas while it lasts', async (t) => {
  const { orders, goOn } = await system.placeOrders()
  await postgres.stop()
  goOn()
  await system.untilBothPause()
  t.equal(system.ledger.callersOf('doing.create'), 0)
  await postgres.comeBack()
  t.strictSame(await system.faultsOf(orders), [])
})

t.test('a synchronous standby that takes over has every saga', async (t) => {
  const replicated = await startReplicatedPostgres(t)
  const other = await openSystem(t, replicated.url)
  const { orders, goOn } = await other.placeOrders()
  await replicated.killPrimary()
  goOn()
  await other.untilBothPause()
  t.equal(other.ledger.callersOf('doing.create'), 0)
  await replicated.failOver()
  t.strictSame(await other.faultsOf(orders), [])
})
