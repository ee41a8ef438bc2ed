import t, { type Test } from 'tap'
import { openHouseStore } from '../house/house.ts'
import {
  openJournal,
  ownAll,
  startOf,
  nextOf,
  type JournalDatabase,
} from '../../test/kit/journal-database.ts'
import { age, copiesOf, DAY_MS, oldSaga } from '../../test/kit/old-sagas.ts'
import { until } from '../../test/kit/until.ts'
import type { Lease, SagaStatus } from '../engine/ports.ts'
import { PostgresSagaStore } from './saga-store.ts'
import type { EndedStatus, HouseStore, Kept, KeptSagas, RemoveOptions } from './house-store.ts'

interface House extends JournalDatabase {
  readonly lease: Lease
  readonly house: HouseStore
  readonly close: () => Promise<void>
}

const TABLES = ['saga', 'transition', 'business_event', 'inbox', 'notice', 'idempotency_key'] as const

async function open(t: Pick<Test, 'teardown'>): Promise<House> {
  const journal = await openJournal(t)
  const [lease] = await ownAll(journal)
  return { ...journal, lease, ...openAnother(t, journal.url) }
}

function openAnother(t: Pick<Test, 'teardown'>, url: string) {
  const { store, close } = openHouseStore({ url, applicationName: 'test house', statementTimeoutMs: 10_000 })
  let closing: Promise<void> | undefined
  const once = () => (closing ??= close())
  t.teardown(once)
  return { house: store, close: once }
}

const old = (status: EndedStatus, machine?: string) => ({ status, olderThanMs: 30 * DAY_MS, machine })
const all: RemoveOptions = { sagasMax: 100, rowsMax: 1_000, from: null }

