/** Where the moments of a story lie on a line from 0 to 1: a time in which nothing was called is drawn shorter. Pure. */
import type { Moment, Story } from './story.ts'

/** Between the moments of these indices; `to` is one behind the last where it lasts to the end. */
interface Quiet {
  readonly kind: 'parked' | 'idle'
  readonly from: number
  readonly to: number
  readonly tookMs: number
  readonly isCompressed: boolean
}

export interface TimeScale {
  /** Milliseconds since the epoch: of the moments, never backwards, and of the end behind them. */
  readonly times: readonly number[]
  /** From 0 to 1, by the index of the moment. */
  readonly places: readonly number[]
  readonly quiet: readonly Quiet[]
  /** The index of a moment; of one that is not there, that of the last before it. */
  readonly indexOf: (seq: number) => number
}

/** Of all the time in which something was called: no wait is drawn longer. */
const WAIT_SHARE_MAX = 1 / 6

/** A call of a moment beside one of a minute is still seen, and pointed at; all such together take a third at most. */
const CALL_SHARE_MIN = 0.025
const CALLS_SHARE_MAX = 1 / 3

export function timeScaleOf(story: Story, now: number): TimeScale {
  const { moments } = story
  const times = timesOf(moments, now)
  const indexes = new Map(moments.map(({ seq }, index) => [seq, index]))
  const indexOf = (seq: number) =>
    indexes.get(seq) ??
    Math.max(
      0,
      moments.findLastIndex((moment) => moment.seq <= seq),
    )
  const found = quietTimes(story, times, indexOf)
  const took = (times.at(-1) ?? 0) - (times[0] ?? 0)
  const busyMs = took - found.reduce((all, { tookMs }) => all + tookMs, 0)
  const longestMs = busyMs > 0 ? busyMs * WAIT_SHARE_MAX : Infinity
  const quiet = found.map((one) => ({ ...one, isCompressed: one.tookMs > longestMs }))
  return { times, quiet, indexOf, places: placesOf(times, quiet, longestMs) }
}

/** Two orchestrators have two clocks: one that takes over may be behind the other. */
function timesOf(moments: readonly Moment[], now: number): number[] {
  let latest = moments[0]?.at ?? now
  const times = moments.map(({ at }) => (latest = Math.max(latest, at)))
  return [...times, moments.at(-1)?.standing === 'ended' ? latest : Math.max(latest, now)]
}

function quietTimes({ moments, calls }: Story, times: readonly number[], indexOf: TimeScale['indexOf']) {
  const changes = moments.map(() => 0)
  for (const { fromSeq, toSeq } of calls) {
    const from = indexOf(fromSeq)
    changes[from] = (changes[from] ?? 0) + 1
    if (toSeq === null) continue
    const to = indexOf(toSeq)
    changes[to] = (changes[to] ?? 0) - 1
  }
  const quiet: Omit<Quiet, 'isCompressed'>[] = []
  let open = 0
  moments.forEach(({ standing }, index) => {
    open += changes[index] ?? 0
    const tookMs = (times[index + 1] ?? 0) - (times[index] ?? 0)
    if (open > 0 || tookMs === 0) return
    const kind = standing === 'parked' ? 'parked' : 'idle'
    const last = quiet.at(-1)
    if (last === undefined || last.kind !== kind || last.to !== index) {
      quiet.push({ kind, from: index, to: index + 1, tookMs })
      return
    }
    quiet[quiet.length - 1] = { ...last, to: index + 1, tookMs: last.tookMs + tookMs }
  })
  return quiet
}

function placesOf(times: readonly number[], quiet: readonly Quiet[], longestMs: number): number[] {
  const shares = new Map<number, number>()
  for (const { from, to, tookMs, isCompressed } of quiet)
    for (let index = from; index < to; index++) shares.set(index, isCompressed ? longestMs / tookMs : 1)
  const lengths = times.map(
    (time, index) => (time - (times[index - 1] ?? time)) * (shares.get(index - 1) ?? 1),
  )
  const all = lengths.reduce((sum, length) => sum + length, 0)
  const least = all * Math.min(CALL_SHARE_MIN, CALLS_SHARE_MAX / times.length)
  let drawn = 0
  const drawnMs = lengths.map((length, index) => {
    drawn += length > 0 && !shares.has(index - 1) ? Math.max(length, least) : length
    return drawn
  })
  // Where no time went by, all that there is to draw lasts from the first moment to the end.
  return drawn > 0
    ? drawnMs.map((ms) => ms / drawn)
    : times.map((_, index) => (index < times.length - 1 ? 0 : 1))
}
