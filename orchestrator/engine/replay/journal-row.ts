/** One transition as the store or an exported file has it. Whoever reads it may die at any line: it only reads. */
import type { AnyEventObject } from 'xstate'

export interface JournalRow {
  readonly seq: number
  /** Id of the nested machine that processed the event; null for the saga's own machine. */
  readonly actor: string | null
  readonly event: AnyEventObject
  readonly timer: string | null
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly snapshot: unknown
}

/** What it told the business with one of these transitions. */
export interface RecordedEvent {
  readonly seq: number
  readonly type: string
  /** Its other members. */
  readonly payload: unknown
}
