import t, { type Test } from 'tap'
import { v7 as newSagaId } from 'uuid'
import {
  holdSaga,
  nextOf,
  openJournal,
  ownAll,
  startOf,
  untilWaiting,
  type JournalDatabase,
} from '../../test/kit/journal-database.ts'
import type { Lease, SagaWrite } from '../engine/ports.ts'

const COMMITTED = { kind: 'committed' }
const LOST = { kind: 'lost' }
const KEY_TAKEN = { kind: 'key_taken' }

interface Opened extends JournalDatabase {
  readonly leases: readonly Lease[]
  readonly lease: Lease
}

async function open(t: Test): Promise<Opened> {
  const journal = await openJournal(t)
  const leases = await ownAll(journal)
  const [lease] = leases
  return { ...journal, leases, lease }
}

/** How many rows of a saga each table holds. */
async function rowsOf({ pool }: JournalDatabase, sagaId: string): Promise<Record<string, number>> {
  const tables = ['saga', 'transition', 'business_event', 'idempotency_key']
  const counts = tables.map(
    (table) => `(select count(*)::int from orchestrator.${table} where saga_id = $1) as ${table}`,
  )
  const { rows } = await pool.query<Record<string, number>>(`select ${counts.join(', ')}`, [sagaId])
  return { ...rows[0] }
}

const NOTHING = { saga: 0, transition: 0, business_event: 0, idempotency_key: 0 }

t.test('one batch starts and advances many sagas, and keeps all that they bring', async (t) => {
  const journal = await open(t)
  const { store, reader, leases } = journal
  t.equal(leases.length, 64)
  const starts = leases.flatMap((lease) => [startOf(lease), startOf(lease, { key: newSagaId() })])
  t.strictSame(
    await store.write(starts),
    starts.map(() => COMMITTED),
  )
  const mixed = [...starts.map((start) => nextOf(start)), ...leases.map((lease) => startOf(lease))]
  t.strictSame(
    await store.write(mixed),
    mixed.map(() => COMMITTED),
  )

  const [, keyed] = starts
  const sagaId = keyed?.sagaId ?? ''
  t.strictSame(await rowsOf(journal, sagaId), {
    saga: 1,
    transition: 2,
    business_event: 4,
    idempotency_key: 1,
  })
  t.match(await reader.byId(sagaId), { seq: 1, state: 'doing.reserve', status: 'running', version: '1' })
  const journalled = await reader.transitions(sagaId, { fromSeq: 0, limit: 10 })
  t.match(journalled, [
    { seq: 0, actor: null, timer: null, event: { type: 'to doing.lock' }, state: 'doing.lock' },
    { seq: 1, snapshot: { value: 'doing.reserve', context: { seq: 1 } } },
  ])
  t.strictSame(journalled[1]?.at, new Date(Date.UTC(2026, 0, 1) + 1), 'to the millisecond')
  t.match(await reader.events(sagaId), [
    { type: 'FIRST', payload: { seq: 0 } },
    { type: 'SECOND', payload: {} },
    { type: 'FIRST', payload: { seq: 1 } },
    { type: 'SECOND', payload: {} },
  ])
})

t.test('the snapshot is kept byte for byte', async (t) => {
  const { store, pool, lease } = await open(t)
  const start = startOf(lease)
  const snapshot = '{"b":1,  "a":{"z":"é\\u00e9","y":[1.0,2]}}'
  const [first] = start.transitions
  if (first === undefined) throw new Error('a start has a transition')
  await store.write([{ ...start, transitions: [{ ...first, snapshot }] }])
  const { rows } = await pool.query('select snapshot::text from orchestrator.transition')
  t.strictSame(rows, [{ snapshot }])
})

t.test('under an epoch that is over nothing is written', async (t) => {
  const journal = await open(t)
  const { store, lease } = journal
  const [known, unknown] = [startOf(lease), startOf(lease, { key: 'key' })]
  await store.write([known])
  await ownAll(journal, 'second owner')
  t.strictSame(await store.write([nextOf(known), unknown]), [LOST, LOST])
  t.strictSame(await rowsOf(journal, known.sagaId), {
    saga: 1,
    transition: 1,
    business_event: 2,
    idempotency_key: 0,
  })
  t.strictSame(await rowsOf(journal, unknown.sagaId), NOTHING)
})

t.test('a write that does not match holds up no other of its batch', async (t) => {
  const { store, leases, lease } = await open(t)
  const stale = startOf({ ...lease, epoch: lease.epoch - 1 })
  const [, second = lease] = leases
  const unknownPartition = startOf({ partition: 9_999, epoch: 1 })
  const good = startOf(second)
  t.strictSame(await store.write([stale, good, unknownPartition]), [LOST, COMMITTED, LOST])
})

