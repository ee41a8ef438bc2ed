// Writes whose outcome their writer can't know: written again until it is known, and never applied twice.
import t, { type Test } from 'tap'
import {
  holdSaga,
  nextOf,
  openJournal,
  openJournalAt,
  ownAll,
  startOf,
  untilWaiting,
} from '../../test/kit/journal-database.ts'
import { lossyPath } from '../../test/kit/lossy-path.ts'
import type { SagaWrite } from '../engine/ports.ts'

const COMMITTED = { kind: 'committed' }

/** Two ways to one journal: `lossy` for the writer, and another for the test. */
async function open(t: Test) {
  const journal = await openJournal(t)
  const path = await lossyPath(t, journal.url)
  const lossy = await openJournalAt(t, path.url)
  const [lease] = await ownAll(journal)
  return { ...journal, path, lossy, lease }
}

t.test('a write whose backend was ended before its commit is written by the next try', async (t) => {
  const { store, reader, pool, lease } = await open(t)
  const known = startOf(lease)
  await store.write([known])
  const batch = [nextOf(known), startOf(lease, { key: 'key' })]
  const release = await holdSaga(pool, known.sagaId)
  const written = t.rejects(store.write(batch), { code: '57P01' })
  const [pid] = await untilWaiting(pool, 1)
  await pool.query('select pg_terminate_backend($1)', [pid])
  await written
  await release()
  t.match(await reader.byId(known.sagaId), { seq: 0 })
  t.equal(await reader.byKey('key'), undefined)
  t.strictSame(await store.write(batch), [COMMITTED, COMMITTED])
})

t.test('a write whose answer got lost behind its commit answers committed, and is there once', async (t) => {
  const { lossy, pool, path, lease } = await open(t)
  const known = startOf(lease)
  await lossy.store.write([known])
  const batch = [nextOf(known), startOf(lease, { key: 'key' }), startOf(lease)]
  path.cut('at the next answer')
  await t.rejects(lossy.store.write(batch))
  const { rows } = await pool.query('select count(*)::int as transitions from orchestrator.transition')
  t.strictSame(rows, [{ transitions: 4 }], 'it was committed')
  t.strictSame(await lossy.store.write(batch), [COMMITTED, COMMITTED, COMMITTED])
  const { rows: again } = await pool.query('select count(*)::int as transitions from orchestrator.transition')
  t.strictSame(again, rows)
})

t.test('an event whose answer was committed unheard is answered once, applied or ignored', async (t) => {
  const { lossy, inbox, store, reader, path, lease } = await open(t)
  const [one, two] = [startOf(lease), startOf(lease)]
  await lossy.store.write([one, two])
  const accept = async ({ sagaId }: { sagaId: string }) => {
    const accepted = await inbox.accept({ sagaId, key: 'k', fingerprint: 'f', event: { type: 'GO' }, max: 1 })
    return accepted.kind === 'accepted' ? accepted.id : ''
  }
  const [a, b] = [await accept(one), await accept(two)]
  const batch: SagaWrite[] = [
    { ...nextOf(one), consumed: [{ id: a, outcome: 'applied' }] },
    { ...nextOf(two, 'doing.lock'), transitions: [], consumed: [{ id: b, outcome: 'ignored' }] },
  ]
  path.cut('at the next answer')
  await t.rejects(lossy.store.write(batch))
  t.strictSame(await store.inbox([lease], 10), [], 'it was committed')
  t.strictSame(await lossy.store.write(batch), [COMMITTED, COMMITTED])
  t.equal((await reader.transitions(one.sagaId, { fromSeq: 0, limit: 10 })).length, 2)
  t.equal((await reader.transitions(two.sagaId, { fromSeq: 0, limit: 10 })).length, 1)
})

t.test('a try that lives on without its writer and the next one apply the write once', async (t) => {
  const { lossy, store, reader, pool, path, lease } = await open(t)
  const known = startOf(lease)
  await store.write([known])
  const batch = [nextOf(known), startOf(lease, { key: 'key' })]
  const release = await holdSaga(pool, known.sagaId)
  const first = t.rejects(lossy.store.write(batch))
  await untilWaiting(pool, 1)
  path.cut('now')
  await first
  const second = lossy.store.write(batch)
  await untilWaiting(pool, 2)
  await release()
  t.strictSame(await second, [COMMITTED, COMMITTED])
  t.equal((await reader.transitions(known.sagaId, { fromSeq: 0, limit: 10 })).length, 2)
  t.strictSame(await store.write([nextOf(nextOf(known))]), [COMMITTED])
})

t.test('a try that lives on is fenced off by a takeover', async (t) => {
  const { lossy, store, reader, pool, path, lease } = await open(t)
  const known = startOf(lease)
  await store.write([known])
  // Held at its partition, before it has the right to write.
  const client = await pool.connect()
  await client.query('begin')
  await client.query(`update orchestrator.partition set owner = 'other', epoch = epoch + 1`)
  const first = t.rejects(lossy.store.write([nextOf(known)]))
  await untilWaiting(pool, 1)
  path.cut('now')
  await first
  await client.query('commit')
  client.release()
  t.strictSame(await store.write([nextOf(known)]), [{ kind: 'lost' }])
  t.match(await reader.byId(known.sagaId), { seq: 0 })
})
