import t from 'tap'
import { setup } from 'xstate'
import { Type } from 'typebox'
import { step } from '../../machines/step.ts'
import { misfitOf } from './fit.ts'

const declared = {
  participant: 'somebody',
  request: () => ({ method: 'POST', path: '/' }) as const,
  reply: Type.Unknown(),
}

const inner = setup({}).createMachine({
  id: 'inner',
  version: '1',
  initial: 'waiting',
  states: { waiting: { after: { 5: 'over' } }, over: { type: 'final' } },
})

const machine = setup({
  actors: { call: step('call', declared), other: step('other', declared), inner },
}).createMachine({
  id: 'm',
  version: '1',
  initial: 'calling',
  states: {
    calling: {
      invoke: { id: 'call', src: 'call', onDone: 'sides', onError: [{ guard: () => true, target: 'sides' }] },
      after: { 10: 'sides' },
    },
    sides: {
      type: 'parallel',
      states: {
        left: {
          initial: 'listening',
          states: {
            listening: { invoke: { id: 'other', src: 'other', onDone: { actions: [] }, onError: '#end' } },
          },
        },
        right: { initial: 'within', states: { within: { invoke: { id: 'inner', src: 'inner' } } } },
      },
    },
    away: { on: { BACK: 'backAgain' } },
    backAgain: { type: 'history', target: 'calling' },
    end: { id: 'end', type: 'final' },
  },
})

const open = (src: string) => ({ src, snapshot: { status: 'active', input: {} } })
const after = (id: string, event = id) => ({ [id]: { event: { type: event }, dueAt: 1 } })
const DELAY = 'xstate.after.10.m.calling'

/** Fits; each test spoils one member. */
const calling = {
  status: 'active',
  value: 'calling',
  context: {},
  children: { call: open('call') },
  historyValue: {},
  timers: after(DELAY),
}
const within = { status: 'active', value: 'waiting', context: {}, children: {}, timers: {} }
const sides = {
  ...calling,
  value: { sides: { left: 'listening', right: 'within' } },
  children: { other: open('other'), inner: { src: 'inner', snapshot: within } },
  timers: {},
}

const ended = (status: string) => ({ src: 'other', snapshot: { status } })
const staying = (other: object) => ({ ...sides, children: { ...sides.children, other } })
const left = (status: string) => ({ ...calling, children: { call: { src: 'call', snapshot: { status } } } })

t.test('a snapshot of this very machine fits', async (t) => {
  t.equal(misfitOf(machine, calling), undefined)
  t.equal(misfitOf(machine, sides), undefined)
  t.equal(
    misfitOf(machine, { ...calling, historyValue: { 'm.backAgain': [{ id: 'm.calling' }] } }),
    undefined,
  )
  t.equal(
    misfitOf(machine, { ...calling, timers: { ...after(DELAY), ...after('mine', 'REMIND') } }),
    undefined,
  )
  const { children, ...without } = { ...calling, value: 'away', timers: {} }
  t.ok(children)
  t.equal(misfitOf(machine, without), undefined)
})

t.test(
  'a step that ended in a state that stays fits; one whose state it must have left does not',
  async (t) => {
    t.equal(misfitOf(machine, staying(ended('done'))), undefined)
    t.equal(misfitOf(machine, staying(ended('error'))), 'other is error, not active')
    t.equal(misfitOf(machine, staying(ended('stopped'))), 'other is stopped, not active')
    t.equal(misfitOf(machine, staying({ src: 'other' })), 'other is missing, not active')
    t.equal(misfitOf(machine, left('done')), 'call is done, not active')
    t.equal(misfitOf(machine, left('error')), undefined, 'its guard may have held')
  },
)

t.test('a machine within that ended is not asked whether it could go on', async (t) => {
  const over = { src: 'inner', snapshot: { status: 'done', value: 'over' } }
  t.equal(misfitOf(machine, { ...sides, children: { ...sides.children, inner: over } }), undefined)
})

const MISFITS: [string, unknown, string][] = [
  ['that is none', null, 'the snapshot is not an object'],
  ['that is text', 'calling', 'the snapshot is not an object'],
  ['that has ended', { ...calling, status: 'done' }, 'its status is done, not active'],
  ['without a status', {}, 'its status is missing, not active'],
  ['without a context', { ...calling, context: null }, 'it has no context'],
  ['that stock XState wrote', { ...calling, timers: undefined }, 'it has no timers'],
  ['in a state that is gone', { ...calling, value: 'gone' }, 'state m.gone does not exist'],
  ['in a state that has inner ones now', { ...calling, value: 'sides' }, 'it lacks region left of m.sides'],
  [
    'in a state that has no inner ones any more',
    { ...calling, value: { calling: 'dialling' } },
    'state m.calling has no inner states any more',
  ],
  ['in no state', { ...calling, value: {} }, 'it names no inner state of m'],
  [
    'without a region',
    { ...sides, value: { sides: { left: 'listening' } } },
    'it lacks region right of m.sides',
  ],
  [
    'with a region too many',
    { ...sides, value: { sides: { left: 'listening', right: 'within', top: 'x' } } },
    'state m.sides.top does not exist',
  ],
  [
    'that remembers a state that is gone',
    { ...calling, historyValue: { 'm.backAgain': [{ id: 'm.gone' }] } },
    'it remembers state m.gone, which does not exist',
  ],
  [
    'without the call of its state',
    { ...calling, children: {} },
    'state m.calling invokes call, which the snapshot does not have',
  ],
  [
    'that called another step',
    { ...calling, children: { call: open('other') } },
    'call was "other" and is "call" now',
  ],
  [
    'with a child of logic that is gone',
    { ...calling, children: { call: open('call'), x: open('gone') } },
    'x runs gone, which the machine does not have',
  ],
  [
    'whose machine within does not fit',
    {
      ...sides,
      children: { ...sides.children, inner: { src: 'inner', snapshot: { ...within, value: 'x' } } },
    },
    'in inner: state inner.x does not exist',
  ],
  [
    'with a timer that no state waits for',
    { ...calling, timers: after('xstate.after.99.m.calling') },
    'no active state waits for its timer xstate.after.99.m.calling',
  ],
]

for (const [name, snapshot, misfit] of MISFITS) {
  t.test(`a snapshot ${name} does not fit`, async (t) => {
    t.equal(misfitOf(machine, snapshot), misfit)
  })
}
