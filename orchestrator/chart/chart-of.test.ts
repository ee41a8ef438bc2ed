import t from 'tap'
import { Type } from 'typebox'
import { and, createMachine, fromPromise, not, type AnyStateMachine, type AnyStateNode } from 'xstate'
import { definitionOf } from '../../machines/lock.ts'
import { machines } from '../../machines/registry.ts'
import { compensation, step } from '../../machines/step.ts'
import { chartOf } from './chart-of.ts'

/** XState's types know no machine that is built from parts; its code does. */
const machineOf = (config: object) => createMachine({ id: 'm', version: '1', ...config } as never)

const actor = fromPromise(() => Promise.resolve(1))

const shapes: Readonly<Record<string, object>> = {
  'short forms of targets': {
    initial: 'a',
    states: {
      a: {
        on: { B: 'b', C: ['b', { target: 'c' }], D: { target: ['b'] }, NONE: {}, ACTS: { actions: 'x' } },
      },
      b: { on: { SELF: 'b', INNER: '.', AGAIN: { target: 'b', reenter: true } } },
      c: { always: 'a' },
    },
  },
  'targets by id, relative and into the depth': {
    initial: 'a',
    on: { RESET: '.a', DEEP: '.b.inner.two', BY_ID: '#odd id' },
    states: {
      a: { on: { X: 'b.inner', Y: '#m.b.inner.two', Z: '#odd id', W: { target: '#b.inner' } } },
      b: {
        id: 'b',
        initial: 'inner',
        on: { DOWN: '.inner.two', UP: 'a' },
        states: { inner: { initial: 'one', states: { one: { on: { N: 'two' } }, two: { id: 'odd id' } } } },
      },
    },
  },
  'custom ids change the names of events': {
    initial: 'a',
    states: {
      a: { id: 'first', invoke: { src: 'x', onDone: 'b', onError: 'b' }, after: { 1000: 'b', soon: 'b' } },
      b: { id: 'second', initial: 'c', onDone: 'a', states: { c: { always: 'd' }, d: { type: 'final' } } },
    },
  },
  'invokes, with ids, without, one and several': {
    initial: 'a',
    states: {
      a: {
        invoke: [
          { src: 'x', onDone: 'b', onError: [{ guard: 'g', target: 'b' }, 'c'] },
          { id: 'named', src: 'y', onDone: { actions: 'z' }, onSnapshot: 'c' },
          { src: actor, onError: 'c' },
          { id: 'named', src: 'again', onDone: 'c' },
        ],
      },
      b: {},
      c: {},
    },
  },
  'parallel states': {
    type: 'parallel',
    onDone: { actions: 'x' },
    states: {
      left: { initial: 'a', states: { a: { on: { GO: 'b', BOTH: ['#r1'] } }, b: { type: 'final' } } },
      right: {
        initial: 'p',
        states: {
          p: {
            type: 'parallel',
            onDone: 'end',
            on: { OUT: { target: ['#r1', '#r2'] } },
            states: { u: { initial: 'v', states: { v: { id: 'r1' } } }, w: { id: 'r2' } },
          },
          end: { type: 'final' },
        },
      },
    },
  },
  'history states': {
    initial: 'a',
    states: {
      a: {
        initial: 'x',
        states: { x: { on: { N: 'y' } }, y: {}, back: { type: 'history' }, deep: { history: 'deep' } },
      },
      b: { on: { BACK: 'a.back', DEEP: '#m.a.deep' } },
    },
  },
  'wildcards, delays and guards of all kinds': {
    initial: 'a',
    states: {
      a: {
        on: { '*': 'b', 'x.*': [{ guard: 'g', target: 'a' }, { guard: { type: 'h', params: { n: 1 } } }] },
        after: { 1e3: [{ guard: and(['g', not('h')]), target: 'b' }, { target: 'a' }], '1000.0': 'b' },
        always: [{ guard: () => false, target: 'b' }, { guard: 'g' }],
      },
      b: {},
    },
  },
  'keys that are unlike others': {
    initial: 'constructor',
    states: {
      constructor: { on: { toString: 'a b', constructor: 'é.ü' } },
      'a b': { on: { X: 'with\\.dot', Y: '#m.with\\.dot' } },
      'with.dot': { on: { Z: 'constructor' } },
      é: { initial: 'ü', states: { ü: {} } },
      12: { on: { N: '12' } },
      hasOwnProperty: {},
    },
  },
  'the later one of two states with the same id': {
    initial: 'a',
    states: { a: { id: 'same', on: { X: '#same' } }, b: { id: 'same' } },
  },
  'routes from anywhere': {
    initial: 'a',
    states: { a: { id: 'there', route: {} }, b: { route: { guard: 'g' }, id: 'x' }, c: { route: {} } },
  },
}

delete (shapes['keys that are unlike others'] as { states: { é: { states: { ü: { on?: object } } } } }).states
  .é.states.ü.on

