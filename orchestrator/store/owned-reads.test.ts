// What an owner reads of its partitions, and when a saga must be in memory.
import t, { type Test } from 'tap'
import { nextOf, openJournal, ownAll, startOf } from '../../test/kit/journal-database.ts'
import { until } from '../../test/kit/until.ts'
import type { DueSaga, SagaStore, SagaWrite, StoredSaga, WakeAt } from '../engine/ports.ts'

const COMMITTED = { kind: 'committed' }
const NOON = Date.UTC(2026, 6, 1, 12)

async function open(t: Test) {
  const journal = await openJournal(t)
  const leases = await ownAll(journal)
  const [lease, other = lease, third = lease] = leases
  return { ...journal, leases, lease, other, third }
}

const waking = (write: SagaWrite, wakeAt: WakeAt): SagaWrite => ({ ...write, wakeAt })
const idsOf = (sagas: readonly { readonly sagaId: string }[]) => sagas.map(({ sagaId }) => sagaId)
const sorted = (sagas: readonly { readonly sagaId: string }[]) => idsOf(sagas).sort()

async function writeAll(store: SagaStore, ...writes: SagaWrite[]): Promise<void> {
  t.ok((await store.write(writes)).every(({ kind }) => kind === 'committed'))
}

t.test('sagas in flight come page by page with their last snapshot', async (t) => {
  const { store, db, lease, other } = await open(t)
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;k=v'
  const many = Array.from({ length: 25 }, () => startOf(lease, { trace }))
  const parked = startOf(other, { status: 'parked' })
  const problem = { code: 'MACHINE_FAILED', message: 'it threw' } as const
  await writeAll(store, ...many, { ...parked, problem })
  const [first] = many
  if (first === undefined) throw new Error('there are many')
  await writeAll(store, nextOf(first))

  const found: StoredSaga[] = []
  for (let after: string | null = null; ;) {
    const page: StoredSaga[] = await store.inFlight(lease, { after, limit: 10 })
    found.push(...page)
    if (page.length < 10) break
    after = page.at(-1)?.sagaId ?? null
  }
  t.strictSame(idsOf(found), sorted(many), 'each once, by saga_id')
  const { startedAt, movedAt, ...one } = found.find(({ sagaId }) => sagaId === first.sagaId) ?? {}
  const row = await db.selectFrom('saga').select('created_at').where('saga_id', '=', first.sagaId).execute()
  t.equal(Math.trunc(startedAt ?? 0), row[0]?.created_at.getTime())
  t.equal(movedAt, nextOf(first).transitions.at(-1)?.at)
  t.equal(movedAt, nextOf(first).transitions.at(-1)?.at)
  t.strictSame(one, {
    sagaId: first.sagaId,
    lease,
    machine: 'commande',
    version: '1',
    seq: 1,
    problem: null,
    trouble: null,
    trace,
    snapshot: { status: 'active', value: 'doing.reserve', context: { seq: 1 } },
  })
  t.match(await store.inFlight(other, { after: null, limit: 10 }), [
    { sagaId: parked.sagaId, problem, trace: null },
  ])
})

t.test('what waits or has ended is not in flight', async (t) => {
  const { store, lease } = await open(t)
  const [ended, waits, listens] = [startOf(lease), startOf(lease), startOf(lease)]
  await writeAll(store, ended, waits, listens)
  await writeAll(
    store,
    nextOf(ended, 'done', 'done'),
    waking(nextOf(waits), NOON),
    waking(nextOf(listens), 'on_event'),
  )
  t.strictSame(await store.inFlight(lease, { after: null, limit: 10 }), [])
  await writeAll(store, waking(nextOf(nextOf(waits)), 'in_flight'))
  t.strictSame(idsOf(await store.inFlight(lease, { after: null, limit: 10 })), [waits.sagaId])
})

t.test('a saga is due from its time on, whichever partition it lies in', async (t) => {
  const { store, leases, lease, other } = await open(t)
  const early = waking(startOf(lease), NOON - 1)
  const exact = waking(startOf(other), NOON)
  const late = waking(startOf(lease), NOON + 1)
  const others = [startOf(lease), waking(startOf(lease), 'on_event'), startOf(lease, { status: 'failed' })]
  await writeAll(store, late)
  await writeAll(store, early, exact, ...others)
  const due = async (until: number, limit = 10) =>
    sorted(await store.due(leases, { until, after: null, limit }))
  t.strictSame(await due(NOON - 2), [])
  t.strictSame(await due(NOON), sorted([early, exact]))
  t.strictSame(await due(NOON + 1, 1), [early.sagaId], 'those that are due the longest come first')
  t.strictSame(await due(Date.UTC(2999, 0)), sorted([early, exact, late]), 'never those without a time')
  t.strictSame(idsOf(await store.due([lease], { until: NOON, after: null, limit: 10 })), [early.sagaId])
  t.match(await store.due([other], { until: NOON, after: null, limit: 10 }), [
    { lease: other, seq: 0, snapshot: {} },
  ])
})

