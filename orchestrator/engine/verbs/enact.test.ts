import t from 'tap'
import { assign, emit, raise, type AnyStateMachine } from 'xstate'
import { Bench } from '../../../test/simulation/bench.ts'
import { forward, listening, sides, silent, surroundings } from '../../../test/kit/operated-charts.ts'
import { OperatedSaga, others } from '../../../test/kit/operated-saga.ts'
import { nested } from '../../../test/simulation/machines.ts'
import { misfitOf } from '../fit.ts'
import { stepsToRetry } from './enact.ts'
import { asEvent } from './operator-event.ts'

const begin = (machine: AnyStateMachine) => new OperatedSaga(machine).begin()

/** Parked for the compensation of `b`. */
async function parked(machine: AnyStateMachine): Promise<OperatedSaga> {
  const saga = await begin(machine)
  if (saga.saga.state === 'doing.a') await saga.answer()
  await saga.fail()
  await saga.fail()
  return saga
}

t.test('a retry goes back to where it stopped, as the chart says on RETRY', async (t) => {
  const saga = await parked(listening)
  t.equal(await saga.act('retry'), 'applied: undoing.b')
  t.match(saga.saga.journal.at(-1), { event: { type: 'skald.retry', actor: 'ada', reason: 'it is stuck' } })
  t.same(saga.called.slice(-1), ['b {"nr":1}'])
  t.equal(await saga.act('retry'), 'ignored: undoing.b', 'it is at work')
  t.equal(saga.difference, undefined)
})

t.test('a chart that does not listen to RETRY is let go by the timer that would do so', async (t) => {
  const saga = await parked(silent)
  t.equal(
    await saga.act('retry'),
    'applied: undoing.b',
    'not by the one that reminds, nor the one that gives up',
  )
  t.match(saga.snapshot, { timers: {} })
  await saga.store.clock.pass(20_000)
  t.equal(saga.saga.state, 'undoing.b', 'and no timer of before fires')
  t.equal(saga.difference, undefined)
})

t.test('a guard of the chart has the last word on RETRY, and on CANCEL', async (t) => {
  const guarded = surroundings.createMachine({
    id: 'm',
    version: '1',
    context: { n: 0 },
    initial: 'doing',
    states: {
      doing: {
        invoke: { id: 'a', src: 'a', input: { nr: 1 }, onDone: 'done', onError: 'parked' },
        on: { CANCEL: { guard: ({ event }) => event['actor'] === 'bob', target: 'failed' } },
      },
      parked: {
        on: { RETRY: { guard: ({ event }) => event['actor'] === 'bob', target: 'doing' } },
        after: { 5_000: 'doing' },
      },
      done: { type: 'final' },
      failed: { type: 'final' },
    },
  })
  const saga = await begin(guarded)
  t.equal(await saga.act('cancel'), 'ignored: doing')
  t.equal(await saga.act('compensate'), 'ignored: doing')
  await saga.fail()
  t.equal(await saga.act('retry'), 'ignored: parked')
  t.equal(await saga.act('retry', { actor: 'bob' }), 'applied: doing')
  t.equal(await saga.act('cancel', { actor: 'bob' }), 'applied: failed')
  t.equal(saga.difference, undefined)
})

t.test('an event that only a wildcard takes is none that the chart names', async (t) => {
  const wild = surroundings.createMachine({
    id: 'm',
    version: '1',
    context: { n: 0 },
    on: { '*': { actions: emit({ type: 'HEARD' }) } },
    initial: 'doing',
    states: {
      doing: { invoke: { id: 'a', src: 'a', input: { nr: 1 }, onDone: 'done', onError: 'parked' } },
      parked: { after: { 5_000: 'doing' } },
      done: { type: 'final' },
    },
  })
  const saga = await begin(wild)
  t.equal(await saga.act('cancel'), 'ignored: doing')
  t.equal(await saga.act('retry'), 'ignored: doing')
  await saga.fail()
  t.equal(await saga.act('retry'), 'applied: doing')
  t.equal(
    await saga.send({ type: 'skald.later' }),
    'ignored: doing',
    'nor a verb that only a later version knows',
  )
})

