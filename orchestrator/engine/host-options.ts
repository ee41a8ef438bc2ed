/** What a saga's host is made of. Types only. */
import type { Journal } from './journal.ts'
import type { Clock, Lease, Observer, Problem, SagaIdentity, SagaStart, Trouble } from './ports.ts'
import type { PreparedMachine } from './prepare.ts'
import type { Migration } from './versions.ts'

/** A lease of this process. */
export interface HeldLease extends Lease {
  /** False as soon as another orchestrator may have it. */
  readonly isLive: boolean
}

export interface HostOptions {
  readonly sagaId: string
  readonly lease: HeldLease
  readonly machine: PreparedMachine
  readonly journal: Journal
  readonly observer: Observer
  readonly clock: Clock
  /** Where it would stand in another version. */
  readonly migrate: (snapshot: unknown, to: string) => Migration
  /** Whether people are told of sagas that park or fail. */
  readonly notifies: boolean
}

export type Origin =
  | { readonly kind: 'new'; readonly start: SagaStart; readonly input: unknown }
  | {
      readonly kind: 'stored'
      readonly snapshot: unknown
      readonly seq: number
      readonly startedAt: number
      readonly movedAt: number
      readonly trace: SagaIdentity['trace']
      readonly state: string
      readonly problem: Problem | null
      readonly trouble: Trouble | null
    }
