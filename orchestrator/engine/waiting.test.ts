import t from 'tap'
import { setup, type AnyStateMachine } from 'xstate'
import { Bench, call } from '../../test/simulation/bench.ts'
import { wakeAtOf } from './waiting.ts'

const NOW = 1_000

const withCall = setup({ actors: { call } })

/** A nested machine in the given state. */
const nested = (inner: AnyStateMachine) =>
  setup({ actors: { inner } }).createMachine({
    id: 'outer',
    initial: 'a',
    states: { a: { invoke: { id: 'inner', src: 'inner' }, after: { 500: 'b' } }, b: {} },
  })

const working = withCall.createMachine({
  id: 'working',
  initial: 'a',
  states: { a: { invoke: { id: 'call', src: 'call', input: 'x' }, after: { 100: 'b' } }, b: {} },
})
const timed = setup({}).createMachine({
  id: 'timed',
  type: 'parallel',
  states: {
    long: { initial: 'a', states: { a: { after: { 900: 'b' } }, b: {} } },
    short: { initial: 'a', states: { a: { after: { 200: 'b' } }, b: {} } },
  },
})
const listening = setup({}).createMachine({ id: 'listening', initial: 'a', states: { a: {} } })
const ended = setup({}).createMachine({ id: 'ended', initial: 'a', states: { a: { type: 'final' } } })

const wakeAt = (machine: AnyStateMachine) => wakeAtOf(new Bench(machine).snapshot)

t.test('a saga with a step under way is in flight, whatever its timers are', async (t) => {
  t.equal(wakeAt(working), 'in_flight')
})

t.test('a saga that only waits, waits for the first of its timers', async (t) => {
  t.equal(wakeAt(timed), NOW + 200)
})

t.test('a saga without a timer waits for an event', async (t) => {
  t.equal(wakeAt(listening), 'on_event')
})

t.test('a nested machine waits as its parent does, and works as it does', async (t) => {
  t.equal(wakeAt(nested(listening)), NOW + 500)
  t.equal(wakeAt(nested(timed)), NOW + 200)
  t.equal(wakeAt(nested(working)), 'in_flight')
  t.equal(wakeAt(nested(ended)), NOW + 500, 'one that has ended, waits for nothing')
})

t.test('a saga that has ended is never wanted again', async (t) => {
  t.equal(wakeAt(ended), 'ended')
})
