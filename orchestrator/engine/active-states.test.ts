import t from 'tap'
import { sides } from '../../test/kit/operated-charts.ts'
import { activeStates, innerStates } from './active-states.ts'

const idsOf = (value: Parameters<typeof activeStates>[1]) =>
  activeStates(sides.root, value).map(({ id }) => id)

t.test('all states that a value names are told, the outer ones first', (t) => {
  t.same(idsOf('done'), ['m', 'done'])
  t.same(idsOf({ doing: { left: 'open', right: 'over' } }), [
    'm',
    'm.doing',
    'm.doing.left',
    'm.doing.left.open',
    'm.doing.right',
    'm.doing.right.over',
  ])
  t.end()
})

t.test('what the chart does not have is left out', (t) => {
  t.same(idsOf({ gone: 'open' }), ['m'])
  t.same(idsOf(undefined), ['m'])
  t.same(innerStates(sides.root, 'gone'), [])
  t.end()
})
