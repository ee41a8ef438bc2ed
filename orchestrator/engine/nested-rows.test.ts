import t from 'tap'
import { withSnapshots } from './nested-rows.ts'
import type { Transition } from './ports.ts'

const row = (seq: number, state: string, snapshot: string): Transition => ({
  seq,
  state,
  snapshot,
  actor: null,
  timer: null,
  at: 0,
  emitted: [],
  event: { type: 'GO' },
})

const told = (rows: readonly Transition[]) => rows.map(({ state, snapshot }) => `${state} ${snapshot}`)

t.test('rows of the saga itself stay as they are', (t) => {
  const rows = [row(0, 'a', '1'), row(1, 'b', '2')]
  t.equal(
    withSnapshots(rows, () => 'none'),
    rows,
  )
  t.end()
})

t.test(
  'those of machines within get the next snapshot of the saga, and the last of them the one at rest',
  (t) => {
    const rows = [row(0, 'a', ''), row(1, 'b', '1'), row(2, 'b', ''), row(3, 'b', '')]
    t.same(told(withSnapshots(rows, () => 'rest')), ['a 1', 'b 1', 'b rest', 'b rest'])
    t.end()
  },
)

t.test('one that was processed while the saga was being made is in the state in which that began', (t) => {
  t.same(told(withSnapshots([row(0, '', ''), row(1, 'a', '1')], () => 'rest')), ['a 1', 'a 1'])
  t.end()
})
