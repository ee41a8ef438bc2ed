/** What a chart is told to show. */
import type { Drawing } from '../../../chart/drawing.ts'
import type { Mark } from '../icon/glyphs.ts'
import type { DrawnChart } from '../types.ts'

export interface StateMark {
  readonly mark: Mark
  /** Short, below the name, such as `2 tries`. */
  readonly note?: string
  /** In words, for who wants to know more. */
  readonly detail?: string
}

export interface Badge {
  /** As it is shown: short. */
  readonly text: string
  /** As it is read out: begins with the text. */
  readonly title: string
  /** 0 to 1: how strongly the state is coloured. */
  readonly heat: number
  readonly isAlarm?: boolean
}

export interface TakenEdge {
  readonly times: number
  readonly isError: boolean
}

export interface ChartViewProps {
  readonly drawn: DrawnChart
  /** What is drawn, for screen readers. */
  readonly title: string
  /** By state. */
  readonly marks?: ReadonlyMap<string, StateMark>
  /** By edge: how often it was taken, and whether with an error. */
  readonly taken?: ReadonlyMap<string, TakenEdge>
  /** Ringed: where a replay differs, for one. */
  readonly pointed?: ReadonlySet<string>
  /** By state. */
  readonly badges?: ReadonlyMap<string, Badge>
  readonly selected?: string | undefined
  readonly onPick?: (state: string) => void
  /** Of the states, those that can be picked; all, if it is missing. */
  readonly pickable?: ReadonlySet<string>
}

/** The same where there is a drawing. */
export interface DrawingProps extends ChartViewProps {
  readonly drawing: Drawing
}
