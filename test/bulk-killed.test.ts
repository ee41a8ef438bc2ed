// A bulk whose orchestrator is killed in the middle of a page goes on at another one, and each saga gets its verb once.
import pg from 'pg'
import t, { type Test } from 'tap'
import { Bulks } from './kit/bulks.ts'
import { freshDatabase } from './kit/database.ts'
import { startDepotProcess } from './kit/depot-process.ts'
import { http } from './kit/http.ts'
import { until } from './kit/until.ts'
import { openWorkshop } from './kit/workshop.ts'

const SAGAS = 300
const AT_ONCE = 20

async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

async function begin(url: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const starts = Array.from({ length: AT_ONCE }, (_, n) =>
      http.post(`${url}/api/sagas/depot`, {
        json: { name: `depot ${from + n}` },
        headers: { prefer: 'respond-async' },
      }),
    )
    await Promise.all(starts)
  }
}

t.test('each saga gets its verb once, though who sends them is killed in the middle of it', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  const workshop = await openWorkshop(t)
  const settings = { DATABASE_URL: databaseUrl, CARTS_URL: workshop.url }
  const a = await startDepotProcess(t, settings)
  const db = await connect(t, databaseUrl)
  const holder = await connect(t, databaseUrl)
  const numberOf = async (query: string) => Number((await db.query<{ n: string }>(query)).rows[0]?.n)
  await begin(a.url, SAGAS)
  await until('all are parked', async () => {
    const n = await numberOf(`select count(*) as n from orchestrator.saga where resting_status = 'parked'`)
    return n === SAGAS
  })
  workshop.works = true
  const { bulk_id } = await new Bulks(() => a.url).begin({
    verb: 'retry',
    filter: { machine: 'depot', status: 'parked' },
    rate: 60,
  })
  // The page of this saga waits in its middle, with some of it sent, for as long as nobody knows what becomes of this.
  await holder.query('begin')
  await holder.query(
    `insert into orchestrator.inbox (partition, saga_id, key, fingerprint, event)
     select partition, saga_id, 'bulk:' || $1::text, '', '{}' from orchestrator.saga
     order by saga_id desc offset $2 limit 1`,
    [bulk_id, Math.floor((SAGAS * 2) / 3)],
  )
  await until('a page is in its middle', async () => {
    const n = await numberOf(`
      select count(*) as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%into orchestrator.inbox%'`)
    return n === 1
  })
  t.ok((await numberOf('select count(*) as n from orchestrator.bulk_saga')) > SAGAS / 3)
  const b = await startDepotProcess(t, settings)
  await a.kill()
  await holder.query('rollback')

  const bulks = new Bulks(() => b.url)
  const bulk = await bulks.untilDone(bulk_id)
  t.match(bulk, { total: SAGAS, sent: SAGAS, applied: SAGAS, ignored: 0, unknown: 0, refused: 0 })
  const sagas = await bulks.sagas(bulk_id, 'outcome=applied')
  t.equal(new Set(sagas.map(({ saga_id }) => saga_id)).size, SAGAS)
  const { rows } = await db.query<{ retries: number; sagas: number }>(`
    select retries::int, count(*)::int as sagas from (
      select count(*) filter (where event ->> 'type' = 'skald.retry') as retries
      from orchestrator.transition group by saga_id
    ) each group by retries`)
  t.strictSame(rows, [{ retries: 1, sagas: SAGAS }])
  await until('all of them have ended', async () => {
    return (await numberOf(`select count(*) as n from orchestrator.saga where status = 'done'`)) === SAGAS
  })
})
