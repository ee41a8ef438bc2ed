import t from 'tap'
import { assign, createActor, setup, toPromise } from 'xstate'
import { Type } from 'typebox'
import { step } from '../../machines/step.ts'
import { systemClock } from './clock.ts'
import { gatedBy } from './durable.ts'
import type { StepCall, StepCaller } from './ports.ts'
import { prepare } from './prepare.ts'

const call = step('call', {
  participant: 'somebody',
  request: (input: { nr: number }) => ({ method: 'POST', path: `/${input.nr}` }),
  reply: Type.Object({ n: Type.Number() }),
})

interface Kept {
  end: { type: string } | null
}

/** Its output is the event in which the step's end came. */
const inner = setup({
  types: { context: {} as Kept, output: {} as Kept['end'] },
  actors: { call },
  actions: { keep: assign({ end: ({ event }) => event }) },
}).createMachine({
  id: 'inner',
  version: '1',
  context: { end: null },
  initial: 'calling',
  states: {
    calling: {
      invoke: {
        id: 'call',
        src: 'call',
        input: { nr: 1 },
        onDone: { target: 'over', actions: 'keep' },
        onError: { target: 'over', actions: 'keep' },
      },
    },
    over: { type: 'final' },
  },
  output: ({ context }) => context.end,
})

const machine = setup({
  types: { context: {} as Kept, output: {} as Kept['end'] },
  actors: { inner },
}).createMachine({
  id: 'outer',
  version: '2',
  context: { end: null },
  initial: 'calling',
  states: {
    calling: {
      invoke: {
        id: 'inner',
        src: 'inner',
        onDone: { target: 'over', actions: assign({ end: ({ event }) => event.output }) },
        onError: 'over',
      },
    },
    over: { type: 'final' },
  },
  output: ({ context }) => context.end,
})

const saga = { sagaId: 's', machine: 'm', version: '1', trace: '00-t-p-01' }

/** Runs it; the event in which the step's end came. */
async function endOf(call: StepCaller['call'], isOwned = true, resuming = false): Promise<unknown> {
  const prepared = prepare({ machine }, { call }, systemClock)
  const actor = gatedBy({ record: () => undefined, hold: (effect) => queueMicrotask(effect) }, () =>
    createActor(prepared.logic),
  )
  if (isOwned) prepared.own(actor.system, { identity: saga, resuming })
  const ended = toPromise(actor)
  actor.start()
  return ended
}

t.test('a prepared machine is known by its id, version and business key', async (t) => {
  const prepared = prepare({ machine, businessKey: 'nr' }, { call: async () => null }, systemClock)
  t.match(prepared, { id: 'outer', version: '2', businessKey: 'nr' })
  t.equal(prepared.source, machine)
  t.equal(prepare({ machine }, { call: async () => null }, systemClock).businessKey, undefined)
})

t.test('a step, in a nested machine too, is called for its saga, with its input', async (t) => {
  const calls: StepCall[] = []
  const end = await endOf(async (declaration, call) => {
    t.equal(declaration.step, 'call')
    calls.push(call)
    return { n: 4 }
  })
  t.match(end, { type: 'xstate.done.actor.call', output: { n: 4 } })
  t.match(calls, [{ ...saga, input: { nr: 1 }, resumed: false, signal: { aborted: false } }])
})

t.test('a step started by a resume is told that an earlier life may have called it', async (t) => {
  let resumed: boolean | undefined
  await endOf(
    async (_declaration, call) => {
      resumed = call.resumed
    },
    true,
    true,
  )
  t.equal(resumed, true)
})

t.test('a step’s failure enters the chart as it is', async (t) => {
  const failure = { name: 'StepFailed', message: 'no', code: 'REFUSED', step: 'call', inDoubt: false }
  const end = await endOf(() => Promise.reject(failure))
  t.match(end, { type: 'xstate.error.actor.call', error: failure })
})

t.test('a bug in a step’s body leaves it in doubt, in words that survive JSON', async (t) => {
  const broken = { name: 'StepBroken', code: 'STEP_BROKEN', step: 'call', inDoubt: true }
  const thrown = await endOf(() => Promise.reject(new TypeError('x is not a function')))
  t.same((thrown as { error: unknown }).error, { ...broken, message: 'x is not a function' })
  const atOnce = await endOf(() => {
    throw new Error('before any promise')
  })
  t.same((atOnce as { error: unknown }).error, { ...broken, message: 'before any promise' })
  const odd = await endOf(() => Promise.reject('words'))
  t.same((odd as { error: unknown }).error, { ...broken, message: 'words' })
  const unowned = await endOf(async () => null, false)
  t.match(unowned, { error: { ...broken, message: 'step call was started outside of a saga' } })
})

t.test(
  'a chart that runs in circles fails, also within another, instead of freezing the process',
  async (t) => {
    const circling = setup({}).createMachine({
      id: 'circling',
      version: '1',
      initial: 'a',
      states: { a: { always: 'b' }, b: { always: 'a' } },
    })
    const around = setup({ actors: { circling } }).createMachine({
      id: 'around',
      version: '1',
      initial: 'a',
      states: {
        a: { invoke: { id: 'circling', src: 'circling', onDone: 'b', onError: 'b' } },
        b: { type: 'final' },
      },
    })
    const steps = { call: async () => null }
    const alone = createActor(prepare({ machine: circling }, steps, systemClock).logic)
    t.match(alone.getSnapshot(), { status: 'error', error: { message: /Infinite loop detected/ } })
    const actor = gatedBy({ record: () => undefined, hold: (effect) => effect() }, () =>
      createActor(prepare({ machine: around }, steps, systemClock).logic),
    )
    actor.start()
    t.match(actor.getSnapshot(), { status: 'done', value: 'b' })
  },
)

t.test('a chart may set a limit of its own, below ours', async (t) => {
  const limited = setup({}).createMachine({
    id: 'limited',
    version: '1',
    options: { maxIterations: 7 },
    initial: 'a',
    states: { a: { always: 'b' }, b: { always: 'a' } },
  })
  const { logic } = prepare({ machine: limited }, { call: async () => null }, systemClock)
  t.match(createActor(logic).getSnapshot(), { error: { message: /more than 7 microsteps/ } })
})
