/**
 * The store in memory: what Postgres keeps. Has the fence, the check of `seq`, the idempotency keys and the inbox
 * of the real one; what it took, it took as JSON.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AnyEventObject } from 'xstate'
import type {
  Consumed,
  DueSaga,
  InboxEvent,
  Lease,
  Notice,
  Problem,
  SagaStart,
  SagaStatus,
  SagaWrite,
  StoredSaga,
  Transition,
  Trouble,
  WakeAt,
  WriteOutcome,
} from '../../orchestrator/engine/ports.ts'
import type { MemoryLeases } from './memory-leases.ts'

export interface StoredRow extends Transition {
  /** Under which the row was written, and which its partition had at that moment. */
  readonly epoch: number
  readonly epochThen: number
}

export interface SagaRecord {
  readonly sagaId: string
  readonly partition: number
  start: SagaStart
  readonly journal: StoredRow[]
  status: SagaStatus
  state: string
  problem: Problem | null
  step: string | null
  trouble: Trouble | null
  wakeAt: WakeAt
  /** Of whom nobody was told yet, by kind and seq. */
  readonly notices: Map<string, Notice>
}

export interface InboxRow extends InboxEvent {
  readonly key: string
  outcome: Consumed['outcome'] | null
}

/** As the API hears it. */
export type Acceptance =
  | { readonly kind: 'accepted' | 'repeated'; readonly id: string }
  | { readonly kind: 'ended' | 'unknown_saga' }

export interface StoreFlaws {
  /** Takes writes under any epoch. */
  readonly unfenced?: boolean
  /** Forgets which events of the inbox were answered. */
  readonly forgetsAnswers?: boolean
  /** Lets a second saga begin under the key of another. */
  readonly forgetsKeys?: boolean
  /** Resumes a saga from the transition before its last. */
  readonly readsStale?: boolean
  /** Takes a saga that has a call under way for one that only waits. */
  readonly forgetsCalls?: boolean
  /** Hands out the events of the inbox in no order. */
  readonly shufflesInbox?: boolean
  /** Takes a write again that it has already. */
  readonly writesTwice?: boolean
  /** Finds no saga whose timer is due. */
  readonly forgetsTimers?: boolean
}

type Due = Pick<DueSaga, 'dueAt' | 'sagaId'>

const isBehind = (a: Due, b: Due) => a.dueAt > b.dueAt || (a.dueAt === b.dueAt && a.sagaId > b.sagaId)

const isInFlight = ({ wakeAt }: SagaRecord) => wakeAt === 'in_flight'

export class MemoryStore {
  readonly sagas = new Map<string, SagaRecord>()
  readonly inbox: InboxRow[] = []
  readonly complaints: string[] = []
  readonly #leases: MemoryLeases
  readonly #keys = new Map<string, string>()
  readonly #flaws: StoreFlaws

  constructor(leases: MemoryLeases, flaws: StoreFlaws = {}) {
    this.#leases = leases
    this.#flaws = flaws
  }