t.test('a takeover passes over the write in flight, and cuts off those behind it', async (t) => {
  const journal = await open(t)
  const { store, pool, leases, lease } = journal
  const start = startOf(lease)
  await store.write([start])
  const release = await holdSaga(pool, start.sagaId)
  const written = store.write([nextOf(start)])
  await untilWaiting(pool, 1)
  const taken = await ownAll(journal, 'second owner')
  t.strictSame(
    taken.map(({ partition }) => partition),
    leases.slice(1).map(({ partition }) => partition),
    'all but the one that is written in',
  )
  await release()
  t.strictSame(await written, [COMMITTED])
  const [retaken] = await ownAll(journal, 'second owner')
  t.strictSame(retaken, { ...lease, epoch: lease.epoch + 1 })
  t.strictSame(await store.write([nextOf(nextOf(start))]), [LOST])
})

t.test('a saga that does not stand where the write begins is not written', async (t) => {
  const journal = await open(t)
  const { store, lease } = journal
  const start = startOf(lease)
  const absent = startOf(lease)
  await store.write([start])
  t.strictSame(await store.write([nextOf(nextOf(start)), nextOf(absent)]), [LOST, LOST])
  t.match(await rowsOf(journal, start.sagaId), { transition: 1, business_event: 2 })
  t.strictSame(await rowsOf(journal, absent.sagaId), NOTHING)
})

t.test('an idempotency key belongs to the saga that came first, within a batch too', async (t) => {
  const journal = await open(t)
  const { store, reader, leases, lease } = journal
  const [, elsewhere = lease] = leases
  const first = startOf(lease, { key: 'one' })
  const twin = startOf(elsewhere, { key: 'one' })
  t.strictSame(await store.write([first, twin]), [COMMITTED, KEY_TAKEN])
  const late = startOf(elsewhere, { key: 'one' })
  const other = startOf(lease, { key: 'other' })
  t.strictSame(await store.write([late, other]), [KEY_TAKEN, COMMITTED])
  t.strictSame(await rowsOf(journal, twin.sagaId), NOTHING)
  t.strictSame(await rowsOf(journal, late.sagaId), NOTHING)
  t.strictSame(await reader.byKey('one'), {
    sagaId: first.sagaId,
    fingerprint: `fingerprint of ${first.sagaId}`,
  })
  t.equal(await reader.byKey('two'), undefined)
})

t.test('a key that two orchestrators claim at once goes to one of them', async (t) => {
  const { store, pool, lease } = await open(t)
  const rival = newSagaId()
  const client = await pool.connect()
  await client.query('begin')
  await client.query(
    `insert into orchestrator.idempotency_key (key, fingerprint, partition, saga_id) values ('k', 'f', 5, $1)`,
    [rival],
  )
  const written = store.write([startOf(lease, { key: 'k' })])
  await untilWaiting(pool, 1)
  await client.query('commit')
  client.release()
  t.strictSame(await written, [KEY_TAKEN])
})

const POISON = '\u0000'
const poisons: [string, (write: SagaWrite) => SagaWrite][] = [
  ['business key', (write) => startOf(write.lease, { businessKey: `cart${POISON}` })],
  [
    'snapshot',
    (write) => ({
      ...write,
      transitions: write.transitions.map((row) => ({ ...row, snapshot: JSON.stringify({ text: POISON }) })),
    }),
  ],
  [
    'business event',
    (write) => ({
      ...write,
      transitions: write.transitions.map((row) => ({ ...row, emitted: [{ type: 'SOLD', quantite: 1n }] })),
    }),
  ],
  ['status', (write) => ({ ...write, status: 'unheard of' as never })],
]
for (const [what, poison] of poisons) {
  t.test(`a ${what} that Postgres can't take is refused alone`, async (t) => {
    const journal = await open(t)
    const { store, lease } = journal
    const [before, after] = [startOf(lease), startOf(lease)]
    const poisoned = poison(startOf(lease))
    const [first, refused, last] = await store.write([before, poisoned, after])
    t.strictSame([first, last], [COMMITTED, COMMITTED])
    t.equal(refused?.kind, 'refused')
    t.type(refused?.kind === 'refused' && refused.message, 'string')
    t.strictSame(await rowsOf(journal, poisoned.sagaId), NOTHING)
    t.match(await rowsOf(journal, after.sagaId), { saga: 1, transition: 1 })
  })
}

t.test('a problem is noted and cleared without a transition', async (t) => {
  const journal = await open(t)
  const { store, reader, lease } = journal
  const start = startOf(lease)
  await store.write([start])
  const problem = { code: 'MACHINE_UNKNOWN', message: 'no version 7 here' } as const
  const note: SagaWrite = { ...nextOf(start, 'doing.lock', 'parked'), transitions: [], problem }
  t.strictSame(await store.write([note]), [COMMITTED])
  t.match(await reader.byId(start.sagaId), { seq: 0, status: 'parked', problem })
  t.strictSame(await store.write([{ ...note, status: 'running', problem: null }]), [COMMITTED])
  t.match(await reader.byId(start.sagaId), { seq: 0, status: 'running', problem: null })
  t.match(await rowsOf(journal, start.sagaId), { transition: 1 })
})
