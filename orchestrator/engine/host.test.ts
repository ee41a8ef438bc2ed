import t from 'tap'
import { assign, emit, enqueueActions, sendTo, setup, type AnyStateMachine } from 'xstate'
import { Type } from 'typebox'
import { step } from '../../machines/step.ts'
import { handEngine, HandStore, LEASE_MS, settled } from '../../test/simulation/hand-store.ts'

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
        AGAIN: 'calling',
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
  const bench = handEngine({ store, machines: [source], businessKey: 'key' })
  /** What became of an event, once whoever poked the engine is told. */
  const send = async (sagaId: string, type: string) => {
    const id = store.post(sagaId, { type })
    await bench.engine.poke()
    return store.outcomeOf(id)
  }
  return { ...bench, send }
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
  const { store, steps, notes, engine, send } = benchOf()
  await engine.open()
  const started = await engine.start({ machine: 'm', input: { key: 'k' }, idempotency: null })
  t.same(started, { kind: 'started', sagaId: 's0' })
  t.same(notes, ['started s0', '0 calling'])
  t.match(steps.calls, [{ sagaId: 's0', step: 'call', resumed: false }])
  const departure = engine.exited('s0')
  steps.last.answer({ n: 4 })
  await settled()
  t.equal(await send('s0', 'DONE'), 'applied')
  t.same(await departure, { exit: 'ended', status: 'done', output: { n: 4 } })
  t.same(notes.slice(2), ['1 waiting', '2 done', 'ended done'])
  t.match(store.saga('s0'), { status: 'done', state: 'done', problem: null, start: { businessKey: 'k' } })
  t.equal(engine.inFlight, 0)
})

t.test(
  'an event is answered by the commit that it led to, and one that nobody listens to as well',
  async (t) => {
    const { engine, store, saga, send } = await waiting()
    t.equal(await send('s0', 'NOBODY'), 'ignored')
    t.equal(saga.journal.length, 2)
    const { promise, resolve } = Promise.withResolvers<void>()
    store.until = promise
    const id = store.post('s0', { type: 'NOTE' })
    let isTold = false
    const poking = engine.poke().then(() => (isTold = true))
    await settled()
    t.notOk(isTold)
    t.equal(store.outcomeOf(id), null)
    t.equal(saga.journal.length, 2)
    resolve()
    await poking
    t.equal(store.outcomeOf(id), 'applied')
    t.equal(saga.journal.length, 3)
  },
)

t.test('events that come while a commit is under way share the next one', async (t) => {
  const { engine, store, saga } = await waiting()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.until = promise
  store.post('s0', { type: 'NOTE' })
  const first = engine.poke()
  await settled()
  const before = store.writes
  const ids = [1, 2, 3].map(() => store.post('s0', { type: 'NOTE' }))
  const others = engine.poke()
  await settled()
  resolve()
  await Promise.all([first, others])
  t.same(
    ids.map((id) => store.outcomeOf(id)),
    ['applied', 'applied', 'applied'],
  )
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
  t.equal(engine.inFlight, 1)
  t.equal(steps.calls.length, 2)
  await store.clock.pass(LEASE_MS)
  t.equal(notes.at(-1), 'resumed in calling: takeover', 'if nobody else owns it after all, it goes on here')
  t.match(steps.last, { sagaId: 's0', resumed: true })
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
  const { store, steps, engine, send } = benchOf(new HandStore(), parallel)
  await engine.open()
  await engine.start({ machine: 'm', input: {}, idempotency: null })
  store.instead.push({ kind: 'lost' })
  t.equal(steps.last.signal.aborted, false)
  t.equal(await send('s0', 'NOTE'), null)
  t.equal(steps.last.signal.aborted, true)
})

t.test('a machine that throws parks its saga, says why, and harms no other', async (t) => {
  const { engine, notes, saga, store, send } = await waiting()
  await engine.start({ machine: 'm', input: {}, idempotency: null })
  const departure = engine.exited('s0')
  t.equal(await send('s0', 'BREAK'), 'ignored', 'and it does not come again')
  t.match(await departure, { exit: 'parked' })
  t.match(saga, {
    status: 'parked',
    state: 'waiting',
    problem: { code: 'MACHINE_FAILED', message: /it broke/ },
  })
  t.equal(saga.journal.length, 2)
  t.match(notes.slice(-2), [/trouble: [^]*it broke/, 'parked in waiting: MACHINE_FAILED'])
  t.equal(engine.inFlight, 1)

  const next = benchOf(store)
  await next.engine.open()
  await settled()
  t.match(saga, { status: 'running', state: 'waiting', problem: null })
  t.equal(await next.send('s0', 'DONE'), 'applied')
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
  const { engine, store, steps, saga } = await waiting()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.until = promise
  store.post('s0', { type: 'AGAIN' })
  const again = engine.poke()
  await settled()
  // Its commit is under way, the call held behind it; an answer that nobody asked for breaks the machine.
  const id = store.post('s0', { type: 'xstate.done.actor.call', output: { n: 13 } })
  const breaking = engine.poke()
  await settled()
  resolve()
  await Promise.all([again, breaking])
  await settled()
  t.equal(steps.calls.length, 1, 'the first, of before')
  t.match(saga, { status: 'parked', state: 'calling', problem: { code: 'MACHINE_FAILED' } })
  t.equal(store.outcomeOf(id), 'ignored')
})

t.test('an effect that throws behind its commit is told, and the others are run', async (t) => {
  const { engine, notes, saga, send } = await waiting()
  t.equal(await send('s0', 'ACT'), 'applied')
  t.match(notes.at(-1), /effect failed: Error: it broke/)
  t.match(saga.journal.at(-1), { emitted: [{ type: 'ACTED' }] })
  t.equal(engine.inFlight, 1)
})

t.test('what a machine within did, and its parent broke on, does not stand', async (t) => {
  const { saga, send } = await waiting()
  await send('s0', 'IN')
  const before = saga.journal.length
  t.equal(await send('s0', 'STEP'), 'applied')
  t.match(saga.journal.slice(before), [
    { actor: null, event: { type: 'STEP' }, state: 'within' },
    { actor: 'inner', event: { type: 'STEP' }, state: 'within', emitted: [{ type: 'STEPPED' }] },
  ])
  t.equal(await send('s0', 'END'), 'ignored')
  await settled()
  t.match(saga.journal.slice(before + 2), [{ actor: null, event: { type: 'END' } }])
  t.match(JSON.parse(saga.journal.at(-1)?.snapshot ?? ''), {
    children: { inner: { snapshot: { status: 'active' } } },
  })
  t.match(saga, { status: 'parked', problem: { code: 'MACHINE_FAILED' } })
})

t.test('a context that can’t be stored fails the machine that made it', async (t) => {
  const { saga, send } = await waiting()
  await send('s0', 'IN')
  t.equal(await send('s0', 'KEEP'), 'applied')
  t.match(saga, { status: 'running', state: 'sorry' })
})
