/** Answers of the server, by its own schemas. */
import type { Static } from 'typebox'
import type { BusinessEvent, SagaView, SagaWithVerbs } from '../../api/schemas.ts'
import type { SagaStatus } from '../../engine/ports.ts'
import type { Chart } from '../../chart/chart.ts'
import type { Drawing } from '../../chart/drawing.ts'

export type { SagaStatus }
export type Saga = Static<typeof SagaView>
export type OpenSaga = Static<typeof SagaWithVerbs>
export type Emitted = Static<typeof BusinessEvent>

/** One line of the list, as lists and the live stream tell it. */
export type Row = Pick<
  Saga,
  | 'saga_id'
  | 'machine'
  | 'version'
  | 'business_key'
  | 'status'
  | 'state'
  | 'step'
  | 'error_code'
  | 'seq'
  | 'created_at'
  | 'updated_at'
>

export interface Count {
  readonly machine: string
  readonly version: string
  readonly status: SagaStatus
  /** DONE, FAILED, or the path in the chart. */
  readonly state: string
  readonly sagas: number
}

export interface KnownMachine {
  readonly machine: string
  readonly versions: readonly {
    readonly version: string
    /** New sagas begin with it. */
    readonly newest: boolean
    /** Whether the orchestrator that answers can drive it. */
    readonly here: boolean
  }[]
}

/** What states have seen of late. */
export interface Stats {
  readonly since: string
  readonly transitions: number
  /** Whether that is all since then, or there was too much to look at. */
  readonly is_whole: boolean
  readonly states: readonly {
    readonly state: string
    readonly entered: number
    readonly errors: number
    /** Of the time in it; null where nobody left it. */
    readonly p95_ms: number | null
  }[]
}

export interface DrawnChart {
  readonly chart: Chart
  /** Null where nothing could lay it out in time: it is told as an outline. */
  readonly drawing: Drawing | null
}
