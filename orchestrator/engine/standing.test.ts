import t from 'tap'
import { listening } from '../../test/kit/operated-charts.ts'
import { Bench } from '../../test/simulation/bench.ts'
import { hasParked, Standing } from './standing.ts'

const failure = { name: 'StepInDoubt', message: 'no', code: 'TIMEOUT', step: 'a', inDoubt: true }
const failed = { type: 'xstate.error.actor.undo-a', actorId: 'undo-a', error: failure }

t.test('it is told anew with each transition: status, state, step and trouble', (t) => {
  const bench = new Bench(listening)
  const standing = new Standing({ state: '', trouble: null })
  standing.after({ type: 'xstate.init' }, bench.snapshot)
  t.same(standing.now, { status: 'running', state: 'doing.a', step: 'a', trouble: null })
  bench.actor.send({ type: 'CANCEL' })
  standing.after({ type: 'CANCEL' }, bench.snapshot)
  t.match(standing.now, { status: 'compensating', state: 'undoing.a', step: 'a' })
  bench.actor.send(failed)
  standing.after(failed, bench.snapshot)
  t.match(standing.now, { status: 'parked', state: 'parked', step: 'a', trouble: { failing: { tries: 1 } } })
  t.end()
})

t.test('a saga that comes back stands where it stood, for what it was parked', (t) => {
  const { snapshot } = new Bench(listening)
  const trouble = { cause: null, failing: { ...failure, invoke: 'a', tries: 3 } }
  const standing = new Standing({ state: 'doing.a', trouble })
  standing.restored(snapshot)
  t.same(standing.now, { status: 'running', state: 'doing.a', step: 'a', trouble })
  t.end()
})

t.test('a saga that was moved stands where its new version says, and keeps its trouble', (t) => {
  const trouble = { cause: null, failing: { ...failure, invoke: 'a', tries: 3 } }
  const to = { snapshot: {}, status: 'parked', state: 'waits', wakeAt: 'on_event' } as const
  const standing = new Standing({ state: 'parked', trouble })
  standing.moved({ ...to, step: null })
  t.same(standing.now, { status: 'parked', state: 'waits', step: 'a', trouble })
  standing.moved({ ...to, step: 'b' })
  t.match(standing.now, { step: 'b' })
  const untroubled = new Standing({ state: 'parked', trouble: null })
  untroubled.moved({ ...to, step: null })
  t.match(untroubled.now, { step: null })
  t.end()
})

t.test('it is about no step where none is open, and none fails', (t) => {
  const bench = new Bench(listening)
  bench.actor.send({ type: 'skald.abandon' })
  const standing = new Standing({ state: '', trouble: null })
  standing.after({ type: 'GO' }, bench.snapshot)
  t.equal(standing.now.step, null)
  t.end()
})

t.test('it goes back as a whole to where the last commit left it', (t) => {
  const bench = new Bench(listening)
  const standing = new Standing({ state: '', trouble: null })
  standing.after({ type: 'xstate.init' }, bench.snapshot)
  const before = standing.now
  bench.actor.send({ type: 'CANCEL' })
  standing.after({ type: 'CANCEL' }, bench.snapshot)
  standing.backTo(before)
  t.same(standing.now, { status: 'running', state: 'doing.a', step: 'a', trouble: null })
  t.end()
})

const parked = (tries: number) => ({
  status: 'parked' as const,
  trouble: { cause: null, failing: { ...failure, invoke: 'a', tries } },
  problem: null,
})
const from = (status: 'compensating' | 'parked') => ({ status })

t.test('a parking is told once, however often it is tried again, and each problem of its own', (t) => {
  t.equal(hasParked(from('compensating'), parked(1), null), true)
  t.equal(hasParked(from('parked'), parked(1), null), false)
  t.equal(hasParked(from('compensating'), parked(2), null), false)
  t.equal(hasParked(from('compensating'), { ...parked(1), status: 'failed' }, null), false)
  const problem = { code: 'MACHINE_FAILED', message: 'it broke' } as const
  t.equal(hasParked(from('compensating'), { ...parked(2), problem }, null), true)
  t.equal(hasParked(from('parked'), { ...parked(1), problem }, problem), false)
  t.equal(hasParked(from('parked'), { ...parked(1), problem }, { ...problem, code: 'WRITE_REFUSED' }), true)
  t.end()
})
