import t from 'tap'
import { setup, type AnyStateMachine } from 'xstate'
import { Type } from 'typebox'
import { step } from '../../machines/step.ts'
import { handEngine, HandStore, LEASE_MS, settled } from '../../test/simulation/hand-store.ts'
import { MachineUnknownError, NotAcceptingError, SagaNotStartedError } from './errors.ts'

const call = step('call', {
  participant: 'somebody',
  request: () => ({ method: 'POST', path: '/' }),
  reply: Type.Unknown(),
})

function throwIt(): never {
  throw new Error('it broke')
}

const anyInput: { nr?: number } = {}

const machineOf = (version: string, state = 'calling'): AnyStateMachine =>
  setup({ types: { input: anyInput }, actors: { call } }).createMachine({
    id: 'm',
    version,
    context: ({ input }) => (input.nr === 13 ? throwIt() : {}),
    initial: state,
    states: {
      [state]: { invoke: { id: 'call', src: 'call', onDone: 'done', onError: 'done' }, on: { ON: 'on' } },
      on: {},
      done: { type: 'final' },
    },
  })

function benchOf(store = new HandStore(), machines: readonly AnyStateMachine[] = [machineOf('1')]) {
  return handEngine({ store, machines, businessKey: 'nr' })
}

const order = { machine: 'm', input: {}, idempotency: null }

async function running(store = new HandStore()) {
  const bench = benchOf(store)
  await bench.engine.open()
  await bench.engine.start(order)
  return { ...bench, saga: store.saga('s0') }
}

t.test('a start that comes before the engine is open waits for it', async (t) => {
  const { engine, store } = benchOf()
  const early = engine.start(order)
  await settled()
  t.equal(engine.accepting, false)
  t.equal(store.memory.sagas.size, 0)
  await engine.open()
  t.match(await early, { kind: 'started' })
})

t.test('a start is refused in words, and nothing is stored, by an engine that can’t take it', async (t) => {
  const { engine, store } = benchOf()
  const early = engine.start({ ...order, machine: 'x' })
  await t.rejects(early, new MachineUnknownError('x', ['m']))
  await engine.open()
  t.equal(engine.accepting, true)
  await t.rejects(engine.start({ ...order, machine: 'x' }), new MachineUnknownError('x', ['m']))
  engine.stop()
  await t.rejects(engine.start(order), new NotAcceptingError('the orchestrator is going away'))
  t.equal(store.memory.sagas.size, 0)
})

t.test('while the database is out of reach, new sagas are refused', async (t) => {
  const { engine, store } = benchOf()
  await engine.open()
  const { promise, reject } = Promise.withResolvers<void>()
  store.until = promise
  const first = engine.start(order)
  await settled()
  store.until = Promise.resolve()
  reject(new Error('connection lost'))
  await settled()
  await t.rejects(engine.start(order), new NotAcceptingError('the journal can not reach its database'))
  await store.clock.pass(100)
  t.match(await first, { kind: 'started' }, 'the one under way goes through in time')
  t.equal(engine.accepting, true)
})

t.test('sagas are spread over the partitions, with the member that people look for', async (t) => {
  const { engine, store } = benchOf()
  await engine.open()
  for (const nr of ['a', 'b', 'c', 'd', 5]) await engine.start({ ...order, input: { nr } })
  const sagas = [...store.memory.sagas.values()]
  t.same(
    sagas.map(({ partition }) => partition),
    [0, 1, 2, 3, 0],
  )
  t.same(
    sagas.map(({ start }) => start.businessKey),
    ['a', 'b', 'c', 'd', null],
  )
  t.equal(engine.inFlight, 5)
})

t.test('with one saga its whole partition is lost: the others in it stop calling at once', async (t) => {
  const { engine, store, steps } = benchOf()
  await engine.open()
  // Four partitions: the fifth saga lies with the first.
  for (let nr = 0; nr < 5; nr++) await engine.start(order)
  const signals = steps.calls.map(({ signal }) => signal)
  store.instead.push({ kind: 'lost' })
  store.post('s0', { type: 'ON' })
  await engine.poke()
  await settled()
  t.same(
    signals.map(({ aborted }) => aborted),
    [true, false, false, false, true],
  )
  t.equal(engine.inFlight, 3)
})

