/** Where the axis of time has its marks: at even distances, for waits are drawn shorter than they were. Pure. */
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

export function ticksOf(
  { moments, waits, tookMs }: Pick<Gantt, 'moments' | 'waits' | 'tookMs'>,
  story: Pick<Story, 'moments'>,
): Tick[] {
  const times = new Map(story.moments.map(({ seq, at }) => [seq, at]))
  const begun = story.moments[0]?.at ?? 0
  const knots = moments.map(({ seq, at }) => ({ share: at, ms: (times.get(seq) ?? begun) - begun }))
  knots.push({ share: 1, ms: tookMs })
  const isBreak = (share: number) =>
    waits.some(({ isCompressed, start, end }) => isCompressed && share > start && share < end)
  return Array.from({ length: PARTS + 1 }, (_, nth) => ({ share: nth / PARTS, isMinor: nth % 4 !== 0 }))
    .filter(({ share }) => !isBreak(share))
    .map(({ share, isMinor }) => ({ share, isMinor, label: `+${durationOf(msAt(share, knots))}` }))
}

interface Knot {
  readonly share: number
  readonly ms: number
}

function msAt(share: number, knots: readonly Knot[]): number {
  const nth = knots.findIndex((knot) => knot.share >= share)
  const [before, after] = [knots[nth - 1], knots[nth]]
  if (after === undefined) return knots.at(-1)?.ms ?? 0
  if (before === undefined || after.share === before.share) return after.ms
  const part = (share - before.share) / (after.share - before.share)
  return before.ms + part * (after.ms - before.ms)
}
