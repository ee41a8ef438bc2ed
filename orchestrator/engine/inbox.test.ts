import t from 'tap'
import { emit } from 'xstate'
import { listening, surroundings } from '../../test/kit/operated-charts.ts'
import { OperatedSaga } from '../../test/kit/operated-saga.ts'
import { LEASE_MS, settled } from '../../test/simulation/hand-store.ts'

const by = { actor: 'ada', reason: 'why not' }
const POLLS_MS = 1_000

const typesOf = ({ saga }: OperatedSaga) => saga.journal.map(({ event }) => event.type)

t.test('a verb whose commit was lost is answered by whoever loads the saga next, once', async (t) => {
  const saga = await new OperatedSaga(listening).begin()
  const { store, bench } = saga
  store.instead.push({ kind: 'lost' })
  const id = store.post('s0', { type: 'skald.cancel', ...by })
  await bench.engine.poke()
  t.equal(store.outcomeOf(id), null)
  await store.clock.pass(LEASE_MS + POLLS_MS)
  t.equal(store.outcomeOf(id), 'applied')
  t.same(typesOf(saga), ['xstate.init', 'skald.cancel'])
})

/** Hears a word as often as it is said. */
const noting = surroundings.createMachine({
  id: 'm',
  version: '1',
  context: { n: 0 },
  on: { NOTE: { actions: emit({ type: 'NOTED' }) } },
})

t.test('an event that a read shows once more, behind its answer, is not heard again', async (t) => {
  const saga = await new OperatedSaga(noting).begin()
  const { store, bench } = saga
  const [commit, read] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const inbox = store.inbox.bind(store)
  let reads = 0
  store.inbox = async (...asked) => {
    const page = await inbox(...asked)
    if (++reads === 2) await read.promise
    return page
  }
  store.until = commit.promise
  const id = store.post('s0', { type: 'NOTE' })
  const first = bench.engine.poke()
  await settled()
  // It begins before the answer, and comes behind it.
  const late = bench.engine.poke()
  await settled()
  commit.resolve()
  await first
  t.equal(store.outcomeOf(id), 'applied')
  t.equal(reads, 2)
  read.resolve()
  await late
  await store.clock.pass(POLLS_MS)
  t.same(typesOf(saga), ['xstate.init', 'NOTE'])
  t.notOk(
    bench.notes.some((note) => note.startsWith('trouble')),
    'and it harms nobody',
  )
})

t.test('events for a saga that has to be loaded are heard in the order of their acceptance', async (t) => {
  const saga = await new OperatedSaga(listening).begin()
  await saga.fail()
  await saga.fail()
  const { store, bench } = saga
  await store.clock.pass(1_900)
  const events = ['RETRY', 'skald.skip', 'CANCEL'].map((type) => store.post('s0', { type, ...by, step: 'a' }))
  await bench.engine.poke()
  await store.clock.pass(POLLS_MS)
  t.same(
    events.map((id) => store.outcomeOf(id)),
    ['applied', 'applied', 'ignored'],
  )
  t.equal(saga.saga.status, 'failed')
})

t.test('a store that does not answer is asked again', async (t) => {
  const saga = await new OperatedSaga(listening).begin()
  const { store, bench } = saga
  const inbox = store.inbox.bind(store)
  store.inbox = () => Promise.reject(new Error('the store is away'))
  const id = store.post('s0', { type: 'CANCEL' })
  await bench.engine.poke()
  t.match(bench.notes.at(-1), /the store is away/)
  store.inbox = inbox
  await store.clock.pass(POLLS_MS)
  t.equal(store.outcomeOf(id), 'applied')
})

t.test('sagas that can not be read now are looked for again by the next pass', async (t) => {
  const saga = await new OperatedSaga(listening).begin()
  await saga.fail()
  await saga.fail()
  const { store, bench } = saga
  await store.clock.pass(1_900)
  t.equal(bench.engine.inFlight, 0)
  const byIds = store.byIds.bind(store)
  store.byIds = () => Promise.reject(new Error('the store is away'))
  const id = store.post('s0', { type: 'skald.abandon', ...by })
  await bench.engine.poke()
  t.equal(store.outcomeOf(id), null)
  store.byIds = byIds
  await store.clock.pass(POLLS_MS)
  t.equal(store.outcomeOf(id), 'applied')
})
