// A backup that was taken while sagas ran is restored, and they go on.
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { audit } from '../../orchestrator/cli/audit/audit.ts'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { baseBackup } from '../kit/base-backup.ts'
import { startOrchestratorAt, type RunningOrchestrator } from '../kit/orchestrators.ts'
import { ask, startOwnPostgres } from '../kit/own-postgres.ts'
import { startParticipant } from '../kit/running-participant.ts'
import { Shop } from '../kit/shop.ts'
import { until } from '../kit/until.ts'

/** Callers that order one thing after the other. */
const CALLERS = 4

const running = await startOwnPostgres(t)
const participants = await participantsOn(running.url)
const orchestrator = await orchestratorOn(running.url, 'before')
const shop = shopOf(orchestrator.url, participants)

async function participantsOn(url: string) {
  return {
    carts: await startParticipant(t, carts, url),
    stocks: await startParticipant(t, stocks, url),
    produits: await startParticipant(t, produits, url),
  }
}

type Participants = Awaited<ReturnType<typeof participantsOn>>

async function orchestratorOn(databaseUrl: string, name: string, { carts, stocks, produits } = participants) {
  const settings = { CARTS_URL: carts.url, STOCKS_URL: stocks.url, PRODUITS_URL: produits.url }
  return startOrchestratorAt(t, { databaseUrl, name, settings })
}

function shopOf(orchestrator: string, { carts, stocks, produits }: Participants) {
  return new Shop(() => ({
    orchestrator,
    carts: carts.url,
    stocks: stocks.url,
    produits: produits.url,
  }))
}

/** Sagas by id, with where they stand. */
async function sagasIn(url: string): Promise<Map<string, string>> {
  const rows = await ask<{ saga_id: string; status: string }>(
    url,
    'select saga_id, status from orchestrator.saga',
  )
  return new Map(rows.map(({ saga_id, status }) => [saga_id, status]))
}

const inFlight = (sagas: Map<string, string>) =>
  [...sagas].filter(([, status]) => status !== 'done' && status !== 'failed').map(([id]) => id)

const untilAllEnded = (url: string) =>
  until('all sagas have ended', async () => inFlight(await sagasIn(url)).length === 0)

async function findingsIn(url: string) {
  const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) })
  const db = new Kysely<unknown>({ dialect })
  try {
    return (await audit(db, { stillForSeconds: 0 })).findings
  } finally {
    await db.destroy()
  }
}

/** Behind all that the feed has told by now. */
async function cursorOf({ get }: Pick<RunningOrchestrator, 'get'>): Promise<string> {
  const { body } = await get('/api/transitions')
  return String(Object(body).cursor)
}

/** Orders until it is told to end; resolves when the last one is answered. */
function ordering(): { end: () => Promise<void> } {
  let isEnding = false
  const call = async () => {
    while (!isEnding) await shop.order(await shop.cart(1))
  }
  const calls = Promise.all(Array.from({ length: CALLERS }, call))
  return {
    async end() {
      isEnding = true
      await calls
    },
  }
}

/** All callers wait for a step that was done, and whose answer is outstanding. */
async function untilHeld(): Promise<void> {
  participants.stocks.hold('answer')
  await until('all callers wait', async () => inFlight(await sagasIn(running.url)).length === CALLERS)
  await until('their reservations are made', async () => {
    const sql = `select from orchestrator.saga s join stocks.barrier b on b.saga_id = s.saga_id::text
      where s.status = 'running' and b.step = 'reserve'`
    return (await ask(running.url, sql)).length === CALLERS
  })
}

await shop.setStock(10_000)
const cursor = await cursorOf(orchestrator)
const load = ordering()
const backup = await baseBackup(t, running, async () => {
  const before = (await sagasIn(running.url)).size
  await until('some more sagas', async () => (await sagasIn(running.url)).size > before + 10)
  await untilHeld()
})
const left = new Set((await sagasIn(running.url)).keys())
participants.stocks.release()
await until('the system went on', async () => (await sagasIn(running.url)).size > left.size + 5)
await load.end()
await untilAllEnded(running.url)

t.test('every schema from one backup: the sagas go on, and all is as it must be', async (t) => {
  const { url } = await backup.restore(t)
  const before = await sagasIn(url)
  t.strictSame(new Set(before.keys()), left, 'all sagas that there were, and none that came later')
  t.equal(inFlight(before).length, CALLERS)
  const restored = await participantsOn(url)
  const again = await orchestratorOn(url, 'restored', restored)
  await untilAllEnded(url)
  t.strictSame(new Set((await sagasIn(url)).values()), new Set(['done']))
  t.strictSame(await findingsIn(url), [])
  // What came behind the backup is done anew, by transactions of ids that were there before.
  t.match(await again.get(`/api/transitions?after=${cursor}`), { status: 400 }, 'watchers begin anew')
})

t.test('participants that went on: what they did before is done once', async (t) => {
  const { url } = await backup.restore(t)
  const open = inFlight(await sagasIn(url))
  t.equal(open.length, CALLERS)
  await orchestratorOn(url, 'alone')
  await untilAllEnded(url)
  const [told, known] = [await sagasIn(url), await sagasIn(running.url)]
  for (const [saga, status] of told) t.equal(status, known.get(saga))
  t.strictSame(await findingsIn(running.url), [], 'nothing was done a second time, and nothing undone')
  for (const saga of open) {
    const events = await shop.serviceEvents(saga)
    t.strictSame(events, ['LOCK_CART SUCCESS', 'CREATE_RESERVATION SUCCESS', 'CREATE_VENTE SUCCESS'])
  }
})
