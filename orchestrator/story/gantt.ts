/** The two lanes of a saga over time as data: calls forward, and compensations. Pure. */
import { callsAt, type Call, type Story } from './story.ts'
import { timeScaleOf, type TimeScale } from './time-scale.ts'

export type Lane = 'forward' | 'compensation'

export interface Bar {
  readonly call: Call
  readonly lane: Lane
  /** Within its lane: calls that overlap lie below each other. */
  readonly row: number
  /** From 0 to 1 over the whole width. */
  readonly start: number
  readonly end: number
}

/** A time in which no call was open: hatched. */
export interface Wait {
  readonly kind: 'parked' | 'idle'
  readonly lane: Lane
  readonly fromSeq: number
  readonly start: number
  readonly end: number
  readonly tookMs: number
  /** It is drawn shorter than it was. */
  readonly isCompressed: boolean
}

export interface Gantt {
  /** As they stood at that moment: the colour is that of how each call ended. */
  readonly bars: readonly Bar[]
  /** Those that began later, for an outline. */
  readonly later: readonly Bar[]
  readonly waits: readonly Wait[]
  /** Where time is drawn shorter than it was, over the whole story. */
  readonly breaks: readonly Pick<Wait, 'start' | 'end'>[]
  /** How many rows each lane has, over the whole story. */
  readonly rows: Readonly<Record<Lane, number>>
  /** Where each moment lies: for the slider. */
  readonly moments: readonly { readonly seq: number; readonly at: number }[]
  readonly tookMs: number
}

/** Up to the transition `seq`, on the scale of the whole story; calls that are still open last until `now`. */
export function ganttOf(story: Story, { seq, now }: { readonly seq: number; readonly now: number }): Gantt {
  const scale = timeScaleOf(story, now)
  const { times, places } = scale
  const whole = barsOf(story.calls, scale)
  const waits = waitsOf(story, scale)
  // Calls are told in the order in which they began.
  const known = callsAt(story, seq)
  const until = places[scale.indexOf(seq) + 1] ?? 1
  return {
    bars: whole.bars.slice(0, known.length).map((bar, index) => {
      const call = known[index] ?? bar.call
      // One that is open there lasts as long as that moment.
      return { ...bar, call, end: call.toSeq === null ? Math.min(bar.end, until) : bar.end }
    }),
    later: whole.bars.slice(known.length),
    waits: waits.flatMap((wait) => {
      return wait.fromSeq > seq ? [] : [{ ...wait, end: Math.min(wait.end, until) }]
    }),
    breaks: waits.filter(({ isCompressed }) => isCompressed),
    rows: whole.rows,
    moments: story.moments.map((moment, index) => ({ seq: moment.seq, at: places[index] ?? 0 })),
    tookMs: (times.at(-1) ?? 0) - (times[0] ?? 0),
  }
}

const laneOf = ({ isCompensation }: Call): Lane => (isCompensation ? 'compensation' : 'forward')

function barsOf(calls: readonly Call[], { places, indexOf }: TimeScale) {
  /** Of each row, the index of the moment from which on it is free. */
  const free: Record<Lane, number[]> = { forward: [], compensation: [] }
  const bars = calls.map((call): Bar => {
    const lane = laneOf(call)
    const from = indexOf(call.fromSeq)
    const to = call.toSeq === null ? places.length - 1 : indexOf(call.toSeq)
    const found = free[lane].findIndex((index) => index <= from)
    const row = found < 0 ? free[lane].length : found
    free[lane][row] = to
    return { call, lane, row, start: places[from] ?? 0, end: places[to] ?? 1 }
  })
  return { bars, rows: { forward: free.forward.length, compensation: free.compensation.length } }
}

/** Each in the lane of the call before it. */
function waitsOf({ moments, calls }: Story, { quiet, places }: TimeScale): Wait[] {
  let next = 0
  return quiet.map(({ kind, from, to, tookMs, isCompressed }) => {
    const fromSeq = moments[from]?.seq ?? 0
    while ((calls[next]?.fromSeq ?? Infinity) <= fromSeq) next++
    const before = calls[next - 1]
    const lane = before === undefined ? 'forward' : laneOf(before)
    return { kind, lane, fromSeq, start: places[from] ?? 0, end: places[to] ?? 1, tookMs, isCompressed }
  })
}
