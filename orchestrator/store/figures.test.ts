import { sql } from 'kysely'
import t from 'tap'
import { openJournal, ownAll, startOf } from '../../test/kit/journal-database.ts'
import type { SagaWrite } from '../engine/ports.ts'
import { readFigures } from './figures.ts'

const journal = await openJournal(t)
const { db, pool, store, inbox } = journal
const leases = await ownAll(journal)
const problem = { code: 'MACHINE_UNKNOWN', message: 'gone' } as const

const HOUR_S = 3_600

interface Stands extends Partial<SagaWrite> {
  readonly machine?: string
  readonly hoursOld?: number
}

let sagas = 0

/** A saga that began so long ago; each in another partition than the one before. */
async function saga({ machine = 'commande', hoursOld = 0, ...stands }: Stands): Promise<string> {
  const write = { ...startOf(leases[++sagas % leases.length] ?? leases[0], { machine }), ...stands }
  t.match(await store.write([write]), [{ kind: 'committed' }])
  await pool.query(
    `update orchestrator.saga set created_at = now() - $2::integer * interval '1 hour' where saga_id = $1`,
    [write.sagaId, hoursOld],
  )
  return write.sagaId
}

const hours = (seconds: number) => Math.round(seconds / HOUR_S)

/** Ages as whole hours. */
async function figures() {
  const { unfinished, inbox, partitions } = await readFigures(db)
  const lines = unfinished.map(({ machine, status, state, sagas, oldestSeconds }) => {
    return [machine, status, state, sagas, oldestSeconds && hours(oldestSeconds)]
  })
  return { lines, inbox: { ...inbox, oldestSeconds: hours(inbox.oldestSeconds) }, partitions }
}

t.test('of no saga there is nothing to tell but the partitions', async (t) => {
  t.strictSame(await figures(), { lines: [], inbox: { waiting: 0, oldestSeconds: 0 }, partitions: 64 })
})

t.test('unfinished sagas are counted by where they stand, over versions and partitions', async (t) => {
  const lock = { status: 'running', state: 'doing.lock' } as const
  await saga({ ...lock, hoursOld: 3 })
  await saga({ ...lock, hoursOld: 5 })
  const other = await saga(lock)
  await pool.query(`update orchestrator.saga set version = '2' where saga_id = $1`, [other])
  await saga({ status: 'compensating', state: 'undoing.lock', hoursOld: 2 })
  // They only wait, as long as their charts mean them to.
  await saga({ status: 'running', state: 'doing.wait', wakeAt: 'on_event', hoursOld: 100 })
  await saga({ status: 'running', state: 'doing.wait', wakeAt: Date.UTC(2100, 0), hoursOld: 100 })
  await saga({ status: 'parked', state: 'parked', wakeAt: Date.UTC(2100, 0), hoursOld: 7 })
  await saga({ status: 'parked', state: 'parked', wakeAt: 'on_event', hoursOld: 6 })
  // By the engine itself: its next owner looks at it again.
  await saga({ status: 'parked', state: 'doing.lock', problem, hoursOld: 9 })
  // A chart may try something else while it is parked.
  await saga({ status: 'parked', state: 'parked', wakeAt: 'in_flight', machine: 'trip', hoursOld: 1 })
  await saga({ status: 'done', state: 'done', wakeAt: 'ended', hoursOld: 900 })
  await saga({ status: 'failed', state: 'failed', wakeAt: 'ended', hoursOld: 900 })
  t.strictSame((await figures()).lines, [
    ['commande', 'compensating', 'undoing.lock', 1, 2],
    ['commande', 'parked', 'doing.lock', 1, 9],
    ['commande', 'parked', 'parked', 2, 7],
    ['commande', 'running', 'doing.lock', 3, 5],
    ['commande', 'running', 'doing.wait', 2, null],
    ['trip', 'parked', 'parked', 1, 1],
  ])
})

t.test('events that wait for an answer are counted, and the oldest of them is told', async (t) => {
  const sagaId = await saga({ status: 'running', state: 'doing.wait', wakeAt: 'on_event' })
  for (const key of ['A', 'B', 'C'])
    await inbox.accept({ sagaId, key, fingerprint: key, event: { type: key }, max: 10 })
  await pool.query(`update orchestrator.inbox set created_at = now() - interval '4 hours' where key = 'A'`)
  await pool.query(`update orchestrator.inbox set created_at = now() - interval '2 hours' where key = 'B'`)
  t.same((await figures()).inbox, { waiting: 3, oldestSeconds: 4 })
  await pool.query(`update orchestrator.inbox set outcome = 'applied' where key = 'A'`)
  t.same((await figures()).inbox, { waiting: 2, oldestSeconds: 2 })
})

t.test('sagas that have ended are not looked at, however many there are', async (t) => {
  await pool.query(
    `insert into orchestrator.saga (partition, saga_id, machine, version, input, status, state, seq, epoch)
     select n % 64, gen_random_uuid(), 'many', '1', '{}', 'done', 'done', 1, 1 from generate_series(1, 20000) n`,
  )
  await pool.query('vacuum analyze orchestrator.saga')
  const read = await db.transaction().execute(async (trx) => {
    await readFigures(trx)
    const { rows } = await sql<{ read: string }>`
      select sum(pg_stat_get_xact_tuples_returned(relation)) as read
      from (
        select indexrelid as relation from pg_index where indrelid = 'orchestrator.saga'::regclass
        union all
        select 'orchestrator.saga'::regclass
      ) relations
    `.execute(trx)
    return Number(rows[0]?.read)
  })
  t.ok(read > 0 && read < 1_000, `${read} rows were read`)
})
