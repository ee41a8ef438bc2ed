/** Where each line of a sequence diagram stands: a picture of thousands of lines shows those around the moment. Pure. */
import type { Wait } from '../../../story/gantt.ts'
import type { SequenceEntry } from '../../../story/sequence.ts'

export type SequenceRow =
  | { readonly kind: 'entry'; readonly y: number; readonly entry: SequenceEntry; readonly isLater: boolean }
  | { readonly kind: 'break'; readonly y: number; readonly wait: Wait; readonly isLater: boolean }
  /** There are more than are shown. */
  | { readonly kind: 'more'; readonly y: number; readonly count: number; readonly where: 'above' | 'below' }

export interface SequenceRows {
  readonly rows: readonly SequenceRow[]
  readonly height: number
}

const AROUND = 150
const HEIGHTS = { call: 30, answer: 30, note: 26, break: 34, more: 26 } as const

interface Told {
  readonly entries: readonly SequenceEntry[]
  readonly waits: readonly Wait[]
  /** The moment that is looked at. */
  readonly seq: number
  /** Where the first row begins. */
  readonly top: number
}

export function rowsOf({ entries, waits, seq, top }: Told): SequenceRows {
  const now = entries.findLastIndex((entry) => entry.seq <= seq)
  const [from, to] = [Math.max(0, now - AROUND), Math.min(entries.length, now + AROUND)]
  const rows: SequenceRow[] = []
  let y = top
  const add = (row: SequenceRow, height: number) => {
    rows.push(row)
    y += height
  }
  if (from > 0) add({ kind: 'more', y, count: from, where: 'above' }, HEIGHTS.more)
  for (let index = from; index < to; index++) {
    const entry = entries[index]
    if (entry === undefined) break
    add({ kind: 'entry', y, entry, isLater: entry.seq > seq }, HEIGHTS[entry.kind])
    for (const wait of waitsBehind(entry, entries[index + 1], waits))
      add({ kind: 'break', y, wait, isLater: wait.fromSeq > seq }, HEIGHTS.break)
  }
  if (to < entries.length) add({ kind: 'more', y, count: entries.length - to, where: 'below' }, HEIGHTS.more)
  return { rows, height: y }
}

/** A wait begins behind all that its transition brought. */
function waitsBehind(entry: SequenceEntry, next: SequenceEntry | undefined, waits: readonly Wait[]): Wait[] {
  return waits.filter(
    ({ kind, fromSeq }) =>
      kind === 'parked' && fromSeq >= entry.seq && (next === undefined || fromSeq < next.seq),
  )
}