t.test('a key that belongs to another saga starts none', async (t) => {
  const { engine, store } = benchOf()
  await engine.open()
  const keyed = { ...order, idempotency: { key: 'k', fingerprint: 'f' } }
  t.match(await engine.start(keyed), { kind: 'started' })
  t.same(await engine.start(keyed), { kind: 'key_taken' })
  t.equal(store.memory.sagas.size, 1)
  t.equal(engine.inFlight, 1)
})

t.test('a machine that throws on its input starts nothing, and says why', async (t) => {
  const { engine, store } = benchOf()
  await engine.open()
  const start = engine.start({ ...order, input: { nr: 13 } })
  await t.rejects(start, new SagaNotStartedError('m', 'it broke'))
  t.equal(store.memory.sagas.size, 0)
  t.equal(engine.inFlight, 0)
})

t.test('a saga whose first write the store refuses is not started', async (t) => {
  const { engine, store } = benchOf()
  await engine.open()
  store.instead.push({ kind: 'refused', message: 'too large' })
  await t.rejects(engine.start(order), new SagaNotStartedError('m', 'too large'))
  t.equal(store.memory.sagas.size, 0)
})

t.test('of a saga whose first write finds another owner nobody knows whether it began', async (t) => {
  const { engine, store } = benchOf()
  await engine.open()
  store.overtake()
  t.same(await engine.start(order), { kind: 'unknown' })
})

t.test('a saga whose write is refused is parked where it stood, with the store’s reason', async (t) => {
  const { engine, store, steps, saga } = await running()
  store.instead.push({ kind: 'refused', message: 'too large' })
  const departure = engine.exited('s0')
  steps.last.answer(1)
  t.match(await departure, { exit: 'parked' })
  t.match(saga, {
    status: 'parked',
    state: 'calling',
    problem: { code: 'WRITE_REFUSED', message: 'too large' },
  })
  t.equal(saga.journal.length, 1)
})

t.test(
  'a saga of which not even the problem can be written is let go, and tried again by the next',
  async (t) => {
    const { engine, store, steps, notes, saga } = await running()
    store.instead.push({ kind: 'refused', message: 'too large' }, { kind: 'refused', message: 'still' })
    const departure = engine.exited('s0')
    steps.last.answer(1)
    t.match(await departure, { exit: 'parked' })
    t.same(notes.slice(-2), ['trouble: too large', 'trouble: still'])
    t.match(saga, { status: 'running', problem: null })
    const next = benchOf(store)
    await next.engine.open()
    await settled()
    await settled()
    t.equal(next.engine.inFlight, 1)
  },
)

t.test('an engine resumes every saga that has not ended, and calls its open steps again', async (t) => {
  const { store, engine } = await running()
  for (let sagas = 1; sagas < 5; sagas++) await engine.start(order)
  engine.stop()
  const next = benchOf(store)
  await next.engine.open()
  await settled()
  t.equal(next.engine.inFlight, 5)
  t.same(
    next.steps.calls.map(({ sagaId, resumed }) => [sagaId, resumed]),
    ['s0', 's4', 's1', 's2', 's3'].map((sagaId) => [sagaId, true]),
    'one partition after the other',
  )
  t.equal(next.notes[0], 'resumed in calling: takeover')
})

t.test('a saga whose version is not here is parked with that problem until it is', async (t) => {
  const { store, engine, saga } = await running()
  engine.stop()
  const without = benchOf(store, [machineOf('2')])
  await without.engine.open()
  await settled()
  t.equal(without.engine.inFlight, 0)
  t.match(saga, {
    status: 'parked',
    state: 'calling',
    problem: {
      code: 'MACHINE_UNKNOWN',
      message: 'machine m has no version 1 here; deploy the code that has it',
    },
  })
  t.match(without.notes, [/^trouble: machine m has no version 1/])

  const both = benchOf(store, [machineOf('1'), machineOf('2')])
  await both.engine.open()
  await settled()
  t.match(saga, { status: 'running', problem: null })
  await both.engine.start(order)
  t.equal(store.saga('s1').start.version, '2', 'a new saga begins with the newest version')
})

t.test('a snapshot that does not fit its machine is parked, and one without a state too', async (t) => {
  const { store, engine, saga } = await running()
  engine.stop()
  const other = benchOf(store, [machineOf('1', 'dialling')])
  await other.engine.open()
  await settled()
  t.match(saga, {
    status: 'parked',
    state: 'calling',
    problem: { code: 'SNAPSHOT_DOES_NOT_FIT', message: 'state m.calling does not exist' },
  })
  saga.journal.splice(0, Infinity, ...saga.journal.map((row) => ({ ...row, snapshot: 'null' })))
  const third = benchOf(store)
  await third.engine.open()
  await settled()
  t.match(saga, { state: '', problem: { message: 'the snapshot is not an object' } })
})

