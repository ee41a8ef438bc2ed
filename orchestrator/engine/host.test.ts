import t from 'tap'
import { assign, emit, enqueueActions, sendTo, setup, type AnyStateMachine } from 'xstate'
import { Type } from 'typebox'
import { step } from '../../machines/step.ts'
import { HandSteps, HandStore, notingObserver } from '../../test/simulation/hand-store.ts'
import { settled } from '../../test/simulation/world.ts'
import { systemClock } from './clock.ts'
import { Engine } from './engine.ts'
import { prepare } from './prepare.ts'

const declared = {
  participant: 'somebody',
  request: () => ({ method: 'POST', path: '/' }) as const,
  reply: Type.Object({ n: Type.Number() }),
}

function throwIt(): never {
  throw new Error('it broke')
}

/** Breaks its parent on its way out, or keeps what can't be stored. */
const inner = setup({ types: { context: {} as { kept: unknown } } }).createMachine({
  id: 'inner',
  version: '1',
  context: { kept: null },
  initial: 'waiting',
  states: {
    waiting: {
      on: {
        END: 'over',
        KEEP: { actions: assign({ kept: 1n }) },
        STEP: { actions: emit({ type: 'STEPPED' }) },
      },
    },
    over: { type: 'final' },
  },
})

const anyInput: { n?: number } = {}

