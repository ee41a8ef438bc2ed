/**
 * A ladder is laid out on a grid. Boxes stand in its cells; lines run between them only, in channels: channel `v` is to
 * the left of column `v`, channel `h` above row `h`. How wide a channel is follows from what runs in it, so nothing ever
 * lacks room.
 */
import type { BoxRole, Line as DrawnLine } from '../drawing.ts'

export interface Span {
  readonly from: number
  /** Inclusive. */
  readonly to: number
}

export interface Cell {
  /** An end is that of a region, not of a saga. A port has no box: lines begin beside it at the border of its group. */
  readonly kind: 'box' | 'end' | 'dot' | 'history' | 'port'
  readonly state: string
  readonly role: BoxRole
  readonly label: string
  readonly row: number
  readonly columns: Span
}

/** Drawn around the cells of the states within it. */
export interface Group {
  readonly state: string
  readonly label: string
  readonly rows: Span
  readonly columns: Span
  readonly parent: string | null
}

export interface Grid {
  readonly rows: number
  readonly columns: number
  readonly cells: readonly Cell[]
  readonly groups: readonly Group[]
}

/** A line of the drawing before it has a place. */
export interface Wire {
  readonly edges: readonly string[]
  readonly kind: DrawnLine['kind']
  readonly label: string
  /** Ids of states; '' for the root. */
  readonly source: string
  readonly target: string
  /** From the dot at which the run begins. */
  readonly isStart: boolean
}

export type Side = 'left' | 'right'

/** Whether it bars the way of a line: a port is drawn as nothing, and a history state beside the middle. */
export const isSolid = ({ kind }: Cell) => kind !== 'port' && kind !== 'history'

export const isWithin = (at: number, { from, to }: Span) => from <= at && at <= to
export const overlap = (a: Span, b: Span) => a.from <= b.to && b.from <= a.to

/** What stands in several columns is drawn in the middle one, so that only boxes are in the way of what runs there. */
export const middleOf = ({ from, to }: Span) => (from + to) >> 1

export function spanOf(a: number, b: number): Span {
  return a < b ? { from: a, to: b } : { from: b, to: a }
}
