import t from 'tap'
import { createActor, createMachine } from 'xstate'
import { statePath } from '../engine/status.ts'
import { activeIn, pathsOf } from './active.ts'
import { chartOf } from './chart-of.ts'

const saga = chartOf({
  initial: 'doing',
  states: {
    doing: {
      initial: 'both',
      states: {
        both: {
          type: 'parallel',
          states: {
            left: { initial: 'a', states: { a: {}, ab: {}, 'a.b': {} } },
            right: { initial: 'deep', states: { deep: { initial: 'b', states: { b: {} } } } },
          },
        },
      },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
  },
})

t.test('the state of the API becomes all states that are active', async (t) => {
  t.same(activeIn(saga, 'done'), ['done'])
  t.same(activeIn(saga, 'doing.both.left.a,right.deep.b'), [
    'doing',
    'doing.both',
    'doing.both.left',
    'doing.both.left.a',
    'doing.both.right',
    'doing.both.right.deep',
    'doing.both.right.deep.b',
  ])
})

t.test('a state whose name begins with that of another is not the other', async (t) => {
  t.equal(activeIn(saga, 'doing.both.left.ab,right.deep.b')[3], 'doing.both.left.ab')
  t.equal(activeIn(saga, 'doing.both.left.a.b,right.deep.b')[3], 'doing.both.left.a.b')
})

t.test('a region is told from a state of the same name in the region before it', async (t) => {
  const regions = { left: { initial: 'a', states: { a: {}, b: {} } }, b: { initial: 'x', states: { x: {} } } }
  const chart = chartOf({ initial: 'p', states: { p: { type: 'parallel', states: regions } } })
  t.same(activeIn(chart, 'p.left.a,b.x'), ['p', 'p.left', 'p.left.a', 'p.b', 'p.b.x'])
})

t.test('an end is what the API says of a saga that ended', async (t) => {
  t.same(activeIn(saga, 'DONE'), ['done'])
  t.same(activeIn(saga, 'FAILED'), ['failed'])
  t.same(activeIn(chartOf({ initial: 'over', states: { over: { type: 'final' } } }), 'DONE'), [])
})

t.test('of a state that the chart does not know as much is active as it knows', async (t) => {
  t.same(activeIn(saga, 'doing.gone'), ['doing'])
  t.same(activeIn(saga, 'gone.a,b'), [])
  t.same(activeIn(saga, ''), [])
  t.same(activeIn(saga, ',.,'), [])
})

const regions = (...names: string[]) => Object.fromEntries(names.map((name) => [name, {}]))

t.test('regions of the same names, one parallel state within another, are told apart', async (t) => {
  const config = {
    id: 'm',
    type: 'parallel',
    states: {
      a: {
        type: 'parallel',
        states: {
          b: { type: 'parallel', states: regions('a', 'b') },
          a: { initial: 'b', states: regions('b') },
        },
      },
      b: { initial: 'a', states: { a: { type: 'parallel', states: regions('x', 'c') } } },
      c: {},
    },
  }
  const { value } = createActor(createMachine(config as never)).getSnapshot()
  t.equal(statePath(value), 'a.b.a,b,a.b,b.a.x,c,c')
  const ids = chartOf(config).states.map(({ id }) => id)
  t.same(new Set(activeIn(chartOf(config), statePath(value))), new Set(ids))
  t.same(pathsOf(value), activeIn(chartOf(config), statePath(value)))
})

t.test("XState's value becomes the same paths", async (t) => {
  t.same(pathsOf('done'), ['done'])
  t.same(pathsOf({ doing: { left: 'a', right: { deep: 'b' } } }), [
    'doing',
    'doing.left',
    'doing.left.a',
    'doing.right',
    'doing.right.deep',
    'doing.right.deep.b',
  ])
  t.same(pathsOf({ left: {}, right: undefined }), ['left', 'right'])
  for (const broken of [null, undefined, 7]) t.same(pathsOf(broken), [])
})