t.test(
  'a chart that is parked for ever, or whose timers lead nowhere, is not let go by a retry',
  async (t) => {
    const saga = await begin(sides)
    await saga.fail()
    await saga.fail()
    t.equal(await saga.act('retry'), 'ignored: parked')
    t.same(saga.possible, ['abandon'])
  },
)

t.test(
  'of two timers that are due at once the first by name is taken, however a store keeps them',
  async (t) => {
    const twice = surroundings.createMachine({
      id: 'm',
      version: '1',
      context: { n: 0 },
      initial: 'parked',
      states: {
        parked: {
          entry: [raise({ type: 'B' }, { delay: 5, id: 'b' }), raise({ type: 'A' }, { delay: 5, id: 'a' })],
          on: { A: 'first', B: 'second' },
        },
        first: {},
        second: {},
      },
    })
    const saga = await begin(twice)
    t.equal(await saga.act('retry'), 'applied: first')
    t.equal(saga.difference, undefined)
  },
)

t.test('a saga that the engine had parked is retried by its load, and that is told once', async (t) => {
  const saga = await begin(staying({ actions: assign({ n: ({ event }) => event['output'].n.toFixed() }) }))
  await saga.answer({})
  t.match(saga.saga, { status: 'parked', problem: { code: 'MACHINE_FAILED' } })
  t.equal(
    await saga.act('retry', { step: 'a', input: { nr: 2 } }),
    'ignored: doing',
    'no step asks for an input',
  )
  await saga.answer({})
  t.equal(await saga.act('retry'), 'applied: doing')
  t.match(saga.saga, { status: 'running', problem: null })
  t.match(saga.saga.journal.at(-1), { event: { type: 'skald.retry', problem: { code: 'MACHINE_FAILED' } } })
  t.equal(await saga.act('retry'), 'ignored: doing', 'nothing is wrong any more')
  t.equal(saga.difference, undefined)
})

t.test('it is known before which steps a verb could be about', async (t) => {
  const saga = await begin(sides)
  t.same(saga.possible, ['complete a b', 'compensate', 'cancel', 'abandon'])
  const waits = await begin(forward)
  await waits.fail()
  t.same(waits.possible, ['retry c', 'complete c', 'compensate', 'cancel', 'abandon'])
})

t.test('a move to another version is nothing that a chart could say', (t) => {
  const { actor, gate } = new Bench(listening)
  actor.send(asEvent({ type: 'skald.migrate', from: '1', to: '2', actor: 'ada', reason: 'why not' }))
  t.equal(gate.recorded.length, 1)
  t.end()
})

t.test('a retry that leads nowhere calls no step', (t) => {
  const { snapshot } = new Bench(listening)
  const retry = { type: 'skald.retry', actor: 'ada', reason: 'why not' } as const
  t.same(stepsToRetry({ machine: listening, timers: {} }, snapshot, retry), [])
  t.end()
})

t.test('a step is called with a corrected input where it allows that, and under its name', async (t) => {
  const saga = await begin(forward)
  await saga.fail()
  t.equal(await saga.act('retry', { input: { nr: 2 } }), 'ignored: parked', 'nobody said which step')
  t.equal(await saga.act('retry', { step: 'c', input: { nr: 2 } }), 'applied: doing.c')
  t.same(saga.called, ['c {"nr":1}', 'c {"nr":2}'])
  t.match(saga.snapshot, { children: { c: { snapshot: { input: { nr: 2 } } } } })
  t.equal(saga.difference, undefined)
  const strict = await parked(listening)
  t.equal(
    await strict.act('retry', { step: 'b', input: { nr: 2 } }),
    'ignored: parked',
    'it has no correction',
  )
})