/** What XState made of the machine, in our words. */
function edgesOfNode(node: AnyStateNode): [string, string[]][] {
  const own = [...node.transitions.entries(), ['', node.always ?? []] as const]
  return [
    ...own.flatMap(([event, list]) =>
      list.map(({ target }, index): [string, string[]] => [
        `${node.path.join('.')}|${event}|${index}`,
        (target ?? []).map(({ path }) => path.join('.')),
      ]),
    ),
    ...Object.values(node.states).flatMap(edgesOfNode),
  ]
}

const byId = (edges: [string, string[]][]) =>
  Object.fromEntries(edges.toSorted(([a], [b]) => (a < b ? -1 : 1)))

const all: [string, AnyStateMachine][] = [
  ...Object.entries(shapes).map(([title, config]): [string, AnyStateMachine] => [title, machineOf(config)]),
  ...machines.map(({ machine }): [string, AnyStateMachine] => [`${machine.id}@${machine.version}`, machine]),
]

/** What @statelyai/inspect makes of a config: functions by their names. */
const stringified = (config: unknown) =>
  JSON.stringify(config, (_key, value: unknown) =>
    typeof value === 'function' ? { type: value.name } : value,
  )

for (const [title, machine] of all) {
  t.test(`a chart has XState's own edges: ${title}`, async (t) => {
    const real = byId(edgesOfNode(machine.root))
    t.not(Object.keys(real).length, 0)
    const ofDefinition = chartOf(JSON.parse(JSON.stringify(definitionOf(machine)))).edges
    t.same(byId(ofDefinition.map(({ id, targets }) => [id, [...targets]])), real, 'of its definition')
    t.equal(ofDefinition.length, Object.keys(real).length, 'each once')
    const sent = chartOf(JSON.parse(stringified(machine.config))).edges
    t.same(byId(sent.map(({ id, targets }) => [id, [...targets]])), real, 'of what an inspector is sent')
  })
}

t.test('states come in the order of a run without trouble, though keys come sorted', async (t) => {
  const [, v2] = machines
  t.ok(v2)
  if (v2 === undefined) return
  const { states, machine, version, hash, initial } = chartOf(definitionOf(v2.machine))
  t.same(
    states.filter(({ type }) => type !== 'history').map(({ id }) => id),
    [
      'doing',
      'doing.lock',
      'doing.reserve',
      'doing.create',
      'done',
      'undoing',
      'undoing.create',
      'undoing.reserve',
      'undoing.lock',
      'failed',
      'parked',
      'parked.undoing',
      'parked.doing',
    ],
  )
  t.same(
    { machine, version, hash, initial },
    { machine: 'commande', version: '2', hash: definitionOf(v2.machine).hash, initial: 'doing' },
  )
})

t.test('trouble, timers and what nothing leads to come behind the way to the end', async (t) => {
  const chart = chartOf({
    initial: 'z',
    states: {
      a: { type: 'final' },
      b: { on: { X: 'c' } },
      c: {},
      m: { invoke: { src: 'x', onDone: 'a', onError: 'e' } },
      e: {},
      z: {
        invoke: { src: 'x', onError: 'e', onDone: [{ guard: 'g', target: 'm' }, { target: 'k' }] },
        after: { 9: 'l' },
      },
      k: { always: 'a' },
      l: {},
    },
  })
  t.same(
    chart.states.map(({ id }) => id),
    ['z', 'm', 'a', 'k', 'l', 'e', 'b', 'c'],
  )
})

const request = () => ({ method: 'POST' as const, path: '/' })
const reply = Type.Object({})

t.test('a state tells what it calls, and which of that is a step', async (t) => {
  const chart = chartOf(
    definitionOf(
      createMachine(
        {
          id: 'm',
          version: '7',
          initial: 'a',
          states: {
            a: {
              tags: ['x', 'y'],
              invoke: [
                { id: 'one', src: 'lockCart' },
                { src: 'plain' },
                { src: compensation('book', { participant: 'hotels', request, reply }) },
                { id: 'nested', src: actor },
              ],
            },
          },
        } as never,
        {
          actors: { lockCart: step('lock', { participant: 'carts', request, reply }), plain: actor },
        } as never,
      ),
    ),
  )
  t.same(chart.states[0]?.calls, [
    { id: 'one', src: 'lockCart', step: 'lock', participant: 'carts', isCompensation: false },
    { id: '1.m.a', src: 'plain', step: null, participant: null, isCompensation: false },
    { id: '2.m.a', src: 'book', step: 'book', participant: 'hotels', isCompensation: true },
    { id: 'nested', src: 'inline', step: null, participant: null, isCompensation: false },
  ])
  t.same(chart.states[0]?.tags, ['x', 'y'])
})

const call = (src: string) => ({ initial: 'a', states: { a: { invoke: { id: src, src } } } })

t.test('what declares nothing, and stands on the rail that leads back, is a compensation', async (t) => {
  const { states } = chartOf({
    id: 'm',
    initial: 'doing',
    states: { doing: call('book'), undoing: call('free') },
  })
  const calls = states.flatMap((state) => state.calls)
  t.match(calls, [
    { id: 'book', isCompensation: false },
    { id: 'free', isCompensation: true },
  ])
})