t.test(
  'an engine that is stopped aborts its calls, and tells those that wait what became of it',
  async (t) => {
    const { store, engine, steps } = await running()
    const { promise, resolve } = Promise.withResolvers<void>()
    store.until = promise
    const id = store.post('s0', { type: 'ON' })
    const poking = engine.poke()
    const starting = engine.start(order)
    await settled()
    const departure = engine.exited('s0')
    engine.stop()
    t.match(await departure, { exit: 'stopped' })
    t.ok(steps.last.signal.aborted)
    resolve()
    await poking
    t.equal(store.outcomeOf(id), 'applied')
    t.match(await starting, { kind: 'started' })
    t.equal(store.saga('s0').state, 'on')
    t.equal(engine.inFlight, 0)
    t.equal(engine.accepting, false)
  },
)

t.test('a write that was under way at the stop, and did not match, is not called committed', async (t) => {
  const { store, engine } = await running()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.until = promise
  const starting = engine.start(order)
  await settled()
  engine.stop()
  store.overtake()
  resolve()
  t.same(await starting, { kind: 'unknown' })
})

t.test('an engine that is stopped while it opens does not accept', async (t) => {
  const { store, engine } = await running()
  await engine.start(order)
  engine.stop()
  const stopped = benchOf(store)
  const opening = stopped.engine.open()
  stopped.engine.stop()
  await opening
  t.equal(stopped.engine.accepting, false)
  t.equal(stopped.engine.inFlight, 0)
  t.same(stopped.steps.calls, [])
})

t.test('an engine that closes waits for what is in flight, then hands over the rest', async (t) => {
  const { store, engine, steps } = await running()
  await engine.start(order)
  const [first] = steps.calls
  const closing = engine.close(LEASE_MS)
  await store.clock.pass(100)
  t.equal(engine.readiness().reason, 'the orchestrator is going away')
  await t.rejects(engine.start(order), { code: 'NOT_ACCEPTING' })
  first?.answer(1)
  await store.clock.pass(100)
  t.equal(store.saga('s0').status, 'done', 'there was time for it')
  await store.clock.pass(LEASE_MS)
  await closing
  t.ok(steps.last.signal.aborted)
  t.same(
    store.leases.partitions.map(({ owner }) => owner),
    [null, null, null, null],
  )
  t.equal(store.leases.members.size, 0)
})

t.test('what is asked of a saga that is not here is answered by nothing', async (t) => {
  const { engine } = await running()
  t.equal(engine.exited('s9'), undefined)
  t.same(engine.machineNames, ['m'])
})

t.test('a snapshot that nobody can read parks its saga, and keeps no other out', async (t) => {
  const broken = [{ timers: { a: null } }, { children: { call: null } }, { historyValue: { x: [null] } }]
  for (const damage of [...broken, { value: null }]) {
    const { engine, store } = await running()
    await engine.start(order)
    engine.stop()
    const first = store.saga('s0').journal[0]
    if (first === undefined) throw new Error('it has begun')
    const snapshot = JSON.stringify({ ...JSON.parse(first.snapshot), ...damage })
    Object.assign(first, { snapshot })
    const next = benchOf(store)
    await next.engine.open()
    await settled()
    t.match(store.saga('s0'), { status: 'parked', problem: { code: 'SNAPSHOT_DOES_NOT_FIT' } }, snapshot)
    t.same(
      next.steps.calls.map(({ sagaId }) => sagaId),
      ['s1'],
    )
  }
})

t.test('a saga keeps the trace of its caller, for its calls and for whoever drives it next', async (t) => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;k=v'
  const store = new HandStore()
  const first = benchOf(store)
  await first.engine.open()
  await first.engine.start({ ...order, trace })
  t.match(first.steps.last, { sagaId: 's0', machine: 'm', version: '1', trace })
  first.engine.stop()
  const second = benchOf(store)
  await second.engine.open()
  await settled()
  t.match(second.steps.last, { sagaId: 's0', machine: 'm', version: '1', trace, resumed: true })
})