  apply(write: SagaWrite): WriteOutcome {
    if (!this.#leases.owns(write.lease) && this.#flaws.unfenced !== true) return { kind: 'lost' }
    const known = this.sagas.get(write.sagaId)
    const seq = known === undefined ? -1 : known.journal.length - 1
    const isRepeated = write.transitions.length > 0 && seq === write.fromSeq + write.transitions.length
    if (isRepeated && this.#flaws.writesTwice !== true) {
      const [last] = this.#rowsOf(write).slice(-1)
      return isDeepStrictEqual(known?.journal.at(-1), last) ? { kind: 'committed' } : { kind: 'lost' }
    }
    if (seq !== write.fromSeq && !isRepeated) return { kind: 'lost' }
    if (write.transitions.length > 0 && this.#isSpent(write)) return { kind: 'lost' }
    const saga = known ?? this.#insert(write)
    if (saga === undefined) return { kind: 'key_taken' }
    saga.journal.push(...this.#rowsOf(write))
    const { status, state, problem, step, trouble, wakeAt, version, notice } = write
    const isForgotten = this.#flaws.forgetsCalls === true && wakeAt === 'in_flight'
    if (version !== null) saga.start = { ...saga.start, version }
    Object.assign(saga, { status, state, problem, step, trouble, wakeAt: isForgotten ? 'on_event' : wakeAt })
    if (notice !== null) saga.notices.set(`${notice.kind} ${notice.seq}`, notice)
    for (const consumed of write.consumed) this.#answer(write.sagaId, consumed)
    return { kind: 'committed' }
  }

  /** In flight, by `saga_id`. Reads are under the epochs that the reader believes in. */
  inFlight(lease: Lease, after: string | null, limit: number): StoredSaga[] {
    return this.#page([lease], isInFlight, { after, limit })
  }

  /** The first due first. */
  due(leases: readonly Lease[], until: number, after: DueSaga | null, limit: number): DueSaga[] {
    if (this.#flaws.forgetsTimers === true) return []
    return this.#unfinished(this.#partitionsOf(leases))
      .flatMap((saga) => (typeof saga.wakeAt === 'number' ? [{ ...saga, dueAt: saga.wakeAt }] : []))
      .filter((saga) => saga.dueAt <= until && (after === null || isBehind(saga, after)))
      .toSorted((a, b) => (isBehind(a, b) ? 1 : -1))
      .slice(0, limit)
      .map((saga) => ({ ...this.#stored(saga), dueAt: saga.dueAt }))
  }

  byIds(leases: readonly Lease[], sagaIds: readonly string[]): StoredSaga[] {
    const isWanted = ({ sagaId }: SagaRecord) => sagaIds.includes(sagaId)
    return this.#page(leases, isWanted, { after: null, limit: sagaIds.length })
  }

  /** Unanswered, the oldest first. */
  pending(leases: readonly Lease[], limit: number, after = '0'): InboxEvent[] {
    const partitions = this.#partitionsOf(leases)
    const pending = this.inbox
      .filter(({ outcome, partition }) => outcome === null && partitions.has(partition))
      .filter(({ id }) => Number(id) > Number(after))
      .slice(0, limit)
      .map(({ id, sagaId, partition, event }) => ({ id, sagaId, partition, event }))
    return this.#flaws.shufflesInbox === true ? pending.toReversed() : pending
  }

  dismiss(leases: readonly Lease[], eventIds: readonly string[]): void {
    const partitions = this.#partitionsOf(leases)
    for (const row of this.inbox) {
      const hasEnded = this.sagas.get(row.sagaId)?.wakeAt === 'ended'
      if (!eventIds.includes(row.id) || !partitions.has(row.partition) || !hasEnded) continue
      row.outcome ??= 'ignored'
    }
  }

  accept(sagaId: string, key: string, event: AnyEventObject): Acceptance {
    const saga = this.sagas.get(sagaId)
    if (saga === undefined) return { kind: 'unknown_saga' }
    const known = this.inbox.find((row) => row.sagaId === sagaId && row.key === key)
    if (known !== undefined) return { kind: 'repeated', id: known.id }
    if (saga.wakeAt === 'ended') return { kind: 'ended' }
    const id = String(this.inbox.length + 1)
    this.inbox.push({ id, sagaId, partition: saga.partition, key, event, outcome: null })
    return { kind: 'accepted', id }
  }

  sagaOfKey(key: string): string | undefined {
    return this.#keys.get(key)
  }

  /** Whether a saga of the partition that has not ended runs on one of these machine versions. */
  needs(partition: number, machines: readonly string[]): boolean {
    return this.#unfinished(new Set([partition])).some(({ start }) =>
      machines.includes(`${start.machine}@${start.version}`),
    )
  }

  #insert({ sagaId, lease, start, status, state, wakeAt }: SagaWrite): SagaRecord | undefined {
    if (start === null) throw new Error(`${sagaId} is written to before it was started`)
    const { idempotency } = start
    if (idempotency !== null && this.#flaws.forgetsKeys !== true) {
      if (this.#keys.has(idempotency.key)) return undefined
      this.#keys.set(idempotency.key, sagaId)
    }
    const { partition } = lease
    const saga = {
      sagaId,
      partition,
      start,
      journal: [],
      status,
      state,
      wakeAt,
      problem: null,
      step: null,
      trouble: null,
      notices: new Map(),
    }
    this.sagas.set(sagaId, saga)
    return saga
  }

  /** One of the events that it answers was answered before: it was read once more just before that. */
  #isSpent({ consumed }: SagaWrite): boolean {
    return consumed.some(({ id }) => this.inbox.some((row) => row.id === id && row.outcome !== null))
  }

  #answer(sagaId: string, { id, outcome }: Consumed): void {
    if (this.#flaws.forgetsAnswers === true) return
    const row = this.inbox.find((row) => row.id === id && row.sagaId === sagaId)
    if (row === undefined) this.complaints.push(`${sagaId} answers event ${id}, which it was not sent`)
    else row.outcome ??= outcome
  }

  #rowsOf({ transitions, lease }: SagaWrite): StoredRow[] {
    const epochThen = this.#leases.epochOf(lease.partition)
    return transitions.map((transition) => ({
      ...(JSON.parse(JSON.stringify(transition)) as Transition),
      epoch: lease.epoch,
      epochThen,
    }))
  }

  #unfinished(partitions: ReadonlySet<number>): SagaRecord[] {
    return [...this.sagas.values()].filter(
      ({ partition, wakeAt }) => wakeAt !== 'ended' && partitions.has(partition),
    )
  }

  #partitionsOf(leases: readonly Lease[]): ReadonlySet<number> {
    return new Set(leases.filter((lease) => this.#leases.owns(lease)).map(({ partition }) => partition))
  }

  #page(
    leases: readonly Lease[],
    isWanted: (saga: SagaRecord) => boolean,
    { after, limit }: { after: string | null; limit: number },
  ): StoredSaga[] {
    return this.#unfinished(this.#partitionsOf(leases))
      .filter((saga) => isWanted(saga) && (after === null || saga.sagaId > after))
      .toSorted((a, b) => (a.sagaId < b.sagaId ? -1 : 1))
      .slice(0, limit)
      .map((saga) => this.#stored(saga))
  }

  #stored({ sagaId, partition, start, problem, trouble, journal }: SagaRecord): StoredSaga {
    const isStale = this.#flaws.readsStale === true && journal.length > 1
    const last = journal.at(isStale ? -2 : -1)
    const lease = { partition, epoch: this.#leases.epochOf(partition) }
    const { machine, version, trace } = start
    const times = { startedAt: journal[0]?.at ?? 0, movedAt: last?.at ?? 0 }
    const saga = { sagaId, lease, machine, version, trace, ...times }
    const snapshot: unknown = JSON.parse(last?.snapshot ?? 'null')
    return { ...saga, problem, trouble, seq: journal.length - 1, snapshot }
  }
}
