import t from 'tap'
import { HandClock } from '../../test/kit/hand-clock.ts'
import { settled } from '../../test/simulation/hand-store.ts'
import { Journal } from './journal.ts'
import type { JournalStore, SagaWrite, WriteOutcome } from './ports.ts'

const writeOf = (sagaId: string, transitions = 1): SagaWrite => ({
  sagaId,
  lease: { partition: 0, epoch: 1 },
  fromSeq: -1,
  transitions: Array.from({ length: transitions }, (_, seq) => ({
    seq,
    actor: null,
    event: { type: 'E' },
    timer: null,
    at: 0,
    state: 'a',
    snapshot: '{}',
    emitted: [],
  })),
  status: 'running',
  state: 'a',
  problem: null,
  step: null,
  trouble: null,
  version: null,
  notice: null,
  wakeAt: 'in_flight',
  start: null,
  consumed: [],
})

/** A store whose answers the test gives, one by one. */
class HandStore implements JournalStore {
  readonly batches: string[][] = []
  #answer: PromiseWithResolvers<readonly WriteOutcome[]> | undefined

  write(batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]> {
    this.batches.push(batch.map(({ sagaId }) => sagaId))
    this.#answer = Promise.withResolvers()
    return this.#answer.promise
  }

  answer(kind: 'committed' | 'lost' = 'committed'): void {
    this.#answer?.resolve((this.batches.at(-1) ?? []).map(() => ({ kind })))
  }

  break(): void {
    this.#answer?.reject(new Error('connection lost'))
  }
}

/** A clock whose timers fire when the test says so. */
class DelayClock extends HandClock {
  readonly delays: number[] = []

  override setTimeout(run: () => void, delayMs: number) {
    this.delays.push(delayMs)
    return super.setTimeout(run, delayMs)
  }

  /** Lets the last timer fire. */
  async fire(): Promise<void> {
    await this.pass(this.delays.at(-1) ?? 0)
  }
}

function journalOf() {
  const store = new HandStore()
  const clock = new DelayClock()
  const told: unknown[] = []
  const journal = new Journal(store, clock, {
    committed: ({ writes, transitions }) => told.push({ writes, transitions }),
    journalWaiting: (error, attempt) => told.push({ error: String(error), attempt }),
  })
  return { store, clock, told, journal }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

t.test('what comes in one turn is one batch; what comes while it is written is the next', async (t) => {
  const { store, journal, told } = journalOf()
  const first = [journal.commit(writeOf('a', 2)), journal.commit(writeOf('b'))]
  await turn()
  const second = [journal.commit(writeOf('c')), journal.commit(writeOf('d'))]
  await turn()
  t.same(store.batches, [['a', 'b']], 'one at a time')
  store.answer()
  t.same(await Promise.all(first), [{ kind: 'committed' }, { kind: 'committed' }])
  await turn()
  t.same(store.batches.slice(1), [['c', 'd']])
  store.answer('lost')
  t.same(await Promise.all(second), [{ kind: 'lost' }, { kind: 'lost' }])
  t.same(told, [
    { writes: 2, transitions: 3 },
    { writes: 2, transitions: 2 },
  ])
})

t.test('a batch has 256 writes at most', async (t) => {
  const { store, journal } = journalOf()
  const all = Array.from({ length: 600 }, (_, n) => journal.commit(writeOf(`s${n}`)))
  for (let batch = 0; batch < 3; batch++) {
    await turn()
    store.answer()
  }
  await Promise.all(all)
  t.same(
    store.batches.map(({ length }) => length),
    [256, 256, 88],
  )
})

t.test('a batch whose outcome is unknown is written again until it is known, ever more slowly', async (t) => {
  const { store, clock, journal, told } = journalOf()
  const commit = journal.commit(writeOf('a'))
  t.ok(journal.healthy)
  for (let attempt = 0; attempt < 8; attempt++) {
    await turn()
    store.break()
    await turn()
    t.notOk(journal.healthy)
    await clock.fire()
  }
  await turn()
  store.answer()
  t.same(await commit, { kind: 'committed' })
  t.ok(journal.healthy)
  t.equal(store.batches.length, 9)
  t.ok(store.batches.every((batch) => batch.join() === 'a'))
  t.same(clock.delays, [50, 100, 200, 400, 800, 1_600, 2_000, 2_000])
  t.match(told[7], { error: 'Error: connection lost', attempt: 8 })
})

t.test('what comes while the store does not answer waits behind the batch that it failed', async (t) => {
  const { store, clock, journal } = journalOf()
  const first = journal.commit(writeOf('a'))
  await turn()
  store.break()
  await turn()
  const second = journal.commit(writeOf('b'))
  await turn()
  await clock.fire()
  await turn()
  store.answer()
  await first
  await turn()
  store.answer()
  await second
  t.same(store.batches, [['a'], ['a'], ['b']])
})

t.test('a write that the store says nothing about counts as lost', async (t) => {
  const journal = new Journal({ write: async () => [] }, new DelayClock(), {
    committed: () => undefined,
    journalWaiting: () => undefined,
  })
  t.same(await journal.commit(writeOf('a')), { kind: 'lost' })
})

t.test('two writes of one saga are never in one batch', async (t) => {
  const { store, journal } = journalOf()
  const all = ['a', 'b', 'a', 'c'].map((sagaId) => journal.commit(writeOf(sagaId)))
  await settled()
  store.answer()
  await settled()
  t.same(store.batches, [
    ['a', 'b'],
    ['a', 'c'],
  ])
  store.answer()
  t.equal((await Promise.all(all)).length, 4)
})

t.test('a batch that fails again and again is tried in halves, and the rest as a whole', async (t) => {
  const { store, clock, journal } = journalOf()
  for (const sagaId of ['a', 'b', 'c', 'd']) void journal.commit(writeOf(sagaId))
  await settled()
  for (let failures = 0; failures < 3; failures++) {
    store.break()
    await settled()
    await clock.fire()
  }
  t.same(store.batches.at(-1), ['a', 'b'])
  store.answer()
  await settled()
  t.same(store.batches.at(-1), ['c', 'd'])
  store.answer()
})