t.test('labels and guards are in words', async (t) => {
  const { edges } = chartOf(
    definitionOf(
      machineOf({
        initial: 'a',
        states: {
          a: {
            invoke: [
              { id: 'x', src: 'x', onDone: 'b', onError: 'b' },
              { id: 'y', src: 'y', onDone: { guard: and(['p', not('q')]), target: 'b' } },
            ],
            after: { 500: 'b', 1500: 'b', 30000: 'b', 120000: 'b', 7200000: 'b', 2592000000: 'b', soon: 'b' },
            on: { GO: { guard: ({ context }: { context: { n: number } }) => context.n < 3, target: 'b' } },
            always: { guard: { type: 'z' }, target: 'b' },
          },
          b: {},
        },
      }),
    ),
  )
  t.same(
    edges.map(({ kind, label, guard }) => [kind, label, guard]),
    [
      ['event', 'GO', 'context.n<3'],
      ['done', 'done x', null],
      ['error', 'error', null],
      ['done', 'done y', 'p and not q'],
      ['after', 'after 500 ms', null],
      ['after', 'after 1.5 s', null],
      ['after', 'after 30 s', null],
      ['after', 'after 2 min', null],
      ['after', 'after 2 h', null],
      ['after', 'after 30 d', null],
      ['after', 'after soon', null],
      ['always', 'always', 'z'],
    ],
  )
})

t.test('what was made by an older XState, or by its own JSON, is read as far as it goes', async (t) => {
  const old = chartOf({
    id: 'old',
    initial: 'a',
    on: { RESET: 'a' },
    states: {
      a: { invoke: 'service', on: { 'done.invoke.x': 'b', GO: { cond: 'may', target: 'b' } } },
      b: { type: 'final' },
    },
  })
  t.same(
    old.edges.map(({ id, targets, kind, guard }) => [id, targets, kind, guard]),
    [
      ['|RESET|0', ['a'], 'event', null],
      ['a|done.invoke.x|0', ['b'], 'done', null],
      ['a|GO|0', ['b'], 'event', 'may'],
    ],
  )
  const machine = machineOf({ initial: 'b', states: { a: {}, b: { invoke: { src: 'x', onDone: 'a' } } } })
  const json = chartOf(JSON.parse(JSON.stringify(machine.toJSON())))
  t.same(
    json.edges.map(({ id, targets, kind }) => [id, targets, kind]),
    [['b|xstate.done.actor.0.m.b|0', ['a'], 'done']],
  )
  t.same(
    json.states.map(({ id }) => id),
    ['b', 'a'],
  )
})

t.test('what can not be understood is left out', async (t) => {
  for (const broken of [null, undefined, 1, '', [], 'x', { states: [] }, { states: 7 }, { config: null }]) {
    t.same(chartOf(broken).states, [], JSON.stringify(broken))
  }
  const odd = chartOf({
    id: 5,
    version: {},
    initial: ['a'],
    states: {
      a: {
        type: 'strange',
        tags: [1, 'ok', null],
        invoke: [7, null, { src: 5, onDone: [1, 'b', 'nowhere', { target: 9 }, { target: ['b', 'gone'] }] }],
        on: { X: 5, Y: '#', Z: '#gone', W: '...', V: [[['b']]], U: null },
        after: 3,
        always: true,
        states: null,
      },
      b: 5,
      c: null,
    },
  })
  t.same(
    odd.states.map(({ id, type, tags }) => [id, type, tags]),
    [['a', 'atomic', ['ok']]],
  )
  t.same(
    odd.edges.map(({ id, targets }) => [id, targets]),
    [
      ['a|W|0', ['a']],
      ['a|U|0', []],
    ],
  )
})

t.test('names of prototypes are names like others', async (t) => {
  const config = JSON.parse(
    '{"id":"__proto__","initial":"__proto__","states":{"__proto__":{"on":{"__proto__":"constructor"}},"constructor":{"initial":"toString","states":{"valueOf":{}}}}}',
  )
  const { states, edges } = chartOf({ id: 'x', config })
  t.same(
    states.map(({ id, initial }) => [id, initial]),
    [
      ['__proto__', null],
      ['constructor', null],
      ['constructor.valueOf', null],
    ],
  )
  t.same(
    edges.map(({ id, targets }) => [id, targets]),
    [['__proto__|__proto__|0', ['constructor']]],
  )
  t.equal(({} as Record<string, unknown>)['on'], undefined)
})

t.test('ten thousand states, and one within another a thousand times, are read', async (t) => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `s${index}`)
  const states = Object.fromEntries(keys.map((key, index) => [key, { always: `s${index + 1}` }]))
  t.equal(chartOf({ initial: 's0', states }).states.at(-1)?.id, 's9999')
  const nested = keys.slice(0, 1000).reduce((inner, key) => ({ initial: key, states: { [key]: inner } }), {})
  t.equal(chartOf(nested).states.length, 100)
})
