import t from 'tap'
import { exampleCharts, sagaOf } from '../../test/kit/example-charts.ts'
import { crossingsOf, faultsOf } from '../../test/kit/faults-of-drawing.ts'
import { chartOf } from './chart-of.ts'
import type { Drawing } from './drawing.ts'
import { ladder } from './ladder.ts'

for (const [name, chart] of exampleCharts) {
  t.test(`each line and label of a ladder can be told from all others: ${name}`, async (t) => {
    const drawing = ladder(chart)
    t.ok(drawing)
    if (drawing !== null) t.same(faultsOf(chart, drawing), [])
  })
}

/** Numbers that are the same in each run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

type Config = { [member: string]: unknown }

/** Rails of any shape, with arrows from everywhere to anywhere. */
function anyChart(seed: number) {
  const below = numbers(seed)
  const ids: string[] = []
  const withArrows: Config[] = []
  const state = (path: string, depth: number): Config => {
    const id = path.replaceAll('.', '-')
    ids.push(id)
    const config: Config = { id }
    withArrows.push(config)
    const isGroup = depth === 1 || (depth < 4 && below(4) === 0)
    if (!isGroup) return below(8) === 0 ? { ...config, type: 'final' } : config
    const keys = Array.from({ length: 1 + below(depth === 1 ? 6 : 3) }, (_, index) => 'abcdefg'[index] ?? 'z')
    const inner = keys.map((key) => [key, state(`${path}.${key}`, depth + 1)])
    if (below(3) === 0) inner.push(['past', { id: `${id}-past`, type: 'history' }])
    if (below(3) === 0) ids.push(`${id}-past`)
    const shape = depth > 1 && below(2) === 0 ? { type: 'parallel' } : { initial: keys[below(keys.length)] }
    return Object.assign(config, shape, { states: Object.fromEntries(inner) })
  }
  const tops = ['doing', 'undoing', 'parked', 'done', 'failed', 'early', 'late', 'other']
  const states = Object.fromEntries(
    tops.slice(0, 2 + below(7)).map((key) => [key, state(key, key.endsWith('doing') ? 1 : 2 + below(3))]),
  )
  const root: Config = { id: 'any', initial: 'doing', states }
  for (const config of [root, ...withArrows]) {
    const target = () => (below(9) === 0 ? undefined : `#${ids[below(ids.length)]}`)
    const guarded = (target: string | undefined) =>
      below(3) === 0 ? { guard: 'g'.repeat(1 + below(20)), target } : { target }
    if (below(3) > 0)
      config['invoke'] = {
        src: 'x',
        onDone: guarded(target()),
        onError: [guarded(target()), guarded(target())],
      }
    if (below(3) === 0) config['on'] = { SOME_EVENT: target(), E: target() }
    if (below(5) === 0) config['after'] = { 1000: target() }
  }
  return chartOf(root)
}

t.test('so can those of any chart with rails', async (t) => {
  for (let seed = 1; seed <= 150; seed++) {
    const chart = anyChart(seed)
    const drawing = ladder(chart)
    const faults = drawing === null ? ['no drawing'] : faultsOf(chart, drawing)
    if (faults.length > 0) t.same(faults, [], `seed ${seed}`)
  }
})

const boxOf = (drawing: Drawing | null, state: string) => drawing?.boxes.find((box) => box.state === state)
const middle = (box: { y: number; height: number } | undefined) =>
  box === undefined ? NaN : box.y + box.height / 2

t.test(
  'a compensation stands on the rung of its step, and the ends where a saga comes to them',
  async (t) => {
    for (const name of ['commande v1', 'commande v2']) {
      const chart = exampleCharts.get(name)
      const drawing = chart === undefined ? null : ladder(chart)
      const at = (state: string) => middle(boxOf(drawing, state))
      for (const step of ['lock', 'reserve', 'create'])
        t.equal(at(`doing.${step}`), at(`undoing.${step}`), step)
      t.ok(at('doing.lock') < at('doing.reserve') && at('doing.reserve') < at('doing.create'))
      t.ok(at('failed') < at('undoing.lock'))
      t.ok(at('done') > at('doing.create'))
      const [undoing, parked] = [boxOf(drawing, 'undoing'), boxOf(drawing, 'parked')]
      t.ok(undoing && parked && undoing.x + undoing.width < parked.x)
      t.ok(drawing && drawing.width <= 1000 && drawing.height <= 620, 'it fits on a page')
    }
  },
)

t.test('lines cross only where they have to', async (t) => {
  const most = {
    'commande v1': 0,
    'commande v2': 6,
    '10 steps': 1,
    '20 steps': 1,
    'nested steps': 1,
    'odd ones': 17,
  }
  for (const [name, crossings] of Object.entries(most)) {
    const chart = exampleCharts.get(name)
    const drawing = chart === undefined ? null : ladder(chart)
    t.ok(drawing && crossingsOf(drawing) <= crossings, name)
  }
})

t.test('names and labels of any length are cut to what has its place', async (t) => {
  const long = 'VeryLongName'.repeat(40)
  const inner = { initial: long, states: { [long]: { on: { [long]: { guard: long, target: `#end` } } } } }
  const chart = chartOf({ initial: 'doing', states: { doing: inner, undoing: inner, [long]: { id: 'end' } } })
  const drawing = ladder(chart)
  t.ok(drawing && drawing.width < 1400)
  if (drawing !== null) t.same(faultsOf(chart, drawing), [])
  t.match(boxOf(drawing, `doing.${long}`)?.label, /^VeryLong.*…$/)
})

