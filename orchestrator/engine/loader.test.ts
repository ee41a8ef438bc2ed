import t from 'tap'
import { setup } from 'xstate'
import { Type } from 'typebox'
import { step } from '../../machines/step.ts'
import type { Migrate } from '../../machines/migration.ts'
import { handEngine, HandStore, LEASE_MS, settled } from '../../test/simulation/hand-store.ts'
import type { DueSaga } from './ports.ts'

const SECOND = 1_000
const HOUR = 3_600 * SECOND

const call = step('call', {
  participant: 'somebody',
  request: () => ({ method: 'POST', path: '/' }),
  reply: Type.Unknown(),
})

/** It waits an hour, or for GO; then it calls, and ends. */
const patient = setup({
  types: { events: {} as { type: 'GO' } | { type: 'NUDGE' } },
  actors: { call },
}).createMachine({
  id: 'm',
  version: '1',
  initial: 'waiting',
  states: {
    waiting: { after: { [HOUR]: 'calling' }, on: { GO: 'calling', NUDGE: 'nudged' } },
    nudged: { after: { [HOUR]: 'calling' }, on: { NUDGE: 'twice' } },
    twice: {},
    calling: { invoke: { id: 'call', src: 'call', onDone: 'done', onError: 'done' } },
    done: { type: 'final' },
  },
})

const order = { machine: 'm', input: {}, idempotency: null }

async function waiting({ inFlight = 100, sagas = 1, store = new HandStore() } = {}) {
  const bench = handEngine({ store, machines: [patient], businessKey: 'nr', inFlight })
  await bench.engine.open()
  for (let started = 0; started < sagas; started++) {
    await bench.engine.start(order)
    await store.clock.pass(3 * SECOND)
  }
  return bench
}

t.test('a saga that only waits leaves memory after a moment', async (t) => {
  const { engine, notes, store } = await waiting()
  t.equal(engine.inFlight, 0)
  t.equal(notes.at(-1), 'evicted s0')
  t.equal(store.saga('s0').status, 'running')
})

t.test('it comes back before its timer is due, which fires to the millisecond', async (t) => {
  const { engine, notes, store, steps } = await waiting()
  const dueAt = Number(store.saga('s0').wakeAt)
  await store.clock.pass(dueAt - store.clock.now() - 100)
  t.equal(engine.inFlight, 1)
  t.equal(notes.at(-1), 'resumed in waiting: due')
  t.equal(steps.calls.length, 0)
  await store.clock.pass(100)
  t.equal(store.saga('s0').journal.at(-1)?.at, dueAt)
  t.equal(steps.calls.length, 1)
})

t.test('it comes back for an event, and stays as long as it works', async (t) => {
  const { engine, store, steps } = await waiting()
  const id = store.post('s0', { type: 'GO' })
  await engine.poke()
  t.equal(store.outcomeOf(id), 'applied')
  await store.clock.pass(60 * SECOND)
  t.equal(engine.inFlight, 1)
  steps.last.answer(1)
  await settled()
  t.equal(store.saga('s0').status, 'done')
})

t.test('the next owner knows nothing of it until it is due', async (t) => {
  const { engine, store } = await waiting()
  engine.stop()
  const next = handEngine({ store, machines: [patient], businessKey: 'nr' })
  await next.engine.open()
  await settled()
  t.equal(next.engine.inFlight, 0)
  await store.clock.pass(HOUR)
  t.equal(next.steps.calls.length, 1)
})

t.test('sagas that only wait make room for new ones, and for each other', async (t) => {
  const { engine, store } = await waiting({ inFlight: 1, sagas: 5 })
  t.equal(store.memory.sagas.size, 5)
  const ids = ['s0', 's1', 's2', 's3', 's4'].map((sagaId) => store.post(sagaId, { type: 'NUDGE' }))
  const poking = engine.poke()
  for (let waits = 0; waits < 10; waits++) await store.clock.pass(3 * SECOND)
  await poking
  t.same(
    ids.map((id) => store.outcomeOf(id)),
    ids.map(() => 'applied'),
  )
})

t.test('an event for a saga in memory is heard, though there is no room to load another', async (t) => {
  const { engine, store, steps } = await waiting({ inFlight: 1, sagas: 2 })
  const first = store.post('s0', { type: 'GO' })
  await engine.poke()
  t.equal(steps.calls.length, 1, 's0 is at work, and takes the only place')
  const absent = store.post('s1', { type: 'NUDGE' })
  const present = store.post('s0', { type: 'NUDGE' })
  void engine.poke()
  await settled()
  t.same(
    [first, absent, present].map((id) => store.outcomeOf(id)),
    ['applied', null, 'ignored'],
  )
})

