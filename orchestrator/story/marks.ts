/** What each state and edge of a chart looks like at one moment of a saga. Pure. */
import type { Chart } from '../chart/chart.ts'
import type { Story } from './story.ts'

export type Mark =
  | 'current'
  | 'done'
  | 'failed'
  | 'compensating'
  | 'compensated'
  | 'parked'
  /** Given up where it stood; of a step, left while its call was open. */
  | 'abandoned'

export interface StateMark {
  readonly mark: Mark
  /** How often its steps were called so far; 0 of a state without. */
  readonly tries: number
  /** For people: why it failed, who did it by hand; '' if there is nothing to say. */
  readonly note: string
}

export interface EdgeMark {
  readonly times: number
  readonly isError: boolean
}

export interface Marks {
  /** Those that the saga never was in are not among them. */
  readonly states: ReadonlyMap<string, StateMark>
  readonly edges: ReadonlyMap<string, EdgeMark>
  /** Ids of the active states of this chart, outer ones before those within. */
  readonly current: readonly string[]
}

/** Behind the transition `seq`, on `chart`: one of those that the story was told with. */
export function marksAt(_story: Story, _chart: Chart, _seq: number): Marks {
  return { states: new Map(), edges: new Map(), current: [] }
}