t.test('boxes tell what they are', async (t) => {
  const chart = exampleCharts.get('commande v2')
  const drawing = chart === undefined ? null : ladder(chart)
  const roles = (role: string) => drawing?.boxes.filter((box) => box.role === role).map(({ state }) => state)
  t.same(roles('step'), ['doing.lock', 'doing.reserve', 'doing.create'])
  t.same(roles('compensation')?.toSorted(), ['undoing.create', 'undoing.lock', 'undoing.reserve'])
  t.same(roles('parked'), ['parked.undoing', 'parked.doing'])
  t.same(roles('group'), ['doing', 'undoing', 'parked'])
  t.same([roles('done'), roles('failed'), roles('start')], [['done'], ['failed'], ['']])
})

t.test('compensations of other names stand beside the last step that leads to them', async (t) => {
  const chart = exampleCharts.get('odd ones')
  const drawing = chart === undefined ? null : ladder(chart)
  t.equal(middle(boxOf(drawing, 'doing.bill')), middle(boxOf(drawing, 'undoing.callBack')))
  t.equal(middle(boxOf(drawing, 'doing.ship')), middle(boxOf(drawing, 'undoing.release')))
})

t.test('a step and its compensation are known by their name, or by what they call', async (t) => {
  const drawing = ladder(
    chartOf({
      id: 'named',
      implementations: {
        actors: {
          pay: { step: 'payment', participant: 'bank', undo: false },
          refund: { step: 'payment', participant: 'bank', undo: true },
        },
      },
      config: {
        initial: 'doing',
        states: {
          doing: {
            initial: 'a',
            states: { a: { always: 'b' }, b: { invoke: { src: 'pay', onDone: 'c' } }, c: {} },
          },
          undoing: {
            initial: 'c',
            states: {
              c: { always: 'extra' },
              extra: { always: 'giveBack' },
              giveBack: { invoke: { src: 'refund', onDone: 'a' } },
              a: {},
            },
          },
        },
      },
    }),
  )
  const at = (state: string) => middle(boxOf(drawing, state))
  t.equal(at('doing.a'), at('undoing.a'))
  t.equal(at('doing.b'), at('undoing.giveBack'))
  t.equal(at('doing.c'), at('undoing.c'))
  t.ok(at('undoing.extra') > at('doing.b') && at('undoing.extra') < at('doing.c'), 'on a rung of its own')
})

t.test('other states stand where a run meets them', async (t) => {
  const chart = exampleCharts.get('odd ones')
  const drawing = chart === undefined ? null : ladder(chart)
  const box = (state: string) => boxOf(drawing, state) ?? { x: NaN, y: NaN, width: NaN, height: NaN }
  const centre = (state: string) => box(state).x + box(state).width / 2
  t.equal(centre('validating'), centre('doing.hold'))
  t.ok(box('validating').y < box('doing').y, 'before')
  t.equal(centre('settling.wait'), centre('doing.hold'))
  t.ok(
    box('settling').y > box('doing').y + box('doing').height && box('done').y > box('settling').y,
    'behind',
  )
  t.equal(centre('rejected'), centre('failed'))
  t.ok(box('waiting').x > box('undoing').x + box('undoing').width, 'beside')
  const rails = { doing: { initial: 'a', states: { a: {} } }, undoing: { initial: 'a', states: { a: {} } } }
  const open = ladder(chartOf({ initial: 'doing', states: { ...rails, failed: {} } }))
  t.ok(middle(boxOf(open, 'failed')) < middle(boxOf(open, 'undoing.a')), 'failed above, even if it is no end')
})

t.test('parallel steps stand side by side, the others in the middle of them', async (t) => {
  const chart = exampleCharts.get('parallel steps')
  const drawing = chart === undefined ? null : ladder(chart)
  const box = (state: string) => boxOf(drawing, state) ?? { x: NaN, y: NaN, width: NaN, height: NaN }
  const centre = (state: string) => box(state).x + box(state).width / 2
  t.equal(box('doing.book.flight').y, box('doing.book.hotel').y)
  t.equal(box('doing.book.flight').height, box('doing.book.hotel').height)
  t.ok(box('doing.book.flight').x + box('doing.book.flight').width < box('doing.book.hotel').x)
  t.equal(centre('doing.quote'), centre('doing.book.hotel.room'))
  t.equal(
    middle(boxOf(drawing, 'doing.book.flight.inbound')),
    middle(boxOf(drawing, 'undoing.book.flight.inbound')),
  )
})

t.test('edges of one way share a line, which says what decides', async (t) => {
  const chart = exampleCharts.get('commande v2')
  const drawing = chart === undefined ? null : ladder(chart)
  const labelOf = (edge: string) => drawing?.lines.find(({ edges }) => edges.includes(edge))?.label?.text
  t.equal(labelOf('doing.lock|CANCEL|0'), 'error [else], CANCEL, COMPENSATE')
  t.equal(labelOf('doing.lock|xstate.error.actor.lock|0'), 'error [surelyNotDone]')
  t.equal(labelOf('undoing.lock|xstate.error.actor.undo-lock|0'), 'error')
  t.equal(labelOf('parked.doing|RETRY|0'), 'after soon, RETRY')
  const rails = {
    undoing: { initial: 'a', states: { a: {} } },
    doing: { initial: 'a', states: { a: {}, b: {} } },
  }
  const same = { ...rails, from: { on: { GO: [{ guard: 'g', target: 'to' }, { target: 'to' }] } }, to: {} }
  t.equal(
    ladder(chartOf({ initial: 'doing', states: same }))?.lines.at(-1)?.label?.text,
    'GO',
    'nothing decides',
  )
})

t.test('a chart without rails, or one that nobody could read, is no ladder', async (t) => {
  t.equal(ladder(chartOf({ initial: 'a', states: { a: {}, doing: {}, undoing: {} } })), null)
  const names = Array.from({ length: 400 }, (_, index) => `step${index}`)
  t.equal(ladder(chartOf(sagaOf(names))), null)
})
