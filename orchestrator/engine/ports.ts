/**
 * The words of the engine, and what it asks of the world. Implemented by store/, steps/ and metrics/, and
 * by the simulation; the engine itself knows neither SQL nor HTTP, no clock and no randomness of its own.
 */
import type { StepDeclaration, StepFailure } from '../../machines/step.ts'
import type { AnyEventObject } from 'xstate'

/** Shown by the API as they stand; `done` and `failed` are for ever. */
export const SAGA_STATUSES = ['running', 'compensating', 'parked', 'done', 'failed'] as const
export type SagaStatus = (typeof SAGA_STATUSES)[number]

/** Why the engine itself parked a saga: it can't go on until the code or the data is mended. */
export interface Problem {
  readonly code: 'MACHINE_FAILED' | 'MACHINE_UNKNOWN' | 'SNAPSHOT_DOES_NOT_FIT' | 'WRITE_REFUSED'
  readonly message: string
}

/** What went wrong with a saga's steps, as far as its journal tells: known of any chart, whatever its context keeps. */
export interface Trouble {
  /** Why it is being, or was, undone. */
  readonly cause: StepFailure | null
  /** What keeps failing where it stands. */
  readonly failing: FailingStep | null
}

/** A step whose last call failed, and that the saga is still about. */
export interface FailingStep extends StepFailure {
  /** The id of the invoke. */
  readonly invoke: string
  /** How often it failed in a row. */
  readonly tries: number
}

/** Whom a person has to be told of. Kept with the commit that it speaks of, so it is lost with it or not at all. */
export interface Notice {
  readonly kind: 'parked' | 'failed'
  /** Of the transition that led there. */
  readonly seq: number
  /** Plain JSON. */
  readonly payload: unknown
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
  readonly trace: SagaIdentity['trace']
}

/**
 * When a saga must next be in some memory: `in_flight` now, for a step of it is under way; a time, in milliseconds
 * since the epoch by the database's clock, for the first of its timers; `on_event` only if somebody sends to it;
 * `ended` never again.
 */
export type WakeAt = 'in_flight' | number | 'on_event' | 'ended'

