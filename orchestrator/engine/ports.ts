/**
 * The words of the engine, and what it asks of the world. Implemented by store/, steps/ and metrics.ts, and
 * by the simulation; the engine itself knows neither SQL nor HTTP, no clock and no randomness of its own.
 */
import type { StepDeclaration } from '../../machines/step.ts'
import type { AnyEventObject } from 'xstate'

/** Shown by the API as they stand; `done` and `failed` are for ever. */
export const SAGA_STATUSES = ['running', 'compensating', 'parked', 'done', 'failed'] as const
export type SagaStatus = (typeof SAGA_STATUSES)[number]

/** Why the engine itself parked a saga: it can't go on until the code or the data is mended. */
export interface Problem {
  readonly code: 'MACHINE_FAILED' | 'MACHINE_UNKNOWN' | 'SNAPSHOT_DOES_NOT_FIT' | 'WRITE_REFUSED'
  readonly message: string
}

/** The right to drive a partition. The epoch rises with each new owner and fences every write. */
export interface Lease {
  readonly partition: number
  readonly epoch: number
}

/** One row of the journal: an event that the saga processed, and the snapshot it led to. */
export interface Transition {
  /** 0 is the start; without gaps. */
  readonly seq: number
  /** Id of the nested machine that processed the event; null for the saga's own machine. */
  readonly actor: string | null
  readonly event: AnyEventObject
  readonly timer: string | null
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly state: string
  /** JSON text, taken the moment the transition was computed, so that nothing can change it before its commit. */
  readonly snapshot: string
  /** Business events, in order. */
  readonly emitted: readonly AnyEventObject[]
}

export interface SagaStart {
  readonly machine: string
  readonly version: string
  readonly input: unknown
  readonly businessKey: string | null
  /** Unique over all sagas; the fingerprint tells a repeated call from another one under the same key. */
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null
}

/** All that one saga has to commit: together or not at all. */
export interface SagaWrite {
  readonly sagaId: string
  readonly lease: Lease
  /** The last committed seq, -1 for a new saga. The write matches only a saga that stands there. */
  readonly fromSeq: number
  readonly transitions: readonly Transition[]
  readonly status: SagaStatus
  readonly state: string
  readonly problem: Problem | null
  readonly start: SagaStart | null
}

export type WriteOutcome =
  | { readonly kind: 'committed' }
  /** Another orchestrator owns the saga now; nothing was written. */
  | { readonly kind: 'lost' }
  /** The idempotency key belongs to another saga; nothing was written. */
  | { readonly kind: 'key_taken' }
  /** The store can never take this write (and says why); nothing was written. */
  | { readonly kind: 'refused'; readonly message: string }

export interface JournalStore {
  /**
   * Commits the writes of many sagas in one transaction; each matches, or not, by itself. Rejects when it can't
   * know: the same batch may then be written again, and a write that had been applied answers `committed`.
   */
  write(batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]>
}

/** An unfinished saga as it stands in the store. */
export interface StoredSaga {
  readonly sagaId: string
  readonly lease: Lease
  readonly machine: string
  readonly version: string
  readonly seq: number
  readonly problem: Problem | null
  readonly snapshot: unknown
}

export interface SagaStore extends JournalStore {
  /** Takes over every partition, raising its epoch: whoever owned it before can write no more. */
  claimPartitions(owner: string): Promise<readonly Lease[]>
  /** Every saga of these partitions that has not ended, in no particular order, in bounded pages. */
  unfinished(leases: readonly Lease[]): AsyncIterable<StoredSaga>
}

export interface StepCall {
  readonly sagaId: string
  readonly input: unknown
  /** True if an earlier life of this process may have made the same call: an attempt that nobody saw. */
  readonly resumed: boolean
  /** Fires when the saga leaves the state, or is lost: the answer interests nobody any more. */
  readonly signal: AbortSignal
}

export interface StepCaller {
  /** Resolves with the reply; rejects with a StepFailure as plain data. */
  call(declaration: StepDeclaration, call: StepCall): Promise<unknown>
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  setTimeout(fn: () => void, delayMs: number): unknown
  clearTimeout(timeout: unknown): void
}

export interface SagaIdentity {
  readonly machine: string
  readonly version: string
  readonly sagaId: string
}

/** What happened, for logs, metrics and pages. Called after the commit; what it throws is ignored. */
export interface Observer {
  started(saga: SagaIdentity): void
  resumed(saga: SagaIdentity & { state: string }): void
  transition(saga: SagaIdentity, transition: Transition): void
  ended(saga: SagaIdentity & { status: SagaStatus }): void
  /** The engine parked a saga, or dropped one that it no longer owns. */
  trouble(saga: SagaIdentity, problem: string): void
  committed(batch: { writes: number; transitions: number; durationMs: number }): void
  /** A custom action, or a listener, threw after its commit. */
  effectFailed(saga: SagaIdentity, error: unknown): void
  /** The store did not answer, or answered with an error; the journal goes on trying. */
  journalWaiting(error: unknown, attempt: number): void
}
