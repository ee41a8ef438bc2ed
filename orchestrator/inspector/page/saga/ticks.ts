/** Where the axis of time has its marks: at round times; at even distances where waits are drawn shorter. Pure. */
import type { Gantt } from '../../../story/gantt.ts'
import type { Story } from '../../../story/story.ts'
import { durationOf } from '../format/format.ts'

export interface Tick {
  /** From 0 to 1. */
  readonly share: number
  readonly label: string
  /** Left out where there is little room. */
  readonly isMinor: boolean
}

const PARTS = 8

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 120_000, 300_000,
]

/** Of the whole width: the label of a mark that is nearer to the next one would lie on it. */
const LABEL_SHARE = 0.07

export function ticksOf(
  { moments, breaks, tookMs }: Pick<Gantt, 'moments' | 'breaks' | 'tookMs'>,
  story: Pick<Story, 'moments'>,
): Tick[] {
  const times = new Map(story.moments.map(({ seq, at }) => [seq, at]))
  const begun = story.moments[0]?.at ?? 0
  const knots = moments.map(({ seq, at }) => ({ share: at, ms: (times.get(seq) ?? begun) - begun }))
  knots.push({ share: 1, ms: tookMs })
  const step = STEPS_MS.find((ms) => ms >= tookMs / PARTS)
  if (step !== undefined && tookMs > 0 && breaks.length === 0) return roundTicks(step, tookMs, knots)
  const isBreak = (share: number) => breaks.some(({ start, end }) => share > start && share < end)
  return Array.from({ length: PARTS + 1 }, (_, nth) => ({ share: nth / PARTS, isMinor: nth % 4 !== 0 }))
    .filter(({ share }) => !isBreak(share))
    .map(({ share, isMinor }) => ({ share, isMinor, label: `+${durationOf(msAt(share, knots))}` }))
}

function roundTicks(step: number, tookMs: number, knots: readonly Knot[]): Tick[] {
  const times = Array.from({ length: Math.ceil(tookMs / step) }, (_, nth) => nth * step)
  const ticks: Tick[] = []
  for (const ms of times) {
    const share = shareAt(ms, knots)
    const isFree = share - (ticks.at(-1)?.share ?? -1) >= LABEL_SHARE && share <= 1 - 1.5 * LABEL_SHARE
    if (isFree) ticks.push({ share, label: `+${durationOf(ms)}`, isMinor: ms > 0 })
  }
  return [...ticks, { share: 1, label: `+${durationOf(tookMs)}`, isMinor: false }]
}

interface Knot {
  readonly share: number
  readonly ms: number
}

const msAt = (share: number, knots: readonly Knot[]) => between(knots, share, { of: 'share', to: 'ms' })
const shareAt = (ms: number, knots: readonly Knot[]) => between(knots, ms, { of: 'ms', to: 'share' })

interface Ways {
  readonly of: keyof Knot
  readonly to: keyof Knot
}

function between(knots: readonly Knot[], value: number, { of, to }: Ways): number {
  const nth = knots.findIndex((knot) => knot[of] >= value)
  const [before, after] = [knots[nth - 1], knots[nth]]
  if (after === undefined) return knots.at(-1)?.[to] ?? 0
  if (before === undefined || after[of] === before[of]) return after[to]
  const part = (value - before[of]) / (after[of] - before[of])
  return before[to] + part * (after[to] - before[to])
}