t.test(
  'a compensation that a person did is skipped: while it is open, and while the saga is parked',
  async (t) => {
    const saga = await begin(listening)
    await saga.answer()
    await saga.fail()
    t.equal(await saga.act('skip', { step: 'a' }), 'ignored: undoing.b', 'another is open')
    t.equal(await saga.act('skip'), 'ignored: undoing.b', 'nobody said which')
    t.equal(await saga.act('skip', { step: 'b' }), 'applied: undoing.a')
    t.same(saga.open.slice(-1), ['a'], 'its call is aborted, and the next one made')
    await saga.fail()
    const calls = saga.called.length
    t.equal(await saga.act('skip', { step: 'a' }), 'applied: failed')
    t.equal(saga.called.length, calls, 'it was never called again')
    t.match(saga.saga, { status: 'failed', wakeAt: 'ended' })
    t.equal(saga.difference, undefined)
  },
)

t.test(
  'a step is completed with what a person looked up: while it is open, and while the saga is parked',
  async (t) => {
    const saga = await begin(listening)
    t.equal(await saga.act('complete', { step: 'b', output: { n: 5 } }), 'ignored: doing.a')
    t.equal(await saga.act('complete', { step: 'a', output: { n: 5 } }), 'applied: doing.b')
    t.equal(saga.bench.steps.calls[0]?.signal.aborted, true)
    await saga.answer()
    t.equal(saga.saga.status, 'done')
    const waits = await begin(forward)
    await waits.fail()
    t.equal(await waits.act('complete', { step: 'c', output: { n: 5 } }), 'applied: done')
    t.equal(waits.called.length, 1)
    t.equal(waits.difference, undefined)
  },
)

t.test('a saga is turned back by CANCEL, by whatever of the two names it is asked', async (t) => {
  for (const verb of ['cancel', 'compensate'] as const) {
    const saga = await begin(listening)
    t.equal(await saga.act(verb), 'applied: undoing.a')
    t.equal(await saga.act(verb), 'ignored: undoing.a', 'it is turned back already')
    t.equal(saga.difference, undefined)
  }
})

t.test(
  'a chart that does not listen to CANCEL is turned back as though its step had failed in doubt',
  async (t) => {
    const saga = await begin(silent)
    t.equal(await saga.act('cancel', { step: 'a' }), 'ignored: doing.b', 'another step is open')
    t.equal(await saga.act('cancel'), 'applied: undoing.b')
    t.match(saga.saga.trouble, { cause: { code: 'CANCELLED', message: 'it is stuck' } })
    t.equal(saga.difference, undefined)
    const other = await begin(silent)
    t.equal(await other.act('compensate'), 'applied: undoing.b')
    t.match(other.saga.trouble, { cause: { code: 'COMPENSATED' } })
  },
)

t.test('a saga that is parked on its way forward is turned back where it would go on', async (t) => {
  const saga = await begin(forward)
  await saga.fail()
  t.equal(await saga.act('compensate'), 'applied: undoing.a', 'by the CANCEL that is listened to there')
  t.same(saga.called, ['c {"nr":1}', 'a {"nr":1}'], 'and the step is not called again')
  t.equal(saga.difference, undefined)
})

t.test('of two steps at a time each is completed by itself, and either turns back both', async (t) => {
  const saga = await begin(sides)
  t.equal(await saga.act('complete', { output: { n: 1 } }), 'ignored: doing.left.open,right.open')
  t.equal(await saga.act('complete', { step: 'b', output: { n: 1 } }), 'applied: doing.left.open,right.over')
  t.same(saga.open, ['a'])
  t.equal(await saga.act('compensate'), 'applied: undoing.b')
  t.same(saga.difference, undefined)
  const both = await begin(sides)
  t.equal(await both.act('cancel'), 'applied: undoing.b')
  t.same(both.open, ['b'], 'the compensation')
})

t.test(
  'a saga within which a machine is at work can only be given up, with all that is open in it',
  async (t) => {
    const saga = await begin(nested)
    t.equal(await saga.act('complete', { step: 'pick', output: { n: 1 } }), `ignored: ${saga.saga.state}`)
    t.match(await saga.act('abandon'), /applied/)
    t.match(saga.snapshot, { status: 'done', children: {}, timers: {}, output: { undone: false } })
    t.equal(saga.difference, undefined)
  },
)

