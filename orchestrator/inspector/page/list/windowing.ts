/** Which rows of a long list are drawn: those that are seen, and a few around them. Pure. */

export interface Seen {
  readonly scrollTop: number
  readonly height: number
}

export interface Window {
  readonly from: number
  /** Not drawn any more. */
  readonly to: number
}

/** Beyond both edges, so that a wheel or a key shows no gap. */
const AROUND = 6

/** Of `rows` rows of one height. */
export function windowOf({ scrollTop, height }: Seen, rowHeight: number, rows: number): Window {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight)
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight)
  const from = Math.min(Math.max(0, first - AROUND), Math.max(0, rows - 1))
  return { from, to: Math.min(rows, Math.max(last + AROUND, from)) }
}

/** Where to scroll to for the row to be seen whole; where it is already, if it is. */
export function scrollTopFor(index: number, { scrollTop, height }: Seen, rowHeight: number): number {
  const top = index * rowHeight
  if (top < scrollTop) return top
  return Math.max(scrollTop, top + rowHeight - height)
}
