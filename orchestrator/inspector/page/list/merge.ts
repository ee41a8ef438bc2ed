/** How rows that come from two sides, pages and the stream, become one list. Pure. */
import type { Row } from '../types.ts'

/** Whether `row` is not older than what is known of the same saga: a page may come behind what it does not know of. */
export function isNewer(row: Row, known: Row): boolean {
  return row.seq > known.seq || (row.seq === known.seq && row.updated_at >= known.updated_at)
}

interface Identified {
  readonly id: string
}

/** Ids begin with the time, so newest first is by id, downwards. Nothing is in both. */
export function merged<Item extends Identified>(
  loaded: readonly Item[],
  fresh: readonly Item[],
): readonly Item[] {
  if (fresh.length === 0) return loaded
  const sorted = fresh.toSorted((a, b) => (a.id < b.id ? 1 : -1))
  const [first, last] = [loaded[0], sorted.at(-1)]
  if (first === undefined || last === undefined || last.id > first.id) return [...sorted, ...loaded]
  return [...loaded, ...sorted].sort((a, b) => (a.id < b.id ? 1 : -1))
}
