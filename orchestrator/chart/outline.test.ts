import t from 'tap'
import { exampleCharts } from '../../test/kit/example-charts.ts'
import { chartOf } from './chart-of.ts'
import { outlineOf, type OutlineItem } from './outline.ts'

t.test('each state says what it is, what it calls and where it leads', async (t) => {
  const chart = exampleCharts.get('commande v2')
  t.ok(chart)
  if (chart === undefined) return
  const items = outlineOf(chart)
  t.same(
    items.map(({ state }) => state),
    ['doing', 'done', 'undoing', 'failed', 'parked'],
  )
  t.same(items[0]?.inside[0], {
    state: 'doing.lock',
    label: 'lock',
    facts: ['begins here', 'calls carts: lock'],
    arrows: [
      'CANCEL: to undoing.lock',
      'COMPENSATE: to undoing.lock',
      'done: to doing.reserve',
      'error, if surelyNotDone: to failed',
      'error: to undoing.lock',
    ],
    inside: [],
  })
  t.same(items[2]?.inside[2]?.facts, ['calls carts: undo lock'])
  t.same(items[1]?.facts, ['final'])
})

t.test('all states and edges of a chart are in its outline', async (t) => {
  const count = (items: readonly OutlineItem[]): { states: number; arrows: number } =>
    items.reduce(
      (sum, { state, arrows, inside }) => {
        const inner = count(inside)
        return {
          states: sum.states + (state === '' ? 0 : 1) + inner.states,
          arrows: sum.arrows + arrows.length + inner.arrows,
        }
      },
      { states: 0, arrows: 0 },
    )
  for (const [name, chart] of exampleCharts) {
    t.same(count(outlineOf(chart)), { states: chart.states.length, arrows: chart.edges.length }, name)
  }
})

t.test('arrows of the machine itself are told first', async (t) => {
  const [first] = outlineOf(
    chartOf({ initial: 'a', on: { X: '.a', NOTE: { actions: 'x' } }, states: { a: {} } }),
  )
  t.same([first?.label, first?.arrows], ['in any state', ['X: to a', 'NOTE: stays']])
})
