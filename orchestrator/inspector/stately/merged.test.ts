import t from 'tap'
import type { Tail } from '../../store/journal-tail.ts'
import { merged } from './merged.ts'

/** Rows from `from` on, at these times; `seq` is where the saga stands. */
function tail(sagaId: string, times: readonly number[], place: { from?: number; seq?: number } = {}): Tail {
  const { from = 0 } = place
  const rows = times.map((time, index) => {
    return { seq: from + index, actor: null, event: { type: 'E' }, at: new Date(time), snapshot: {} }
  })
  return { sagaId, rows, version: '1', status: 'running', seq: place.seq ?? from + times.length - 1 }
}

const told = (...tails: Tail[]) => merged(tails).map(({ sagaId, row }) => `${sagaId}${row.seq}`)

t.test('rows are told in the order of their times, those of one saga in their own', async (t) => {
  t.strictSame(told(tail('a', [1, 4, 5]), tail('b', [2, 3, 6])), ['a0', 'b0', 'b1', 'a1', 'a2', 'b2'])
  t.strictSame(told(tail('a', [5, 3, 6]), tail('b', [4, 5])), ['b0', 'a0', 'a1', 'b1', 'a2'], 'clocks differ')
  t.strictSame(told(), [])
  t.strictSame(told(tail('a', [])), [])
})

t.test('nothing is told that is younger than what is known of a long journal', async (t) => {
  const long = tail('a', [1, 2], { seq: 9 })
  t.strictSame(told(long, tail('b', [2, 3])), ['a0', 'a1', 'b0'])
  t.strictSame(told(tail('a', [3], { from: 2 }), tail('b', [3], { from: 1 })), ['a2', 'b1'])
  t.strictSame(told(long, tail('b', [0, 1], { seq: 7 })), ['b0', 'a0', 'b1'], 'and each look tells some')
})
