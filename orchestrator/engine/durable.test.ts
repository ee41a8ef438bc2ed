import t from 'tap'
import { assign, emit, enqueueActions, log, sendParent, sendTo, setup, stopChild } from 'xstate'
import { Bench, call, note, noted } from '../../test/simulation/bench.ts'

t.beforeEach(() => void noted.splice(0))

const calling = setup({ actors: { call } })

t.test('effects wait for the gate, and come through it in their order', async (t) => {
  const machine = calling.createMachine({
    id: 'm',
    entry: [note('root entered'), emit({ type: 'BEGAN' })],
    initial: 'a',
    states: {
      a: {
        entry: [note('a entered'), log('logged')],
        invoke: { id: 'one', src: 'call', input: 'one' },
        on: { GO: { target: 'b', actions: note('on the way') } },
        exit: note('a left'),
      },
      b: { entry: note('b entered'), invoke: { id: 'two', src: 'call', input: 'two' } },
    },
  })
  const bench = new Bench(machine)
  t.same(noted, [])
  t.match(bench.gate.recorded, [{ event: { type: 'xstate.init' }, at: 1_000, emitted: [{ type: 'BEGAN' }] }])
  bench.gate.open()
  t.same(noted, ['root entered', 'a entered', 'logged', 'call one'])
  bench.now = 2_000
  bench.actor.send({ type: 'GO' })
  t.same(noted.slice(4), ['abort one'], 'a stop only takes back, and passes')
  t.match(bench.gate.recorded[1], { event: { type: 'GO' }, at: 2_000, timer: undefined, emitted: [] })
  bench.gate.open()
  t.same(noted.slice(5), ['a left', 'on the way', 'b entered', 'call two'])
})

t.test('a child that is stopped before its commit never starts', async (t) => {
  const machine = calling.createMachine({
    id: 'm',
    initial: 'a',
    states: { a: { invoke: { id: 'one', src: 'call', input: 'one' }, on: { GO: 'b' } }, b: {} },
  })
  const bench = new Bench(machine)
  bench.actor.send({ type: 'GO' })
  bench.gate.open()
  t.same(noted, [])
  t.equal(bench.snapshot.value, 'b')
})

t.test('an event that no state listens to is not recorded', async (t) => {
  const bench = new Bench(setup({}).createMachine({ id: 'm' }))
  bench.actor.send({ type: 'NOBODY' })
  t.same(bench.gate.told, ['root: xstate.init'])
})

t.test('restored, a saga starts the children that its snapshot announces, without a gate', async (t) => {
  const machine = calling.createMachine({
    id: 'm',
    entry: note('entered'),
    invoke: { id: 'one', src: 'call', input: 'one' },
  })
  const { persisted } = new Bench(machine)
  t.same(noted, [])
  const bench = new Bench(machine, persisted)
  t.same(noted, ['call one'])
  t.same(bench.gate.recorded, [])
})

t.test('a transition that only acts, and changes nothing, is recorded with what it asks for', async (t) => {
  const machine = setup({}).createMachine({
    id: 'm',
    on: { SAY: { actions: emit({ type: 'SAID' }) }, ACT: { actions: note('acted') }, NOTHING: {} },
  })
  const bench = new Bench(machine)
  bench.actor.send({ type: 'SAY' })
  t.match(bench.gate.recorded[1], { event: { type: 'SAY' }, emitted: [{ type: 'SAID' }] })
  bench.actor.send({ type: 'ACT' })
  t.same(noted, [])
  bench.gate.open()
  t.same(noted, ['acted'])
  bench.actor.send({ type: 'NOTHING' })
  t.same(bench.gate.told, ['root: xstate.init', 'root: SAY', 'root: ACT'])
})

t.test('the end of a child is recorded, even if its parent does nothing with it', async (t) => {
  const child = setup({}).createMachine({ id: 'c', initial: 'over', states: { over: { type: 'final' } } })
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    invoke: { id: 'child', src: 'child', onDone: {} },
  })
  const bench = new Bench(machine)
  t.same(bench.gate.told, ['child: xstate.init', 'root: xstate.init', 'root: xstate.done.actor.child'])
})

t.test('a child that an assign spawns waits at the gate too', async (t) => {
  const machine = calling.createMachine({
    id: 'm',
    context: ({ spawn }) => ({ child: spawn('call', { id: 'one', input: 'one' }) }),
    on: { STOP: { actions: stopChild('one') } },
  })
  const bench = new Bench(machine)
  t.same(noted, [])
  bench.gate.open()
  t.same(noted, ['call one'])
  bench.actor.send({ type: 'STOP' })
  t.same(noted.slice(1), ['abort one'])
})