/** What became of an event that was taken from the inbox: `ignored` means that no state listened to it. */
export interface Consumed {
  readonly id: string
  readonly outcome: 'applied' | 'ignored'
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
  /** The step whose call is open, or that keeps failing; the first of them in a chart with several. */
  readonly step: string | null
  readonly trouble: Trouble | null
  readonly wakeAt: WakeAt
  readonly start: SagaStart | null
  /** The version that the saga goes on with, if these transitions moved it to another one. */
  readonly version: string | null
  readonly notice: Notice | null
  /** Events of the inbox that the transitions answer, or that nobody listened to. */
  readonly consumed: readonly Consumed[]
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

/** A saga that has not ended, as it stands in the store. */
export interface StoredSaga extends SagaIdentity {
  readonly lease: Lease
  readonly seq: number
  /** Milliseconds since the epoch, by the database's clock. */
  readonly startedAt: number
  /** When it came to where it stands, likewise. */
  readonly movedAt: number
  readonly problem: Problem | null
  readonly trouble: Trouble | null
  readonly snapshot: unknown
}

/** One whose timer is due. */
export interface DueSaga extends StoredSaga {
  /** When, in milliseconds since the epoch by the database's clock. */
  readonly dueAt: number
}

/** An event that somebody sent to a saga, accepted durably by whichever orchestrator got it. */
export interface InboxEvent {
  /** Rises in the order of acceptance. */
  readonly id: string
  readonly sagaId: string
  readonly partition: number
  readonly event: AnyEventObject
}

/** Reads of what this process owns; each page is bounded by `limit`. */
export interface SagaStore extends JournalStore {
  /** Sagas in flight of one partition, by `saga_id`, from behind `after` on: what a new owner has to resume. */
  inFlight(
    lease: Lease,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<StoredSaga[]>
  /** Sagas whose timer is due by `until`, the first due first, from behind `after` on; none that is in flight. */
  due(
    leases: readonly Lease[],
    page: { readonly until: number; readonly after: DueSaga | null; readonly limit: number },
  ): Promise<DueSaga[]>
  /** Those of these sagas that lie in these partitions and have not ended. */
  byIds(leases: readonly Lease[], sagaIds: readonly string[]): Promise<StoredSaga[]>
  /** Events that no transition has answered yet, the oldest first, from behind the event `after` on. */
  inbox(leases: readonly Lease[], limit: number, after?: string): Promise<InboxEvent[]>
  /** Notes that nobody will answer these events, for their sagas have ended. */
  dismiss(leases: readonly Lease[], eventIds: readonly string[]): Promise<void>
}

/** One life of an orchestrator, among all that share a database. */
export interface Member {
  /** Another one for each life. */
  readonly id: string
  /** The same for each life; no two that live at one time have it. */
  readonly name: string
  /** Every machine version that it can drive, as `id@version`. */
  readonly machines: readonly string[]
}

export type JoinOutcome =
  | { readonly kind: 'joined' }
  /** Another life has this name, and its session lasts until then, by the database's clock, unless it renews it. */
  | { readonly kind: 'name_taken'; readonly expiresAt: number }

/** A partition that the member owns. */
export interface OwnedPartition extends Lease {
  /** It is here for machines (`id@version`) that not every orchestrator has: balance leaves it where it is. */
  readonly needs: readonly string[]
}

/** How things stood when the session was renewed. */
export interface Beat {
  /** The database's clock, in milliseconds since the epoch, with a fraction. */
  readonly now: number
  readonly owned: readonly OwnedPartition[]
  /** All that live, this one included. */
  readonly members: readonly Pick<Member, 'id' | 'machines'>[]
  /** How many partitions there are. */
  readonly partitions: number
  /** What this member may take: partitions that wait for nobody's machines, and those that wait for its own. */
  readonly free: { readonly unpinned: number; readonly pinned: number }
}

/**
 * Who lives, and who owns what. A member's session is what expires, and every partition that it owns with it: a
 * renewal is one small row, however many partitions there are, and no commit ever waits for it.
 */
export interface LeaseStore {
  /** Begins a session of `leaseMs`. With `takeOverName`, ends that of an earlier life of the same name. */
  join(
    member: Member,
    options: { readonly leaseMs: number; readonly takeOverName: boolean },
  ): Promise<JoinOutcome>
  /** Renews the session for `leaseMs` from now; undefined if it has ended: then so has every lease under it. */
  beat(member: Member, leaseMs: number): Promise<Beat | undefined>
  /**
   * Takes up to `count` partitions whose owner lives no more, raising their epoch. Leaves those alone whose sagas
   * need machines that only others have. The next beat tells what it got.
   */
  acquire(member: Member, count: number): Promise<void>
  /** Gives up partitions, for anyone or, with `needs` (`id@version`), for those that have these machines. */
  release(member: Member, partitions: readonly number[], needs?: readonly string[]): Promise<void>
  /** Frees pinned partitions of this member for the balance, when no saga is left that needed its machines. */
  unpin(member: Member): Promise<void>
  /** Ends the session and gives up every partition. */
  leave(member: Member): Promise<void>
}

/** What a call of a step is for: a saga, of the version that it runs on now. */
export interface StepCall extends SagaIdentity {
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
  /** Milliseconds since some moment of this process; nobody sets it. */
  monotonic(): number
  setTimeout(fn: () => void, delayMs: number): unknown
  clearTimeout(timeout: unknown): void
  /** Runs behind everything that this turn of the event loop brings. */
  setImmediate(fn: () => void): void
}

export interface SagaIdentity {
  readonly machine: string
  readonly version: string
  readonly sagaId: string
  /** The W3C trace context that its caller gave, as `traceparent` or `traceparent;tracestate`; null without one. */
  readonly trace: string | null
}

/** A saga at its end. */
interface EndedSaga extends SagaIdentity {
  readonly status: SagaStatus
  readonly state: string
  /** Milliseconds since the epoch, both. */
  readonly startedAt: number
  readonly endedAt: number
}

/** A saga that has just come to wait for a person, or for its next automatic try. */
interface ParkedSaga extends SagaIdentity {
  readonly state: string
  /** The step that keeps failing, if it is one. */
  readonly step: string | null
  /** What a program can tell it by, as in a failed step or a problem. */
  readonly code: string | null
}

export interface LeaseChange {
  readonly kind: 'acquired' | 'handed_over' | 'lost'
  readonly partitions: readonly number[]
  /** How many it holds now. */
  readonly held: number
}

/** What happened, for logs, metrics and pages. Called after the commit; what it throws is ignored. */
export interface Observer {
  started(saga: SagaIdentity): void
  /** It came back into memory: from another owner or another life, for its timer, or for an event. */
  resumed(saga: SagaIdentity & { state: string; why: 'takeover' | 'due' | 'event' }): void
  transition(saga: SagaIdentity, transition: Transition): void
  /** By a transition, from a state of its chart in which it was for so long. */
  left(saga: SagaIdentity, state: string, ms: number): void
  /** So late, for its process was busy, or none had it. */
  timerFired(saga: SagaIdentity, lateMs: number): void
  ended(saga: EndedSaga): void
  /** Not for every automatic try: it was not parked before. */
  parked(saga: ParkedSaga): void
  /** It only waits, and left memory until it is due or sent to. */
  evicted(saga: SagaIdentity): void
  /** Partitions came, were handed over, or were lost without being asked. */
  leases(change: LeaseChange): void
  /** The session could not be renewed, or nothing could be read of what it owns; both are tried again. */
  storeTrouble(error: unknown): void
  /** A write of it matched nothing: another orchestrator owns it now. */
  fenced(saga: SagaIdentity): void
  /** The engine parked a saga, or dropped one that it no longer owns. */
  trouble(saga: SagaIdentity, problem: string): void
  /** `events` of the inbox were answered by it. */
  committed(batch: { writes: number; transitions: number; events: number; durationMs: number }): void
  /** A custom action, or a listener, threw after its commit. */
  effectFailed(saga: SagaIdentity, error: unknown): void
  /** The store did not answer, or answered with an error; the journal goes on trying. */
  journalWaiting(error: unknown, attempt: number): void
}
