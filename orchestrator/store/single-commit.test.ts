// One write has two shapes: alone it has a statement of its own. What one keeps, fences and refuses, the other must.
import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { nextOf, openJournal, ownAll, startOf } from '../../test/kit/journal-database.ts'
import type { SagaWrite, WriteOutcome } from '../engine/ports.ts'
import { commitOf } from './commit-statement.ts'

const journal = await openJournal(t)
const { store, pool } = journal
const [lease] = await ownAll(journal)

/** By itself, and in a batch with another saga. */
const shapes = {
  async alone(write: SagaWrite): Promise<WriteOutcome | undefined> {
    t.match(commitOf([write]).name, /^skald-(advance|start)/)
    return (await store.write([write]))[0]
  },
  async among(write: SagaWrite): Promise<WriteOutcome | undefined> {
    const batch = [write, startOf(lease)]
    t.match(commitOf(batch).name, /^skald-commit/)
    return (await store.write(batch))[0]
  },
}

/** Every column of all that the saga has, but for its id and when it was written. */
async function rowsOf(sagaId: string): Promise<unknown> {
  const tables = ['saga', 'transition', 'business_event']
  const found = await Promise.all(
    tables.map((table) =>
      pool.query<{ row: object }>(
        `select to_jsonb(r) - 'saga_id' - 'created_at' - 'updated_at' - 'committed_in' - 'ended_at' as row
         from orchestrator.${table} r where saga_id = $1 order by 1::text`,
        [sagaId],
      ),
    ),
  )
  return found.map(({ rows }) => rows.map(({ row }) => row))
}

const failure = { name: 'StepFailed', message: 'l’été', code: 'TIMEOUT', step: 'reserve', inDoubt: true }
const failing = { ...failure, invoke: 'undo-reserve', tries: 3 }

/** A saga from its start to its end, with everything that a row can hold. */
function story(sagaId: string): SagaWrite[] {
  const start = startOf(lease, { sagaId, businessKey: "l'été \u{1F409} 100 %" })
  const waits: SagaWrite = { ...nextOf(start, 'parked', 'parked'), wakeAt: Date.UTC(2030, 1, 2, 3, 4, 5, 6) }
  const [transition] = waits.transitions
  if (transition === undefined) throw new Error('it has a transition')
  const rich = {
    ...transition,
    actor: 'inner',
    timer: 'a timer',
    emitted: [],
    event: { type: 'X', n: [1, null] },
  }
  const listens: SagaWrite = { ...nextOf(waits, 'a.b,c.d', 'running'), wakeAt: 'on_event' }
  const ends: SagaWrite = { ...nextOf(listens, 'done', 'done'), wakeAt: 'ended' }
  return [
    { ...start, start: start.start && { ...start.start, input: { a: 1 } } },
    { ...waits, transitions: [rich], step: 'reserve', trouble: { cause: failure, failing } },
    listens,
    ends,
  ]
}

t.test('a trouble that nobody could read in SQL is refused by both', async (t) => {
  const trouble = { cause: { ...failure, message: 'a\u0000b' }, failing: null }
  for (const begun of [startOf(lease), startOf(lease)]) await store.write([begun])
  const write = { ...startOf(lease), trouble }
  t.match((await store.write([write]))[0], { kind: 'refused' })
  t.match(await store.write([{ ...startOf(lease), trouble }, startOf(lease)]), [
    { kind: 'refused' },
    { kind: 'committed' },
  ])
})

t.test('both leave the same rows, at every step of a saga', async (t) => {
  const [one, other] = [newSagaId(), newSagaId()]
  const among = story(other)
  for (const [index, write] of story(one).entries()) {
    t.same(await shapes.alone(write), { kind: 'committed' })
    const companion = among[index]
    t.same(companion && (await shapes.among(companion)), { kind: 'committed' })
    const rows = await rowsOf(one)
    t.same(rows, await rowsOf(other), `after ${write.state}`)
  }
  const [, transitions] = (await rowsOf(one)) as unknown[][]
  t.equal(transitions?.length, 4)
})

for (const [shape, write] of Object.entries(shapes)) {
  t.test(`${shape}, a write under another epoch matches nothing`, async (t) => {
    const stale = { ...lease, epoch: lease.epoch - 1 }
    const start = startOf(stale)
    t.same(await write(start), { kind: 'lost' })
    t.same(await rowsOf(start.sagaId), [[], [], []])
    const begun = startOf(lease)
    await write(begun)
    const before = await rowsOf(begun.sagaId)
    t.same(await write({ ...nextOf(begun), lease: stale }), { kind: 'lost' })
    t.same(await rowsOf(begun.sagaId), before)
  })

  t.test(`${shape}, a write from another place than where the saga stands matches nothing`, async (t) => {
    const begun = startOf(lease)
    await write(begun)
    const before = await rowsOf(begun.sagaId)
    t.same(await write(nextOf(nextOf(begun))), { kind: 'lost' })
    t.same(await rowsOf(begun.sagaId), before)
  })

  t.test(`${shape}, a write that is repeated is committed once`, async (t) => {
    const begun = startOf(lease)
    const next = nextOf(begun)
    for (const again of [begun, begun, next, next]) t.same(await write(again), { kind: 'committed' })
    const [sagas, transitions, events] = (await rowsOf(begun.sagaId)) as unknown[][]
    t.same([sagas?.length, transitions?.length, events?.length], [1, 2, 4])
  })
}

t.test(
  'what has more than one transition, a key, an answer, a problem, a notice or another version, has the general one',
  async (t) => {
    const start = startOf(lease)
    const [first] = start.transitions
    t.ok(first)
    const writes: SagaWrite[] = [
      startOf(lease, { key: 'a key' }),
      { ...start, transitions: first ? [first, { ...first, seq: 1 }] : [] },
      { ...nextOf(start), consumed: [{ id: '1', outcome: 'applied' }] },
      { ...nextOf(start), problem: { code: 'MACHINE_FAILED', message: 'it threw' }, status: 'parked' },
      { ...nextOf(start), transitions: [] },
      { ...nextOf(start), version: '2' },
      { ...nextOf(start), notice: { kind: 'failed', seq: 1, payload: {} } },
    ]
    for (const write of writes) t.match(commitOf([write]).name, /^skald-commit/)
  },
)
