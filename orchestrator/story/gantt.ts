/** The two lanes of a saga over time as data: calls forward, and compensations. Pure. */
import type { Call, Story } from './story.ts'

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
  /** How many rows each lane has, over the whole story. */
  readonly rows: Readonly<Record<Lane, number>>
  /** Where each moment lies: for the slider. */
  readonly moments: readonly { readonly seq: number; readonly at: number }[]
  readonly tookMs: number
}

/** Up to the transition `seq`, on the scale of the whole story; calls that are still open last until `now`. */
export function ganttOf(_story: Story, _at: { readonly seq: number; readonly now: number }): Gantt {
  return { bars: [], later: [], waits: [], rows: { forward: 0, compensation: 0 }, moments: [], tookMs: 0 }
}