t.test('those that are due come page by page, though none of them has fired yet', async (t) => {
  const { store, leases, lease, other } = await open(t)
  const many = Array.from({ length: 25 }, (_, nr) => waking(startOf(nr % 2 ? lease : other), NOON + (nr % 3)))
  await writeAll(store, ...many)
  const found: DueSaga[] = []
  for (let page: DueSaga[] = []; ; found.push(...page)) {
    page = await store.due(leases, { until: NOON + 2, after: found.at(-1) ?? null, limit: 10 })
    if (page.length === 0) break
  }
  const inOrder = many.map(({ sagaId, wakeAt }) => `${String(wakeAt)} ${sagaId}`).sort()
  t.strictSame(
    found.map(({ dueAt, sagaId }) => `${dueAt} ${sagaId}`),
    inOrder,
    'each once, the first due first',
  )
})

t.test('a timer further away than a timestamp can be is looked at before', async (t) => {
  const { store, lease } = await open(t)
  const far = waking(startOf(lease), Number.MAX_SAFE_INTEGER)
  t.strictSame(await store.write([far]), [COMMITTED])
  t.strictSame(await store.due([lease], { until: Date.UTC(9998, 0), after: null, limit: 10 }), [])
  t.strictSame(idsOf(await store.due([lease], { until: Date.UTC(9999, 1), after: null, limit: 10 })), [
    far.sagaId,
  ])
})

t.test('sagas are found by their ids, in flight or waiting, but only where one owns them', async (t) => {
  const { store, lease, other, third } = await open(t)
  const sagas = [startOf(lease), waking(startOf(lease), NOON), waking(startOf(other), 'on_event')]
  const ended = startOf(lease, { status: 'done' })
  const elsewhere = startOf(third)
  await writeAll(store, ...sagas, ended, elsewhere)
  const ids = idsOf([...sagas, ended, elsewhere])
  t.strictSame(sorted(await store.byIds([lease, other], ids)), sorted(sagas))
  t.strictSame(await store.byIds([lease], []), [])
  t.strictSame(await store.byIds([], ids), [])
})

t.test('who lost its lease reads nothing', async (t) => {
  const journal = await open(t)
  const { store, inbox, lease } = journal
  const saga = startOf(lease)
  const waits = waking(startOf(lease), NOON)
  await writeAll(store, saga, waits)
  await inbox.accept({ sagaId: saga.sagaId, key: 'k', fingerprint: 'f', event: { type: 'GO' }, max: 1 })
  t.equal((await store.inbox([lease], 10)).length, 1)
  const [taken] = await ownAll(journal, 'second owner')
  t.strictSame(await store.inFlight(lease, { after: null, limit: 10 }), [])
  t.strictSame(await store.due([lease], { until: NOON, after: null, limit: 10 }), [])
  t.strictSame(await store.byIds([lease], [saga.sagaId]), [])
  t.strictSame(await store.inbox([lease], 10), [])
  t.strictSame(idsOf(await store.inFlight(taken, { after: null, limit: 10 })), [saga.sagaId])
})

t.test('a saga that says it ended, and did not, is refused', async (t) => {
  const { store, lease } = await open(t)
  const wrong = [waking(startOf(lease), 'ended'), waking(startOf(lease, { status: 'done' }), 'on_event')]
  t.match(await store.write(wrong), [{ kind: 'refused' }, { kind: 'refused' }])
})

t.test('transitions of a saga in flight stay off the indexes', async (t) => {
  const { store, pool, lease } = await open(t)
  let write = startOf(lease)
  await writeAll(store, write)
  const statuses = ['running', 'compensating', 'parked', 'running'] as const
  for (const status of statuses) {
    write = nextOf(write, `doing.${status}`, status)
    await writeAll(store, write)
  }
  const updates = await until('Postgres has counted them', async () => {
    await pool.query('select pg_stat_force_next_flush()')
    const { rows } = await pool.query<{ all: number; hot: number }>(
      `select n_tup_upd::int as all, n_tup_hot_upd::int as hot
       from pg_stat_user_tables where relname = 'saga' and schemaname = 'orchestrator'`,
    )
    return rows[0]?.all === statuses.length && rows[0]
  })
  t.strictSame(updates, { all: 4, hot: 4 })
})
