// kill -9 of a participant in the middle of its transaction: held there by a lock, so that the moment is sure.
import pg from 'pg'
import t from 'tap'
import { freshDatabase } from '../kit/database.ts'
import { PRODUIT, Shop } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { endFaults } from './faults.ts'
import { OrchestratorProcess } from './orchestrator-process.ts'
import { ParticipantProcess, type ParticipantName } from './participant-process.ts'
import { happy, refused, type Tale } from './tale.ts'

const { url: databaseUrl } = await freshDatabase(t)
const pool = new pg.Pool({ connectionString: databaseUrl })
pool.on('error', () => undefined)
t.teardown(() => pool.end())
const participants = {
  carts: await ParticipantProcess.start(t, 'carts', databaseUrl),
  stocks: await ParticipantProcess.start(t, 'stocks', databaseUrl),
  produits: await ParticipantProcess.start(t, 'produits', databaseUrl),
}
const orchestrator = new OrchestratorProcess(t, {
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: databaseUrl,
  CARTS_URL: participants.carts.url,
  STOCKS_URL: participants.stocks.url,
  PRODUITS_URL: participants.produits.url,
  // Enough tries for a participant to come back in between.
  STEP_TIMEOUT_MS: '20000',
  STEP_DEADLINE_MS: '60000',
  STEP_RETRIES: '20',
  WAIT_SECONDS: '120',
})
const url = await orchestrator.ready
const shop = new Shop(() => ({
  orchestrator: url,
  carts: participants.carts.url,
  stocks: participants.stocks.url,
  produits: participants.produits.url,
}))

/** Keeps every transaction that touches the table waiting, until the returned function is called. */
async function hold(table: string): Promise<() => Promise<void>> {
  const client = await pool.connect()
  await client.query(`begin; lock table ${table} in access exclusive mode`)
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

async function untilHeld(name: ParticipantName): Promise<void> {
  await until(`${name} waits in its transaction`, async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database()
       and application_name = $1 and wait_event_type = 'Lock'`,
      [`skald ${name}`],
    )
    return rowCount === 1
  })
}

async function killInTransaction(name: ParticipantName, release: () => Promise<void>): Promise<void> {
  await untilHeld(name)
  await participants[name].kill()
  await release()
  await participants[name].comeBack()
}

/** An order that finds `table` held, and what is wrong when all is over. */
async function faultsIn(
  tale: Tale,
  table: string,
  disturb: (release: () => Promise<void>) => Promise<void>,
): Promise<string[]> {
  await shop.setStock(tale.stock)
  const cart = await shop.cart(2)
  const release = await hold(table)
  const [{ status, body }] = await Promise.all([shop.order(cart), disturb(release)])
  const ended = { sagaId: body.saga_id, cart, produit: PRODUIT, ending: tale.ending }
  const wrongStatus = status === tale.ending.http ? [] : [`answered ${status}`]
  return [...wrongStatus, ...(await endFaults(pool, shop, ended))]
}

const tables = { carts: 'carts.cart', stocks: 'stocks.stock', produits: 'produits.vente' } as const

for (const name of ['carts', 'stocks', 'produits'] as const) {
  t.test(`${name}, killed in the middle of its step, has done it once when it is back`, async (t) => {
    t.strictSame(await faultsIn(happy, tables[name], (release) => killInTransaction(name, release)), [])
  })
}

t.test('carts, killed in the middle of its compensation, has done it once when it is back', async (t) => {
  const faults = await faultsIn(refused, tables.stocks, async (release) => {
    await untilHeld('stocks')
    const releaseCarts = await hold(tables.carts)
    await release()
    await killInTransaction('carts', releaseCarts)
  })
  t.strictSame(faults, [])
})