const machine = setup({
  types: { context: {} as { n: number }, input: anyInput },
  actors: { call: step('call', declared), inner },
}).createMachine({
  id: 'm',
  version: '1',
  context: ({ input }) => (input.n === 13 ? throwIt() : { n: 0 }),
  initial: 'calling',
  states: {
    calling: {
      invoke: {
        id: 'call',
        src: 'call',
        onDone: {
          guard: ({ event }) => (event.output.n === 13 ? throwIt() : true),
          target: 'waiting',
          actions: assign({ n: ({ event }) => event.output.n }),
        },
        onError: 'failed',
      },
    },
    waiting: {
      on: {
        NOTE: { actions: assign({ n: ({ context }) => context.n + 1 }) },
        BREAK: { guard: throwIt, target: 'done' },
        ACT: { actions: [enqueueActions(({ enqueue }) => enqueue(throwIt)), emit({ type: 'ACTED' })] },
        IN: 'within',
        DONE: 'done',
      },
    },
    within: {
      invoke: { id: 'inner', src: 'inner', onDone: { guard: throwIt, target: 'done' }, onError: 'sorry' },
      on: Object.fromEntries(
        ['END', 'KEEP', 'STEP'].map((type) => [type, { actions: sendTo('inner', { type }) }]),
      ),
    },
    sorry: {},
    done: { type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) => ({ n: context.n }),
})

function benchOf(store = new HandStore(), source: AnyStateMachine = machine) {
  const steps = new HandSteps()
  const notes: string[] = []
  const engine = new Engine({
    machines: [prepare({ machine: source, businessKey: 'key' }, steps, systemClock)],
    store,
    clock: systemClock,
    observer: notingObserver(notes),
    newSagaId: () => `s${store.memory.sagas.size}`,
    owner: 'test',
  })
  return { store, steps, notes, engine }
}

/** A saga that waits, its call answered. */
async function waiting() {
  const bench = benchOf()
  await bench.engine.open()
  await bench.engine.start({ machine: 'm', input: { key: 'k' }, idempotency: null })
  bench.steps.last.answer({ n: 1 })
  await settled()
  return { ...bench, saga: bench.store.saga('s0') }
}

t.test('a saga is told, journalled and called for in step with its commits', async (t) => {
  const { store, steps, notes, engine } = benchOf()
  await engine.open()
  const started = await engine.start({ machine: 'm', input: { key: 'k' }, idempotency: null })
  t.same(started, { kind: 'started', sagaId: 's0' })
  t.same(notes, ['started s0', '0 calling'])
  t.match(steps.calls, [{ sagaId: 's0', step: 'call', resumed: false }])
  const departure = engine.exited('s0')
  steps.last.answer({ n: 4 })
  await settled()
  t.equal(await engine.send('s0', { type: 'DONE' }), 'committed')
  t.same(await departure, { exit: 'ended', status: 'done', output: { n: 4 } })
  t.same(notes.slice(2), ['1 waiting', '2 done', 'ended done'])
  t.match(store.saga('s0'), { status: 'done', state: 'done', problem: null, start: { businessKey: 'k' } })
  t.equal(engine.inFlight, 0)
})

t.test('an event is answered when its commit is, and one that nobody listens to at once', async (t) => {
  const { engine, store, saga } = await waiting()
  t.equal(engine.accepts('s0', { type: 'NOTE' }), true)
  t.equal(engine.accepts('s0', { type: 'NOBODY' }), false)
  t.equal(await engine.send('s0', { type: 'NOBODY' }), 'ignored')
  const { promise, resolve } = Promise.withResolvers<void>()
  store.until = promise
  let answered = false
  const sending = engine.send('s0', { type: 'NOTE' })?.then((became) => {
    answered = true
    return became
  })
  await settled()
  t.notOk(answered)
  t.equal(saga.journal.length, 2)
  resolve()
  t.equal(await sending, 'committed')
  t.equal(saga.journal.length, 3)
})

t.test('events that come while a commit is under way share the next one', async (t) => {
  const { engine, store, saga } = await waiting()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.until = promise
  const first = engine.send('s0', { type: 'NOTE' })
  await settled()
  const before = store.writes
  const others = [1, 2, 3].map(() => engine.send('s0', { type: 'NOTE' }))
  resolve()
  t.same(await Promise.all([first, ...others]), ['committed', 'committed', 'committed', 'committed'])
  t.equal(store.writes - before, 1)
  t.same(
    saga.journal.map(({ seq }) => seq),
    [0, 1, 2, 3, 4, 5],
  )
})

t.test('a saga that is lost forgets its effects, aborts its calls, and writes no more', async (t) => {
  const { store, steps, notes, engine } = benchOf()
  await engine.open()
  await engine.start({ machine: 'm', input: {}, idempotency: null })
  await engine.start({ machine: 'm', input: {}, idempotency: null })
  const [first] = steps.calls
  store.instead.push({ kind: 'lost' })
  const departure = engine.exited('s0')
  first?.answer({ n: 1 })
  t.match(await departure, { exit: 'lost' })
  t.match(notes.at(-1), /trouble: another orchestrator owns it now/)
  t.equal(store.saga('s0').journal.length, 1)
  t.equal(engine.send('s0', { type: 'NOTE' }), undefined)
  t.equal(engine.accepting, false)
  await t.rejects(engine.start({ machine: 'm', input: {}, idempotency: null }), { code: 'NOT_ACCEPTING' })
  t.equal(engine.inFlight, 1)
})

t.test('a call that is open when its saga is lost is aborted', async (t) => {
  const parallel = setup({ actors: { call: step('call', declared) } }).createMachine({
    id: 'm',
    version: '1',
    type: 'parallel',
    states: {
      calls: {
        invoke: { id: 'call', src: 'call', onDone: '.over', onError: '.over' },
        initial: 'open',
        states: { open: {}, over: {} },
      },
      hears: { on: { NOTE: { actions: emit({ type: 'NOTED' }) } } },
    },
  })
  const { store, steps, engine } = benchOf(new HandStore(), parallel)
  await engine.open()
  await engine.start({ machine: 'm', input: {}, idempotency: null })
  store.instead.push({ kind: 'lost' })
  t.equal(steps.last.signal.aborted, false)
  t.equal(await engine.send('s0', { type: 'NOTE' }), 'lost')
  t.equal(steps.last.signal.aborted, true)
})

t.test('a machine that throws parks its saga, says why, and harms no other', async (t) => {
  const { engine, notes, saga, store } = await waiting()
  await engine.start({ machine: 'm', input: {}, idempotency: null })
  const departure = engine.exited('s0')
  t.equal(await engine.send('s0', { type: 'BREAK' }), 'lost')
  t.match(await departure, { exit: 'parked' })
  t.match(saga, {
    status: 'parked',
    state: 'waiting',
    problem: { code: 'MACHINE_FAILED', message: /it broke/ },
  })
  t.equal(saga.journal.length, 2)
  t.match(notes.at(-1), /trouble: [^]*it broke/)
  t.equal(engine.inFlight, 1)

  const next = benchOf(store)
  await next.engine.open()
  await settled()
  t.match(saga, { status: 'running', state: 'waiting', problem: null })
  t.equal(await next.engine.send('s0', { type: 'DONE' }), 'committed')
})

t.test('a resumed saga whose machine throws at once is parked in the state in which it stood', async (t) => {
  const { store, engine } = benchOf()
  await engine.open()
  await engine.start({ machine: 'm', input: {}, idempotency: null })
  engine.stop()
  const next = benchOf(store)
  await next.engine.open()
  t.match(next.steps.last, { resumed: true })
  next.steps.last.answer({ n: 13 })
  await settled()
  const saga = store.saga('s0')
  t.match(saga, { status: 'parked', state: 'calling', problem: { code: 'MACHINE_FAILED' } })

  const third = benchOf(store)
  await third.engine.open()
  third.steps.last.answer({ n: 13 })
  await settled()
  t.match(saga, { status: 'parked', problem: { code: 'MACHINE_FAILED' } }, 'and parked again')
})

t.test('what a machine is about to do when it throws is not done', async (t) => {
  const { engine, store, steps } = benchOf()
  await engine.open()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.until = promise
  const starting = engine.start({ machine: 'm', input: {}, idempotency: null })
  await settled()
  t.equal(engine.inFlight, 1)
  // The first commit is under way, the call held behind it; an answer that nobody asked for breaks the machine.
  const breaking = engine.send('s0', { type: 'xstate.done.actor.call', output: { n: 13 } })
  resolve()
  t.match(await starting, { kind: 'started' })
  t.equal(await breaking, 'lost')
  await settled()
  t.same(steps.calls, [])
  t.match(store.saga('s0'), { status: 'parked', problem: { code: 'MACHINE_FAILED' } })
})

t.test('an effect that throws behind its commit is told, and the others are run', async (t) => {
  const { engine, notes, saga } = await waiting()
  t.equal(await engine.send('s0', { type: 'ACT' }), 'committed')
  t.match(notes.at(-1), /effect failed: Error: it broke/)
  t.match(saga.journal.at(-1), { emitted: [{ type: 'ACTED' }] })
  t.equal(engine.inFlight, 1)
})

t.test('what a machine within did, and its parent broke on, does not stand', async (t) => {
  const { engine, saga } = await waiting()
  await engine.send('s0', { type: 'IN' })
  const before = saga.journal.length
  t.equal(await engine.send('s0', { type: 'STEP' }), 'committed')
  t.match(saga.journal.slice(before), [
    { actor: null, event: { type: 'STEP' }, state: 'within' },
    { actor: 'inner', event: { type: 'STEP' }, state: 'within', emitted: [{ type: 'STEPPED' }] },
  ])
  t.equal(await engine.send('s0', { type: 'END' }), 'lost')
  await settled()
  t.match(saga.journal.slice(before + 2), [{ actor: null, event: { type: 'END' } }])
  t.match(JSON.parse(saga.journal.at(-1)?.snapshot ?? ''), {
    children: { inner: { snapshot: { status: 'active' } } },
  })
  t.match(saga, { status: 'parked', problem: { code: 'MACHINE_FAILED' } })
})

t.test('a context that can’t be stored fails the machine that made it', async (t) => {
  const { engine, saga } = await waiting()
  await engine.send('s0', { type: 'IN' })
  t.equal(await engine.send('s0', { type: 'KEEP' }), 'committed')
  t.match(saga, { status: 'running', state: 'sorry' })
})