const staying = (onDone: object) =>
  surroundings.createMachine({
    id: 'm',
    version: '1',
    context: { n: 0 },
    initial: 'doing',
    states: {
      doing: {
        invoke: { id: 'a', src: 'a', input: { nr: 1 }, onDone, onError: {} },
        on: { GO: 'done' },
      },
      done: { type: 'final' },
    },
  })

t.test(
  'a step whose end leads nowhere else is over all the same: its call ends, and the saga can be loaded',
  async (t) => {
    const keeps = staying({ actions: assign({ n: ({ event }) => event['output'].n }) })
    for (const machine of [keeps, staying({})]) {
      const saga = await begin(machine)
      t.equal(await saga.act('complete', { step: 'a', output: { n: 5 } }), 'applied: doing')
      t.same(saga.open, [])
      t.match(saga.snapshot, { children: { a: { snapshot: { status: 'done', output: { n: 5 } } } } })
      t.equal(misfitOf(machine, saga.snapshot), undefined)
      t.equal(saga.difference, undefined)
      t.equal(await saga.act('complete', { step: 'a', output: { n: 6 } }), 'ignored: doing', 'it is not open')
      saga.bench.engine.stop()
      const next = await new OperatedSaga(machine, saga.store).begin()
      t.equal(await next.send({ type: 'GO' }), 'applied: done')
      t.same(next.called, [])
    }
  },
)

t.test('an end that a guard refuses finishes nothing', async (t) => {
  const saga = await begin(
    staying({
      guard: ({ event }: { event: { output?: { n: number } } }) => event.output?.n === 7,
      target: 'done',
    }),
  )
  t.equal(await saga.act('complete', { step: 'a', output: { n: 5 } }), 'ignored: doing')
  t.same(saga.open, ['a'])
  t.equal(await saga.act('complete', { step: 'a', output: { n: 7 } }), 'applied: done')
})

t.test('a verb whose step was announced, and not called yet, keeps it from being called', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const saga = await begin(listening)
  saga.store.until = promise
  saga.bench.steps.last.answer({ n: 1 })
  const acting = saga.act('complete', { step: 'b', output: { n: 2 } })
  resolve()
  t.equal(await acting, 'applied: done')
  t.same(saga.called, ['a {"nr":1}'])
  t.equal(saga.difference, undefined)
})

t.test('a chart that throws on a verb does not allow it, and goes on', async (t) => {
  const machine = staying({ actions: assign({ n: ({ event }) => event['output'].n.length.toFixed() }) })
  const saga = await begin(machine)
  t.equal(await saga.act('complete', { step: 'a', output: {} }), 'ignored: doing')
  t.match(saga.saga, { status: 'running', problem: null })
  t.same(saga.open, ['a'])
})

t.test('an abandoned saga ends where it stood, tells of it, and calls nothing more', async (t) => {
  const saga = await parked(listening)
  const calls = saga.called.length
  t.equal(await saga.act('abandon'), 'applied: parked')
  t.match(saga.saga, {
    status: 'failed',
    wakeAt: 'ended',
    trouble: { cause: { code: 'ABANDONED' }, failing: null },
  })
  t.match(saga.saga.journal.at(-1), { emitted: [{ type: 'ABANDONED', actor: 'ada', reason: 'it is stuck' }] })
  t.match([...saga.saga.notices.values()].at(-1), {
    kind: 'failed',
    payload: { status: 'failed', error: { code: 'ABANDONED' } },
  })
  await saga.store.clock.pass(60_000)
  t.equal(saga.called.length, calls)
  t.equal(saga.difference, undefined)
})

t.test('a verb that leads nowhere changes nothing', async (t) => {
  const saga = await begin(listening)
  const rows = saga.saga.journal.length
  for (const verb of others('cancel', 'compensate', 'abandon')) {
    t.equal(await saga.act(verb, { output: { n: 1 } }), 'ignored: doing.a', verb)
  }
  t.equal(await saga.act('migrate', { from: '1', to: '2' }), 'ignored: doing.a')
  t.equal(saga.saga.journal.length, rows)
  t.same(saga.open, ['a'])
})
