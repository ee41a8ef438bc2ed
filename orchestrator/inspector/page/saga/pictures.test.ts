// Where things stand in the pictures of a saga.
import t from 'tap'
import type { Wait } from '../../../story/gantt.ts'
import type { SequenceEntry } from '../../../story/sequence.ts'
import type { Moment } from '../../../story/story.ts'
import { rowsOf } from './sequence-rows.ts'
import { ticksOf } from './ticks.ts'

const note = (seq: number) =>
  ({ kind: 'note', seq, atMs: seq, lifeline: 0, by: 'event', text: `e${seq}` }) as SequenceEntry
const entries = Array.from({ length: 1_000 }, (_, seq) => note(seq))
const wait = (fromSeq: number, kind: Wait['kind'] = 'parked'): Wait => ({
  kind,
  fromSeq,
  lane: 'forward',
  start: 0.25,
  end: 0.75,
  tookMs: 60_000,
  isCompressed: true,
})

t.test(
  'of a long sequence, what is around the moment is drawn, and what is left out is counted',
  async (t) => {
    const { rows } = rowsOf({ entries, waits: [], seq: 500, top: 0 })
    t.ok(rows.length < 400)
    const left = rows.flatMap((row) => (row.kind === 'more' ? [row.count] : []))
    t.equal(left.length, 2)
    t.equal(rows.length - 2 + left.reduce((sum, count) => sum + count, 0), 1_000)
    t.ok(rows.some((row) => row.kind === 'entry' && row.entry.seq === 500 && !row.isLater))
    t.ok(rows.some((row) => row.kind === 'entry' && row.entry.seq === 501 && row.isLater))
  },
)

t.test('no two lines of a sequence stand at the same place, and a parked wait breaks it', async (t) => {
  const waits = [wait(1), wait(2, 'idle')]
  const { rows, height } = rowsOf({ entries: entries.slice(0, 4), waits, seq: 9, top: 10 })
  t.same(
    rows.map(({ kind }) => kind),
    ['entry', 'entry', 'break', 'entry', 'entry'],
  )
  t.same(
    rows.map(({ y }) => y),
    [...new Set(rows.map(({ y }) => y))].toSorted((a, b) => a - b),
  )
  t.ok(height > (rows.at(-1)?.y ?? 0))
})

t.test('the axis tells round times where every wait is as long as it was', async (t) => {
  const moments = [0, 0.4, 1].map((at, seq) => ({ seq, at }))
  const story = [0, 200, 1_310].map((at, seq) => ({ seq, at: 5_000 + at })) as Moment[]
  const ticks = ticksOf({ moments, breaks: [], tookMs: 1_310 }, { moments: story })
  t.same(
    ticks.map(({ share, label }) => [Math.round(share * 100), label]),
    [
      [0, '+0 ms'],
      [40, '+200 ms'],
      [51, '+400 ms'],
      [62, '+600 ms'],
      [72, '+800 ms'],
      [83, '+1 s'],
      [100, '+1.31 s'],
    ],
  )
})

t.test('the axis tells the time where it stands, and none within a wait that is drawn shorter', async (t) => {
  const moments = [
    { seq: 0, at: 0 },
    { seq: 1, at: 0.25 },
    { seq: 2, at: 0.75 },
  ]
  const story = [0, 1_000, 61_000].map((at, seq) => ({ seq, at: 5_000 + at })) as Moment[]
  const ticks = ticksOf({ moments, breaks: [wait(1)], tookMs: 62_000 }, { moments: story })
  t.same(
    ticks.map(({ share, label }) => [share, label]),
    [
      [0, '+0 ms'],
      [0.125, '+500 ms'],
      [0.25, '+1 s'],
      [0.75, '+1 min 1 s'],
      [0.875, '+1 min 2 s'],
      [1, '+1 min 2 s'],
    ],
  )
})