/** Calls when told to, tells its parent, and ends. */
const child = setup({ actors: { call } }).createMachine({
  id: 'child',
  initial: 'waiting',
  states: {
    waiting: { on: { GO: 'calling' } },
    calling: {
      entry: sendParent({ type: 'CALLING' }),
      invoke: { id: 'deep', src: 'call', input: 'deep' },
      after: { 50: 'over' },
      on: { BREAK: { actions: () => undefined, target: 'broken' } },
    },
    broken: { entry: enqueueActions(() => throwIt()) },
    over: { type: 'final' },
  },
})
function throwIt(): never {
  throw new Error('it broke')
}

const parent = setup({ actors: { child } }).createMachine({
  id: 'parent',
  initial: 'busy',
  states: {
    busy: {
      entry: sendTo('child', { type: 'GO' }),
      invoke: { id: 'child', src: 'child', onDone: 'over', onError: 'sorry' },
      on: {
        CALLING: { actions: assign({}) },
        BREAK: { actions: sendTo('child', { type: 'BREAK' }) },
        LEAVE: 'over',
      },
    },
    sorry: {},
    over: {},
  },
})

t.test('machines of one saga talk within one commit, and only what leaves the saga waits', async (t) => {
  const bench = new Bench(parent)
  t.same(bench.gate.told, ['child: xstate.init', 'root: xstate.init', 'child: GO', 'root: CALLING'])
  t.same(noted, [])
  bench.gate.open()
  t.same(noted, ['call deep'])
  t.same(bench.armed, [50])
  bench.fire(0)
  t.same(bench.gate.told.slice(4), ['child: xstate.after.50.child.calling', 'root: xstate.done.actor.child'])
  t.equal(bench.snapshot.value, 'over')
})

t.test(
  'a machine within is restored with its timers and calls, and stopped with its parent’s state',
  async (t) => {
    const first = new Bench(parent)
    const bench = new Bench(parent, first.persisted)
    t.same(noted, ['call deep'])
    t.same(bench.armed, [50])
    bench.actor.send({ type: 'LEAVE' })
    t.same(noted, ['call deep', 'abort deep'])
    t.same(bench.armed, [])
    t.same(bench.gate.told, ['root: LEAVE'])
  },
)

t.test('a machine that throws is not recorded, asks for nothing, and its calls are aborted', async (t) => {
  const bench = new Bench(parent)
  bench.gate.open()
  const before = bench.gate.recorded.length
  bench.actor.send({ type: 'BREAK' })
  t.same(noted, ['call deep', 'abort deep'])
  t.same(bench.gate.told.slice(before), ['root: BREAK', 'root: xstate.error.actor.child'])
  t.equal(bench.snapshot.value, 'sorry')
})

t.test('a machine that throws on its way in is not recorded', async (t) => {
  const bench = new Bench(setup({}).createMachine({ id: 'm', context: throwIt }))
  t.same(bench.gate.recorded, [])
  t.equal(bench.snapshot.status, 'error')
})

t.test('a sendTo with a delay, which only a running machine can betray, breaks it', async (t) => {
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    invoke: { id: 'child', src: 'child' },
    on: {
      E: {
        actions: enqueueActions(({ enqueue }) => enqueue.sendTo('child', { type: 'GO' }, { delay: 5 })),
      },
    },
  })
  const bench = new Bench(machine)
  bench.actor.send({ type: 'E' })
  t.match(bench.snapshot, { status: 'error', error: { message: /sendTo with a delay is not durable/ } })
})

t.test('stopping an actor is no transition', async (t) => {
  const bench = new Bench(parent)
  const before = bench.gate.told
  bench.actor.stop()
  t.same(bench.gate.told, before)
})

t.test('a verb of an operator is one transition, and none where it leads nowhere', async (t) => {
  const machine = calling.createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { invoke: { id: 'one', src: 'call', input: 'one' }, on: { CANCEL: 'b' } },
      b: { entry: emit({ type: 'STOPPED' }), invoke: { id: 'two', src: 'call', input: 'two' } },
    },
  })
  const bench = new Bench(machine)
  bench.gate.open()
  const by = { actor: 'ada', reason: 'why not' }
  bench.actor.send({ type: 'skald.retry', ...by })
  t.equal(bench.gate.recorded.length, 1)
  bench.actor.send({ type: 'skald.cancel', ...by })
  t.match(bench.gate.recorded[1], { event: { type: 'skald.cancel', ...by }, emitted: [{ type: 'STOPPED' }] })
  t.same(noted, ['call one', 'abort one'])
  bench.gate.open()
  t.same(noted.slice(2), ['call two'])
})
