/** Rows of several journals in the order in which they happened, as far as they are all here. Pure. */
import type { Tail, TailRow } from '../../store/journal-tail.ts'

export interface MergedRow {
  readonly sagaId: string
  readonly row: TailRow
}

/**
 * A saga whose tail is cut short may have rows that are older than those of others, so nothing younger than what is
 * here of it is told yet. Clocks of orchestrators differ: a row counts as no older than those before it of its saga.
 */
export function merged(tails: readonly Tail[]): MergedRow[] {
  const timed = tails.map((tail) => timedRows(tail))
  const horizon = Math.min(
    ...timed.map((rows, index) => (isCut(tails[index]) ? (rows.at(-1)?.time ?? 0) : Infinity)),
  )
  return timed
    .flat()
    .filter(({ time }) => time <= horizon)
    .toSorted((a, b) => a.time - b.time)
    .map(({ sagaId, row }) => ({ sagaId, row }))
}

function timedRows({ sagaId, rows }: Tail) {
  let time = 0
  return rows.map((row) => {
    time = Math.max(time, row.at.getTime())
    return { sagaId, row, time }
  })
}

function isCut(tail: Tail | undefined): boolean {
  const last = tail?.rows.at(-1)
  return tail !== undefined && last !== undefined && last.seq < tail.seq
}
