import t from 'tap'
import { assign, cancel, initialTransition, raise, setup, transition, type AnyEventObject } from 'xstate'
import { durable, type DurableSnapshot } from './durable.ts'
import { Bench, noted } from '../../test/simulation/bench.ts'

t.beforeEach(() => void noted.splice(0))

const timed = setup({
  types: { context: {} as { n: number } },
  actions: { count: assign({ n: ({ context }) => context.n + 1 }) },
}).createMachine({
  id: 'm',
  context: { n: 0 },
  initial: 'a',
  states: {
    a: {
      after: { 100: { target: 'b', actions: 'count' } },
      on: { AGAIN: { target: 'a', reenter: true }, AWAY: 'b' },
    },
    b: { on: { BACK: 'a' } },
  },
})
const AFTER = 'xstate.after.100.m.a'

t.test('a timer is data at once, and armed behind the commit', async (t) => {
  const bench = new Bench(timed)
  t.match(bench.snapshot.timers, { [AFTER]: { event: { type: AFTER }, dueAt: 1_100 } })
  t.same(bench.armed, [])
  bench.now = 1_030
  bench.gate.open()
  t.same(bench.armed, [70], 'its deadline does not move')
  bench.fire(0)
  t.match(bench.snapshot, { value: 'b', timers: {}, context: { n: 1 } })
  t.equal(bench.gate.recorded[1]?.timer, AFTER)
})

t.test('a timer that is cancelled before its commit is never armed', async (t) => {
  const bench = new Bench(timed)
  bench.actor.send({ type: 'AWAY' })
  t.same(bench.snapshot.timers, {})
  bench.gate.open()
  t.same(bench.armed, [])
})

t.test(
  'a timer that fires before its cancellation is committed is stale, and nothing comes of it',
  async (t) => {
    const bench = new Bench(timed)
    bench.gate.open()
    bench.actor.send({ type: 'AWAY' })
    bench.actor.send({ type: 'BACK' })
    const before = bench.gate.recorded.length
    t.same(bench.armed, [100], 'the cancellation is held')
    bench.fire(0)
    t.equal(bench.snapshot.value, 'a')
    t.equal(bench.gate.recorded.length, before)
    bench.gate.open()
    t.same(bench.armed, [100], 'one was cleared, the new one armed')
  },
)

t.test('a state entered anew has a new deadline', async (t) => {
  const bench = new Bench(timed)
  bench.gate.open()
  bench.now = 1_050
  bench.actor.send({ type: 'AGAIN' })
  t.match(bench.snapshot.timers, { [AFTER]: { dueAt: 1_150 } })
  bench.gate.open()
  t.same(bench.armed, [100])
})

t.test(
  'a timer that a state no longer heeds is a transition all the same: it must not fire again',
  async (t) => {
    const machine = setup({}).createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { after: { 100: { guard: () => false, target: 'b' } } }, b: {} },
    })
    const bench = new Bench(machine)
    bench.gate.open()
    bench.fire(0)
    t.match(bench.gate.recorded[1], { timer: 'xstate.after.100.m.a', next: { value: 'a', timers: {} } })
  },
)

t.test(
  'raised with a delay, an event has the name that the chart gives it, or one that is always the same',
  async (t) => {
    const machine = setup({}).createMachine({
      id: 'm',
      entry: [
        raise({ type: 'TICK' }, { delay: 10 }),
        raise({ type: 'TICK' }, { delay: 20 }),
        raise({ type: 'TICK' }, { delay: 30, id: 'named' }),
        raise({ type: 'NEVER' }, { delay: 40, id: 'gone' }),
        cancel('gone'),
        raise({ type: 'NOW' }),
      ],
    })
    const bench = new Bench(machine)
    t.same(
      Object.entries(bench.snapshot.timers).map(([id, { dueAt }]) => [id, dueAt]),
      [
        ['xstate.raise#TICK', 1_010],
        ['xstate.raise#TICK#2', 1_020],
        ['named', 1_030],
      ],
    )
    bench.gate.open()
    t.same(bench.armed, [10, 20, 30])
  },
)

t.test('one event object raised twice is two timers', async (t) => {
  const event = { type: 'TICK' }
  const bench = new Bench(
    setup({}).createMachine({ id: 'm', entry: [raise(event, { delay: 10 }), raise(event, { delay: 20 })] }),
  )
  bench.gate.open()
  bench.fire(1)
  t.same(Object.keys(bench.snapshot.timers), ['xstate.raise#TICK'])
  t.equal(bench.gate.recorded[1]?.timer, 'xstate.raise#TICK#2')
})

const tick = (dueAt: number) => ({ event: { type: 'TICK' }, dueAt })

t.test('restored, a saga has its timers at their old deadlines, those overdue first', async (t) => {
  const persisted = {
    status: 'active',
    value: {},
    context: {},
    children: {},
    historyValue: {},
    timers: { later: tick(5_000), z: tick(900), first: tick(100) },
  }
  const machine = setup({}).createMachine({ id: 'm' })
  const bench = new Bench(machine, persisted)
  t.same(bench.armed, [0, 0, 4_000])
  bench.fire(0)
  t.same(Object.keys(bench.snapshot.timers), ['later', 'z'])
  t.equal(bench.gate.recorded[0]?.timer, 'first')
})

t.test('a machine that ended has no timers', async (t) => {
  const machine = setup({}).createMachine({
    id: 'm',
    initial: 'a',
    states: { a: { entry: raise({ type: 'LATE' }, { delay: 9 }), on: { GO: 'b' } }, b: { type: 'final' } },
  })
  const bench = new Bench(machine)
  bench.actor.send({ type: 'GO' })
  t.match(bench.gate.recorded[1]?.next, { status: 'done', timers: {} })
})

t.test('pure transitions compute the same snapshots, and do nothing', async (t) => {
  let now = 1_000
  const logic = durable(timed, () => now)
  const [first] = initialTransition(logic)
  t.match(first, { value: 'a', timers: { [AFTER]: { dueAt: 1_100 } } })
  now = 1_100
  const event = (first as DurableSnapshot).timers[AFTER]?.event as AnyEventObject
  const [second] = transition(logic, first, event)
  t.match(second, { value: 'b', timers: {}, context: { n: 1 } })
  t.same(noted, [])
})
