import t from 'tap'
import { BEGUN, by, done, failed, init, linesOf, tell } from '../../test/kit/lines.ts'
import { ganttOf, type Bar, type Gantt } from './gantt.ts'
import { storyOf } from './story.ts'

const round = (share: number) => Math.round(share * 1_000) / 1_000
const shown = ({ call, lane, start, end }: Bar) => [call.invoke, lane, call.outcome, round(start), round(end)]
const waits = (gantt: Gantt) =>
  gantt.waits.map(({ kind, lane, start, end, tookMs, isCompressed }) => [
    kind,
    lane,
    round(start),
    round(end),
    tookMs,
    isCompressed,
  ])

/** 1 s down, 0.4 s up; the first compensation fails, and is parked for a minute. */
const parked = tell(
  [0, init, 'doing.lock', 'lock'],
  [400, done('lock'), 'doing.reserve', 'reserve'],
  [600, failed('reserve'), 'undoing.reserve', 'undo-reserve'],
  [100, failed('undo-reserve'), 'parked.undoing'],
  [60_000, { type: 'xstate.after.nextTry.commande.parked.undoing' }, 'undoing.reserve', 'undo-reserve'],
  [100, done('undo-reserve'), 'undoing.lock', 'undo-lock'],
  [200, done('undo-lock'), 'failed'],
)
const LATER = BEGUN + 3_600_000

t.test('calls lie in two lanes, each with how it ended, and a long wait is drawn short', async (t) => {
  const gantt = ganttOf(parked, { seq: 6, now: LATER })
  // 1.4 s of calls, and a sixth of that for the wait.
  const all = 1_400 + 1_400 / 6
  const at = (ms: number) => round(ms / all)
  t.same(gantt.bars.map(shown), [
    ['lock', 'forward', 'done', 0, at(400)],
    ['reserve', 'forward', 'failed', at(400), at(1_000)],
    ['undo-reserve', 'compensation', 'failed', at(1_000), at(1_100)],
    ['undo-reserve', 'compensation', 'done', at(1_100 + 1_400 / 6), at(1_200 + 1_400 / 6)],
    ['undo-lock', 'compensation', 'done', at(1_200 + 1_400 / 6), 1],
  ])
  t.same(waits(gantt), [['parked', 'compensation', at(1_100), at(1_100 + 1_400 / 6), 60_000, true]])
  t.same(gantt.rows, { forward: 1, compensation: 1 })
  t.same(gantt.later, [])
  t.equal(gantt.tookMs, 61_400)
  t.same(
    gantt.moments.map(({ seq }) => seq),
    [0, 1, 2, 3, 4, 5, 6],
  )
  t.equal(gantt.moments.at(-1)?.at, 1)
})

t.test('at an earlier moment calls that ended later are open, and nothing has moved', async (t) => {
  const whole = ganttOf(parked, { seq: 6, now: LATER })
  const gantt = ganttOf(parked, { seq: 2, now: LATER })
  t.same(
    gantt.bars.map(({ call }) => call.outcome),
    ['done', 'failed', 'open'],
  )
  t.equal(gantt.bars[2]?.call.failure, null)
  t.same(
    [...gantt.bars, ...gantt.later].map(({ start, end }) => [start, end]),
    whole.bars.map(({ start, end }) => [start, end]),
  )
  t.same(gantt.waits, [])
  t.same(gantt.breaks, whole.breaks)
  t.equal(gantt.breaks.length, 1)
  t.equal(ganttOf(parked, { seq: 3, now: LATER }).waits.length, 1)
  t.equal(ganttOf(parked, { seq: -1, now: LATER }).bars.length, 0)
})

t.test('what is still going on lasts until now, and what has ended does not', async (t) => {
  const open = tell([0, init, 'doing.lock', 'lock'], [400, done('lock'), 'doing.reserve', 'reserve'])
  const gantt = ganttOf(open, { seq: 1, now: BEGUN + 1_000 })
  t.same(gantt.bars.map(shown), [
    ['lock', 'forward', 'done', 0, 0.4],
    ['reserve', 'forward', 'open', 0.4, 1],
  ])
  t.equal(gantt.tookMs, 1_000)
  t.equal(ganttOf(open, { seq: 1, now: BEGUN - 5_000 }).tookMs, 400, 'by a clock that is behind')
  t.equal(ganttOf(parked, { seq: 6, now: LATER }).tookMs, 61_400)
})

t.test(
  'a short wait is drawn as long as it was, and one without a call before it lies forward',
  async (t) => {
    const idle = tell(
      [0, init, 'doing.lock'],
      [100, { type: 'GO' }, 'doing.lock'],
      [100, { type: 'GO' }, 'doing.lock', 'lock'],
      [9_800, done('lock'), 'done'],
    )
    t.same(waits(ganttOf(idle, { seq: 3, now: LATER })), [['idle', 'forward', 0, 0.02, 200, false]])
  },
)

t.test('calls that overlap lie below each other', async (t) => {
  const lines = linesOf(
    [0, init, 'both', 'left', 'right'],
    [100, done('left'), 'both', 'right', 'more'],
    [100, done('right'), 'both', 'more'],
    [100, done('more'), 'done'],
  )
  const gantt = ganttOf(storyOf(lines), { seq: 3, now: LATER })
  t.same(
    gantt.bars.map(({ call, row }) => [call.invoke, row]),
    [
      ['left', 0],
      ['right', 1],
      ['more', 0],
    ],
  )
  t.equal(gantt.rows.forward, 2)
})

t.test('a call that a person finished is no time, and clocks that differ do not go backwards', async (t) => {
  const skipped = tell(
    [0, init, 'undoing.lock', 'undo-lock'],
    [100, failed('undo-lock'), 'parked.undoing'],
    [-50, by('skip', { step: 'lock' }), 'failed'],
  )
  const { bars, waits } = ganttOf(skipped, { seq: 2, now: LATER })
  t.same(bars.map(shown), [
    ['undo-lock', 'compensation', 'failed', 0, 1],
    ['undo-lock', 'compensation', 'by hand', 1, 1],
  ])
  t.same(waits, [])
})

t.test('a saga of one moment, and one of none, are drawn', async (t) => {
  const one = ganttOf(tell([0, init, 'doing.lock', 'lock']), { seq: 0, now: BEGUN })
  t.same(one.bars.map(shown), [['lock', 'forward', 'open', 0, 1]])
  t.match(ganttOf(storyOf([]), { seq: 0, now: LATER }), { bars: [], waits: [], moments: [], tookMs: 0 })
})

t.test('a call of a moment is wide enough to be seen beside one of a minute', async (t) => {
  const uneven = tell(
    [0, init, 'doing.lock', 'lock'],
    [5, done('lock'), 'doing.reserve', 'reserve'],
    [60_000, done('reserve'), 'done'],
  )
  const [lock, reserve] = ganttOf(uneven, { seq: 2, now: LATER }).bars.map(shown)
  t.same(lock, ['lock', 'forward', 'done', 0, 0.024])
  t.same(reserve, ['reserve', 'forward', 'done', 0.024, 1])
})
