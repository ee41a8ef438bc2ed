/** Where a chart is drawn: geometry only, in CSS pixels at its natural size. What it looks like is the page's affair. */
import type { EdgeKind } from './chart.ts'

export interface Drawing {
  readonly layout: 'ladder' | 'graph'
  readonly width: number
  readonly height: number
  /** Groups before what lies within them. */
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
}

export type BoxRole =
  | 'step'
  | 'compensation'
  | 'parked'
  | 'done'
  | 'failed'
  /** Any other state. */
  | 'state'
  /** A state with states in it, drawn around them. */
  | 'group'
  /** Where a run begins, or a state with states in it: a dot, no box. */
  | 'start'

export interface Box {
  /** Of the state; of a dot, the one that it stands in ('' for the root). */
  readonly state: string
  readonly role: BoxRole
  readonly label: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Line {
  /** Edges that share it: same source, same targets. Empty for the line from a dot. */
  readonly edges: readonly string[]
  /** Of the edges, the one that most tells how it is drawn: error before after before event before done. */
  readonly kind: EdgeKind
  /** Orthogonal; the arrow is at its end. */
  readonly points: readonly Point[]
  readonly label: LineLabel | null
}

export interface LineLabel {
  readonly text: string
  /** Its box, in which the text is centred. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
