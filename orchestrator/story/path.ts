/** Which edges of its chart a saga took, line by line, told from where it stood before and behind. Pure. */
import type { ChartOf } from './calls.ts'
import type { JournalLine } from './journal-line.ts'

export interface Taken {
  /** Ids, in order. */
  readonly edges: readonly string[]
  /** False where the chart leaves a choice, or does not lead there at all. */
  readonly isExact: boolean
}

const NOTHING: Taken = { edges: [], isExact: true }

export class Path {
  constructor(_chartOf: ChartOf) {}

  next(_line: JournalLine): Taken {
    return NOTHING
  }
}
