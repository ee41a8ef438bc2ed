import t from 'tap'
import { assign, createActor, createMachine, setup, type AnyStateMachine } from 'xstate'
import { commande } from '../../machines/commande/v1/chart.ts'
import { acceptedEvents, acceptsEvent, knowsEvent } from './accepted-events.ts'

const at = (value: unknown) => ({ status: 'active', value, context: {}, children: {}, timers: {} })

t.test('a saga accepts what the states it stands in listen to, and nothing of its own engine', async (t) => {
  t.strictSame(acceptedEvents(commande, at({ doing: 'lock' })), ['CANCEL'])
  t.strictSame(acceptedEvents(commande, at('parked')), ['RETRY'])
  t.strictSame(acceptedEvents(commande, at({ undoing: 'create' })), [])
  t.ok(acceptsEvent(commande, at('parked'), 'RETRY'))
  t.notOk(acceptsEvent(commande, at('parked'), 'CANCEL'))
  for (const type of ['xstate.done.actor.lock', 'xstate.after.nextTry.commande.parked', 'xstate.init']) {
    t.notOk(acceptsEvent(commande, at({ doing: 'lock' }), type), type)
    t.notOk(knowsEvent(commande, type), type)
  }
})

t.test('a machine knows the events of all its states', async (t) => {
  t.ok(knowsEvent(commande, 'RETRY'))
  t.ok(knowsEvent(commande, 'CANCEL'))
  for (const type of ['retry', 'RETRY.now', 'PAY', '', 'constructor', '__proto__']) {
    t.notOk(knowsEvent(commande, type), type)
  }
})

t.test('a snapshot of another chart accepts what is left of it', async (t) => {
  for (const snapshot of [
    at({ doing: 'ship' }),
    at('gone'),
    at({ gone: { far: 'away' } }),
    {},
    null,
    undefined,
  ]) {
    t.strictSame(acceptedEvents(commande, snapshot), [])
  }
})

/** Charts that XState itself is asked about, state by state. */
const nested = createMachine({
  id: 'nested',
  on: { OUTER: '.b', 'order.*': '.a', HIDDEN: '.b' },
  initial: 'a',
  states: {
    a: {
      on: { INNER: 'b', HIDDEN: undefined, 'order.paid': { actions: assign({}) } },
      initial: 'deep',
      states: { deep: { on: { DEEP: 'deeper', '*': undefined } }, deeper: { on: { 'order.*': undefined } } },
    },
    b: { on: { '*': 'a' } },
  },
})

const regions = createMachine({
  id: 'regions',
  type: 'parallel',
  on: { BOTH: { actions: assign({}) }, LEFT: { actions: assign({}) } },
  states: {
    left: {
      initial: 'on',
      states: { on: { on: { LEFT: undefined, BOTH: 'off' } }, off: { on: { UP: 'on' } } },
    },
    right: { initial: 'on', states: { on: { on: { LEFT: 'off', BOTH: undefined } }, off: {} } },
  },
})

const TYPES = [
  'OUTER',
  'INNER',
  'HIDDEN',
  'DEEP',
  'ANY',
  'order',
  'order.paid',
  'order.paid.late',
  'orders',
  'UP',
  'LEFT',
  'BOTH',
]

/** Every state that the events lead to, and whether XState takes each event there. */
function walk(machine: AnyStateMachine) {
  const seen = new Map<string, { snapshot: unknown; takes: string[] }>()
  const visit = (persisted: unknown) => {
    const key = JSON.stringify((persisted as { value: unknown }).value)
    if (seen.has(key)) return
    const actor = () => createActor(machine, { snapshot: persisted as never }).start()
    const takes = TYPES.filter((type) => actor().getSnapshot().can({ type }))
    seen.set(key, { snapshot: persisted, takes })
    for (const type of takes) {
      const moved = actor()
      moved.send({ type })
      visit(JSON.parse(JSON.stringify(moved.getPersistedSnapshot())))
    }
  }
  visit(JSON.parse(JSON.stringify(createActor(machine).start().getPersistedSnapshot())))
  return seen
}

for (const machine of [nested, regions]) {
  t.test(`in every state of ${machine.id} it says of each event what XState does with it`, async (t) => {
    const states = walk(machine)
    t.ok(states.size > 2, 'the walk leads somewhere')
    for (const [value, { snapshot, takes }] of states) {
      t.strictSame(
        TYPES.filter((type) => acceptsEvent(machine, snapshot, type)),
        takes,
        value,
      )
      for (const type of takes) t.ok(knowsEvent(machine, type), type)
    }
  })
}

t.test('wildcards are told as the chart has them, and forbidden events not at all', async (t) => {
  t.strictSame(acceptedEvents(nested, at('b')), ['*', 'HIDDEN', 'OUTER', 'order.*'])
  t.strictSame(acceptedEvents(nested, at({ a: 'deep' })), ['DEEP'])
  t.strictSame(acceptedEvents(nested, at({ a: 'deeper' })), ['INNER', 'OUTER'])
})

t.test('a guard may let through, so the event is left to the owner of the saga', async (t) => {
  const guarded = createMachine({
    initial: 'a',
    on: { GO: { actions: assign({}) } },
    states: {
      a: {
        on: {
          GO: [{ guard: () => true }, { guard: () => false, target: 'b' }],
          STAY: { guard: () => false, target: 'b' },
        },
      },
      b: { on: { GO: [{ guard: () => false }] } },
    },
  })
  t.strictSame(acceptedEvents(guarded, at('a')), ['GO', 'STAY'])
  t.strictSame(acceptedEvents(guarded, at('b')), ['GO'], 'the guard may let it pass to the outer state')
})

t.test('what a nested machine listens to is not sent to it from outside', async (t) => {
  const inner = createMachine({ initial: 'a', states: { a: { on: { INNER: 'b' } }, b: {} } })
  const outer = setup({ actors: { inner } }).createMachine({
    initial: 'a',
    states: { a: { invoke: { id: 'inner', src: 'inner' }, on: { OUTER: 'b' } }, b: {} },
  })
  t.strictSame(acceptedEvents(outer, at('a')), ['OUTER'])
  t.notOk(knowsEvent(outer, 'INNER'))
})