/** Rows of one saga by table. */
async function rowsOf({ pool }: House, sagaId: string): Promise<Record<string, number>> {
  const counts = TABLES.map(async (table) => {
    const { rowCount } = await pool.query(`select from orchestrator.${table} where saga_id = $1`, [sagaId])
    return [table, rowCount ?? 0] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

/** Keeps nothing, but notes what it was given. */
function keeper(during: () => Promise<void> = async () => undefined) {
  const seen: { ids: string[]; discarded: number } = { ids: [], discarded: 0 }
  const keep = async ({ lines }: KeptSagas): Promise<Kept> => {
    let text = ''
    for await (const piece of lines) text += piece
    const files = text.trimEnd().split('\n')
    seen.ids.push(...files.map((line) => (JSON.parse(line) as { saga: { saga_id: string } }).saga.saga_id))
    await during()
    return { file: 'there', discard: async () => void (seen.discarded += 1) }
  }
  return { seen, keep }
}

const NOTHING = { saga: 0, transition: 0, business_event: 0, inbox: 0, notice: 0, idempotency_key: 0 }

t.test('an old saga goes with all that belongs to it, and nothing else goes', async (t) => {
  const at = await open(t)
  const gone = await oldSaga(at, at.lease, { status: 'failed', days: 31, key: 'gone' })
  const before = await rowsOf(at, gone.sagaId)
  t.strictSame(before, {
    saga: 1,
    transition: 2,
    business_event: 4,
    inbox: 1,
    notice: 1,
    idempotency_key: 1,
  })
  const others = [
    await oldSaga(at, at.lease, { status: 'failed', days: 29, key: 'young' }),
    await oldSaga(at, at.lease, { status: 'done', days: 31, key: 'ended otherwise' }),
    await oldSaga(at, at.lease, { status: 'parked', days: 900 }),
    await oldSaga(at, at.lease, { status: 'running', days: 900 }),
    await oldSaga(at, at.lease, { status: 'compensating', days: 900 }),
  ]
  const kept = await Promise.all(others.map(({ sagaId }) => rowsOf(at, sagaId)))
  t.strictSame(await at.house.remove(old('failed'), all), { sagas: 1, untold: 1, file: null, next: null })
  t.strictSame(await rowsOf(at, gone.sagaId), NOTHING)
  t.strictSame(await Promise.all(others.map(({ sagaId }) => rowsOf(at, sagaId))), kept)
})

t.test('what has not ended stays, however old', async (t) => {
  const at = await open(t)
  const statuses: SagaStatus[] = ['running', 'compensating', 'parked']
  for (const status of statuses) await oldSaga(at, at.lease, { status, days: 9_000 })
  for (const status of ['done', 'failed'] as const)
    t.match(await at.house.remove({ status, olderThanMs: 0 }, all), { sagas: 0, next: null })
  t.equal((await at.pool.query('select from orchestrator.saga')).rowCount, statuses.length)
})

t.test('only sagas of the machine that was asked for go, and they are counted before', async (t) => {
  const at = await open(t)
  await oldSaga(at, at.lease, { days: 40, machine: 'voyage' })
  await oldSaga(at, at.lease, { days: 50, machine: 'voyage' })
  await oldSaga(at, at.lease, { days: 60 })
  const counts = await at.house.count(old('done'))
  t.match(counts, [
    { machine: 'commande', sagas: 1 },
    { machine: 'voyage', sagas: 2 },
  ])
  const [, voyage] = counts
  t.equal(Math.round((Date.now() - (voyage?.firstEndedAt.getTime() ?? 0)) / DAY_MS), 50)
  t.equal(Math.round((Date.now() - (voyage?.lastEndedAt.getTime() ?? 0)) / DAY_MS), 40)
  t.match(await at.house.remove(old('done', 'voyage'), all), { sagas: 2 })
  t.match(await at.house.count(old('done')), [{ machine: 'commande', sagas: 1 }])
})

t.test('the key of a removed saga starts another one', async (t) => {
  const at = await open(t)
  await oldSaga(at, at.lease, { days: 31, key: 'key' })
  t.match(await at.store.write([startOf(at.lease, { key: 'key' })]), [{ kind: 'key_taken' }])
  await at.house.remove(old('done'), all)
  t.match(await at.store.write([startOf(at.lease, { key: 'key' })]), [{ kind: 'committed' }])
})

t.test('a key that becomes free before one looks whose it is costs nobody a partition', async (t) => {
  const at = await open(t)
  await oldSaga(at, at.lease, { days: 31, key: 'key' })
  /** Between the write, which finds the key taken, and the look behind it. */
  const looking = new Proxy(at.pool, {
    get: (pool, name) =>
      name === 'query'
        ? async (query: { text: string }) => {
            if (query.text.includes('key_owner')) await at.house.remove(old('done'), all)
            return await pool.query(query)
          }
        : (Reflect.get(pool, name) as unknown),
  })
  const store = new PostgresSagaStore(looking)
  t.strictSame(await store.write([startOf(at.lease, { key: 'key' })]), [{ kind: 'key_taken' }])
  t.match(await at.store.write([startOf(at.lease, { key: 'key' })]), [{ kind: 'committed' }])
})

t.test('the oldest go first, in batches of so many sagas and so many rows', async (t) => {
  const at = await open(t)
  const sagas = []
  for (const days of [36, 35, 34, 33, 32]) sagas.push(await oldSaga(at, at.lease, { days }))
  const { seen, keep } = keeper()
  const first = await at.house.remove(old('done'), { ...all, sagasMax: 2, keep })
  t.match(first, { sagas: 2, file: 'there', next: /^\d{4}-/ })
  const second = await at.house.remove(old('done'), { ...all, rowsMax: 5, keep, from: first.next })
  t.match(second, { sagas: 2, next: /^\d{4}-/ })
  const third = await at.house.remove(old('done'), { ...all, rowsMax: 1, keep, from: second.next })
  t.match(third, { sagas: 1, next: null }, 'a saga that is too long for any batch goes alone')
  t.strictSame(
    seen.ids,
    sagas.map(({ sagaId }) => sagaId),
  )
})

t.test('two at once share the work, and each saga is kept and removed once', async (t) => {
  const at = await open(t)
  const ids = []
  for (let days = 40; days > 30; days -= 1) ids.push((await oldSaga(at, at.lease, { days })).sagaId)
  const { house: other } = openAnother(t, at.url)
  const second = keeper()
  // The other one works from its first line to its last while the first has its rows locked.
  const first = keeper(async () => {
    const options = { ...all, sagasMax: 4, keep: second.keep }
    t.match(await other.remove(old('done'), options), { sagas: 4 })
  })
  const options = { ...all, sagasMax: 4, keep: first.keep }
  t.match(await at.house.remove(old('done'), options), { sagas: 4 })
  t.strictSame(first.seen.ids, ids.slice(0, 4))
  t.strictSame(second.seen.ids, ids.slice(4, 8))
  const { rows } = await at.pool.query('select sagas::int from orchestrator.removed')
  t.strictSame(rows, [{ sagas: 8 }])
})

t.test('what can not be kept stays', async (t) => {
  const at = await open(t)
  const { sagaId } = await oldSaga(at, at.lease, { days: 31 })
  const before = await rowsOf(at, sagaId)
  const full = new Error('the disk is full')
  await t.rejects(at.house.remove(old('done'), { ...all, keep: () => Promise.reject(full) }), full)
  t.strictSame(await rowsOf(at, sagaId), before)
})

t.test('what could not be removed is not kept either', async (t) => {
  const at = await open(t)
  const { sagaId } = await oldSaga(at, at.lease, { days: 31 })
  const before = await rowsOf(at, sagaId)
  await at.pool.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
    create trigger refuse before delete on orchestrator.inbox execute function refuse()`)
  const { seen, keep } = keeper()
  await t.rejects(at.house.remove(old('done'), { ...all, keep }), { message: 'refused' })
  t.strictSame(seen, { ids: [sagaId], discarded: 1 })
  t.strictSame(await rowsOf(at, sagaId), before)
})

t.test('until when sagas ended that were removed is remembered', async (t) => {
  const at = await open(t)
  for (const days of [50, 40]) await oldSaga(at, at.lease, { days })
  await oldSaga(at, at.lease, { days: 60, status: 'failed' })
  await at.house.remove(old('done'), all)
  await at.house.remove(old('failed'), all)
  await oldSaga(at, at.lease, { days: 70 })
  await at.house.remove(old('done'), all)
  const { rows } = await at.pool.query(`
    select status, sagas::int, round(extract(epoch from now() - ended_until) / 86400)::int as days
    from orchestrator.removed order by status`)
  t.strictSame(rows, [
    { status: 'done', sagas: 3, days: 40 },
    { status: 'failed', sagas: 1, days: 60 },
  ])
})

t.test('what is old is found and removed by index, however many are young', async (t) => {
  const at = await open(t)
  for (let days = 31; days < 41; days += 1) await oldSaga(at, at.lease, { days, key: `${days}` })
  const young = await oldSaga(at, at.lease, { days: 0 })
  await copiesOf(at, young.sagaId, 2_000)
  await oldSaga(at, at.lease, { days: 0, status: 'failed' })
  const rowsRead = async () => {
    // Of this connection; another one tells its own when it has ended, a moment later.
    await at.pool.query('select pg_stat_force_next_flush()')
    const { rows } = await at.pool.query<{ rows: number }>(
      `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows from pg_stat_user_tables
       where schemaname = 'orchestrator' and relname = any($1)`,
      [TABLES],
    )
    return rows[0]?.rows ?? Infinity
  }
  const before = await rowsRead()
  const { keep } = keeper()
  t.match(await at.house.remove(old('done'), { ...all, keep }), { sagas: 10 })
  t.match(await at.house.forgetEvents({ olderThanMs: 30 * DAY_MS, after: '0', limit: 10 }), { events: 0 })
  await at.close()
  // Ten rows each for saga and key, twenty or forty for the journal, and all of it read before it is removed.
  const read = await until('what was read is told', async () => {
    const rows = (await rowsRead()) - before
    return rows > 100 && rows
  })
  t.ok(read < 400, `${read} rows were read`)
})

t.test('answered events of living sagas are forgotten when they are old', async (t) => {
  const at = await open(t)
  const { inbox, store, lease, house } = at
  const saga = startOf(lease)
  await store.write([saga])
  const send = async (key: string) => {
    const { sagaId } = saga
    const accepted = await inbox.accept({ sagaId, key, fingerprint: 'f', event: { type: 'GO' }, max: 9 })
    return 'id' in accepted ? accepted.id : ''
  }
  const ids = [await send('waits'), await send('old'), await send('old too')]
  const answers = ids.slice(1).map((id) => ({ id, outcome: 'ignored' as const }))
  await store.write([{ ...nextOf(saga), consumed: answers }])
  await age(at, saga.sagaId, 31)
  const young = await send('young')
  await store.write([{ ...nextOf(nextOf(saga)), consumed: [{ id: young, outcome: 'applied' }] }])

  const options = { olderThanMs: 30 * DAY_MS, limit: 2 }
  const first = await house.forgetEvents({ ...options, after: '0' })
  t.strictSame(first, { events: 1, next: ids[1] })
  t.strictSame(await house.forgetEvents({ ...options, after: first.next ?? '' }), { events: 1, next: null })
  const outcomes = await inbox.outcomes([...ids, young])
  t.strictSame(Object.fromEntries(outcomes), { [ids[0] ?? '']: 'pending', [young]: 'applied' })
})
