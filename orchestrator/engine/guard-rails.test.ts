import t from 'tap'
import {
  assign,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  raise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate'
import type { AnyStateMachine } from 'xstate'
import { Type } from 'typebox'
import { commande } from '../../machines/commande/v1/chart.ts'
import { compensation, step } from '../../machines/step.ts'
import { MachineRefusedError } from './errors.ts'
import { faultsOf } from './guard-rails.ts'
import { prepare } from './prepare.ts'
import { systemClock } from './clock.ts'

const declared = {
  participant: 'somebody',
  request: () => ({ method: 'POST', path: '/' }) as const,
  reply: Type.Unknown(),
}
const inner = setup({ actors: { call: step('call', declared) } }).createMachine({
  id: 'inner',
  version: '1',
  initial: 'calling',
  states: {
    calling: { invoke: { id: 'call', src: 'call', onDone: 'over', onError: 'over' } },
    over: { type: 'final' },
  },
})
const base = setup({
  actors: {
    call: step('call', declared),
    undoCall: compensation('call', declared),
    other: step('other', declared),
    listen: fromCallback(() => undefined),
    inner,
  },
  actions: { note: assign({}), shout: () => undefined },
})
const named = { id: 'm', version: '1', initial: 'a' } as const

/** A machine whose state `a` is as given: XState's types refuse some of these, a chart in JavaScript would not. */
const machineWith = (a: object): AnyStateMachine =>
  base.createMachine({ ...named, states: { a, b: { type: 'final' } } } as never) as unknown as AnyStateMachine

const invoke = { id: 'call', src: 'call', onDone: 'b', onError: 'b' } as const

t.test('the commande, and a chart of all that is allowed, have no fault', async (t) => {
  t.same(faultsOf(commande), [])
  const allowed = base.createMachine({
    ...named,
    entry: ['note', emit({ type: 'BEGAN' })],
    states: {
      a: {
        entry: [
          raise({ type: 'E' }, { delay: 1 }),
          sendTo('call', { type: 'E' }),
          spawnChild('inner', { id: 'i' }),
        ],
        invoke: [invoke, { id: 'undo', src: 'undoCall', onDone: 'b', onError: 'b' }],
        always: { guard: () => false, target: 'b', actions: 'note' },
        after: { 10: { target: 'b', actions: { type: 'note' } } },
        on: { E: { actions: enqueueActions(() => undefined) } },
      },
      b: { type: 'final' },
    },
  })
  t.same(faultsOf(allowed), [])
})

const FAULTY: [string, object, RegExp][] = [
  ['an invoke without an id', { invoke: { ...invoke, id: undefined } }, /the invoke in m.a has no id/],
  [
    'two invokes of one id',
    { invoke: [invoke, { ...invoke, src: 'other' }] },
    /the invoke in m.a has the id call, as has the one in m.a/,
  ],
  ['no onError', { invoke: { ...invoke, onError: undefined } }, /has no onError: a failure would end/],
  ['no onDone', { invoke: { ...invoke, onDone: undefined } }, /has no onDone: its result would never/],
  ['onSnapshot', { invoke: { ...invoke, onSnapshot: 'b' } }, /has onSnapshot: let the child send events/],
  [
    'inline logic',
    { invoke: { ...invoke, src: fromPromise(() => Promise.resolve()) } },
    /the invoke in m.a has inline logic/,
  ],
  [
    'a step that setup() does not have',
    { invoke: { ...invoke, src: 'calls' } },
    /names calls, which setup\(\)/,
  ],
  [
    'logic of another kind',
    { invoke: { ...invoke, src: 'listen' } },
    /listen, which is neither a step nor a/,
  ],
  [
    'one step called from two places',
    { invoke: [invoke, { ...invoke, id: 'again' }] },
    /calls call, as does the one in m.a: they share a key/,
  ],
  [
    'one step called by a machine and by one within it',
    { invoke: [invoke, { ...invoke, id: 'inner', src: 'inner' }] },
    /^in inner: the invoke in inner.calling calls call, as does the one in m.a/,
  ],
  ['a plain function on entry', { entry: () => undefined }, /an action of m.a is a plain function/],
  ['a plain function on exit', { exit: 'shout' }, /an action of m.a is a plain function/],
  [
    'a plain function on the way',
    { on: { E: { actions: 'shout' } } },
    /an action of m.a is a plain function/,
  ],
  ['a plain function in always', { always: { target: 'b', actions: 'shout' } }, /m.a is a plain function/],
  [
    'a plain function on the way in',
    { initial: { target: 'c', actions: () => undefined }, states: { c: {} } },
    /an action of m.a is a plain function/,
  ],
  [
    'an action that setup() does not have',
    { entry: { type: 'whisper' } },
    /names whisper, which setup\(\) does/,
  ],
  [
    'a sendTo with a delay',
    { entry: sendTo('call', { type: 'E' }, { delay: 1 }) },
    /sendTo with a delay, which would fire twice/,
  ],
  ['a child without an id', { entry: spawnChild('inner') }, /spawns without a name and an id/],
  [
    'a child of inline logic',
    {
      entry: spawnChild(
        fromPromise(() => Promise.resolve()),
        { id: 'x' },
      ),
    },
    /spawns without a name and an id/,
  ],
  [
    'a child of another kind',
    { entry: spawnChild('listen', { id: 'x' }) },
    /spawns listen, which is neither/,
  ],
]

for (const [name, a, fault] of FAULTY) {
  t.test(`${name} is refused, in words`, async (t) => {
    const faults = faultsOf(machineWith(a))
    t.equal(faults.length, 1, faults.join('\n'))
    t.match(faults[0], fault)
  })
}

t.test('a machine without id or version is refused, and so is one within', async (t) => {
  t.match(faultsOf(base.createMachine({})), [/it has no id/, /it has no version, so a saga could not say/])
  const nameless = setup({ actors: { nameless: base.createMachine({ id: 'n' }) } }).createMachine({
    ...named,
    states: { a: { invoke: { id: 'x', src: 'nameless', onDone: 'b', onError: 'b' } }, b: {} },
  })
  t.match(faultsOf(nameless), [/^in nameless: it has no version/])
})

t.test('registering a faulty machine names every fault at once', async (t) => {
  const steps = { call: () => Promise.reject(new Error('not called')) }
  const machine = machineWith({ invoke: { id: 'x', src: 'calls' }, entry: 'shout' })
  try {
    prepare({ machine }, steps, systemClock)
    t.fail('it was taken')
  } catch (error) {
    t.ok(error instanceof MachineRefusedError)
    t.match(error, { code: 'MACHINE_REFUSED', name: 'MachineRefusedError' })
    t.equal((error as MachineRefusedError).faults.length, 4)
    t.match(
      (error as Error).message,
      /^Machine m can't run durably: .*onError.*; .*calls.*; .*plain function/,
    )
  }
})