t.test('so it is behind any number of events for sagas that wait for room', async (t) => {
  const { engine, store, steps } = await waiting({ inFlight: 1, sagas: 3 })
  const go = store.post('s0', { type: 'GO' })
  await engine.poke()
  for (let nudges = 0; nudges < 150; nudges++)
    for (const absent of ['s1', 's2']) store.post(absent, { type: 'NUDGE' })
  const present = store.post('s0', { type: 'NUDGE' })
  void engine.poke()
  await settled()
  t.equal(steps.calls.length, 1, 's0 is at work')
  t.same(
    [go, present].map((id) => store.outcomeOf(id)),
    ['applied', 'ignored'],
  )
})

t.test('room is asked for only when it is known who needs it', async (t) => {
  const { engine, store, steps } = await waiting({ inFlight: 40, sagas: 1 })
  store.post('s0', { type: 'GO' })
  await engine.poke()
  for (let started = 1; started < 39; started++) {
    const starting = engine.start(order)
    await settled()
    await starting
    store.post(`s${started}`, { type: 'GO' })
    await engine.poke()
  }
  t.equal(steps.calls.length, 39)
  const last = engine.start(order)
  await store.clock.pass(6 * SECOND)
  t.match(await last, { kind: 'started' }, 'the last place is to be had, though less than a page is free')
})

t.test('events of a saga that is loaded for the first of them are applied in their order', async (t) => {
  const { engine, store } = await waiting()
  const ids = ['NUDGE', 'NUDGE', 'GO'].map((type) => store.post('s0', { type }))
  await engine.poke()
  t.same(
    ids.map((id) => store.outcomeOf(id)),
    ['applied', 'applied', 'ignored'],
  )
  t.equal(store.saga('s0').state, 'twice')
})

t.test(
  'an event that comes when its saga has ended is answered by nobody, and waits for nobody',
  async (t) => {
    const { engine, store, steps } = await waiting()
    store.post('s0', { type: 'GO' })
    await engine.poke()
    const late = store.post('s0', { type: 'GO' })
    steps.last.answer(1)
    await settled()
    await engine.poke()
    t.equal(store.outcomeOf(late), 'ignored')
  },
)

t.test('a partition that is lost and won back brings its sagas back, under another epoch', async (t) => {
  const { engine, store, steps, notes } = await waiting()
  store.post('s0', { type: 'GO' })
  await engine.poke()
  store.instead.push({ kind: 'lost' })
  store.post('s0', { type: 'NUDGE' })
  await engine.poke()
  t.ok(steps.last.signal.aborted)
  await store.clock.pass(LEASE_MS)
  t.equal(notes.at(-1), 'resumed in calling: takeover')
  t.equal(steps.calls.length, 2)
  steps.last.answer(1)
  await settled()
  t.equal(store.saga('s0').status, 'done')
  t.same(
    store.saga('s0').journal.map(({ epoch }) => epoch),
    [1, 1, 2],
  )
})

/** Ends what would ask for ever. */
class BoundedStore extends HandStore {
  readsLeft = Infinity

  override async due(...asked: Parameters<HandStore['due']>): Promise<DueSaga[]> {
    if (--this.readsLeft < 0) throw new Error('read in circles')
    return super.due(...asked)
  }
}

t.test(
  'all that are due at one moment are in memory before it, though they are more than a page',
  async (t) => {
    const store = new BoundedStore()
    const { engine, notes } = handEngine({ store, machines: [patient], businessKey: 'nr', inFlight: 1_000 })
    await engine.open()
    for (let started = 0; started < 450; started++) await engine.start(order)
    await store.clock.pass(HOUR - 30 * SECOND)
    t.equal(engine.inFlight, 0, 'they only wait')
    // One for each tick, and one for each page.
    store.readsLeft = 40
    await store.clock.pass(30 * SECOND - 1)
    t.equal(engine.inFlight, 450)
    t.notOk(notes.includes('store: Error: read in circles'))
  },
)

const migrate: Migrate = (snapshot) => ({ ...snapshot, timers: {} })

t.test('a saga that goes on in another version is asked for until the store answers', async (t) => {
  const { engine, store } = await waiting()
  engine.stop()
  const second = setup({}).createMachine({
    id: 'm',
    version: '2',
    initial: 'waiting',
    states: { waiting: { on: { GO: 'done' } }, done: { type: 'final' } },
  })
  const machines = [patient, second]
  const next = handEngine({ store, machines, businessKey: 'nr', migrate })
  await next.engine.open()
  const byIds = store.byIds.bind(store)
  let failures = 0
  store.byIds = async (...asked) => {
    if (store.saga('s0').start.version === '2' && failures++ < 2) throw new Error('the store is away')
    return await byIds(...asked)
  }
  store.post('s0', { type: 'skald.migrate', actor: 'ada', reason: 'why not', from: '1', to: '2' })
  await store.clock.pass(2 * SECOND)
  t.same(next.notes.filter((note) => note.startsWith('store: ')).length, 2)
  t.ok(next.notes.includes('resumed in waiting: event'))
})
