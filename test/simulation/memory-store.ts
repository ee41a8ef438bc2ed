/**
 * The store in memory: what Postgres keeps, and the connections through which processes reach it. Implements
 * the port with its fence, its check of `seq` and its idempotency keys; what it took, it took as JSON.
 */
import { isDeepStrictEqual } from 'node:util'
import type {
  Lease,
  Problem,
  SagaStart,
  SagaStatus,
  SagaStore,
  SagaWrite,
  StoredSaga,
  Transition,
  WriteOutcome,
} from '../../orchestrator/engine/ports.ts'
import type { SimProcess } from './world.ts'

export interface StoredRow extends Transition {
  /** Under which the row was written, and which its partition had at that moment. */
  readonly epoch: number
  readonly epochThen: number
}

export interface SagaRecord {
  readonly sagaId: string
  readonly partition: number
  readonly start: SagaStart
  readonly journal: StoredRow[]
  status: SagaStatus
  state: string
  problem: Problem | null
}

export interface StoreFlaws {
  /** Takes writes under any epoch. */
  readonly unfenced?: boolean
}

const PARTITIONS = 4
const PAGE = 2

export class MemoryStore {
  readonly sagas = new Map<string, SagaRecord>()
  readonly #epochs: number[] = Array.from({ length: PARTITIONS }, () => 0)
  readonly #keys = new Map<string, string>()
  readonly #flaws: StoreFlaws

  constructor(flaws: StoreFlaws = {}) {
    this.#flaws = flaws
  }

  owns({ partition, epoch }: Lease): boolean {
    return this.#epochs[partition] === epoch
  }

  claim(): Lease[] {
    return this.#epochs.map((epoch, partition) => {
      this.#epochs[partition] = epoch + 1
      return { partition, epoch: epoch + 1 }
    })
  }

  apply(write: SagaWrite): WriteOutcome {
    if (!this.owns(write.lease) && this.#flaws.unfenced !== true) return { kind: 'lost' }
    const known = this.sagas.get(write.sagaId)
    const seq = known === undefined ? -1 : known.journal.length - 1
    if (write.transitions.length > 0 && seq === write.fromSeq + write.transitions.length) {
      const [last] = this.#rowsOf(write).slice(-1)
      return isDeepStrictEqual(known?.journal.at(-1), last) ? { kind: 'committed' } : { kind: 'lost' }
    }
    if (seq !== write.fromSeq) return { kind: 'lost' }
    const saga = known ?? this.#insert(write)
    if (saga === undefined) return { kind: 'key_taken' }
    saga.journal.push(...this.#rowsOf(write))
    Object.assign(saga, { status: write.status, state: write.state, problem: write.problem })
    return { kind: 'committed' }
  }

  #insert({ sagaId, lease, start, status, state }: SagaWrite): SagaRecord | undefined {
    if (start === null) throw new Error(`${sagaId} is written to before it was started`)
    const { idempotency } = start
    if (idempotency !== null) {
      if (this.#keys.has(idempotency.key)) return undefined
      this.#keys.set(idempotency.key, sagaId)
    }
    const saga = { sagaId, partition: lease.partition, start, journal: [], status, state, problem: null }
    this.sagas.set(sagaId, saga)
    return saga
  }

  #rowsOf({ transitions, lease }: SagaWrite): StoredRow[] {
    const epochThen = this.#epochs[lease.partition] ?? 0
    return transitions.map((transition) => ({
      ...(JSON.parse(JSON.stringify(transition)) as Transition),
      epoch: lease.epoch,
      epochThen,
    }))
  }
}

/** A process's way to the store: each statement can be lost on its way there, and its answer on the way back. */
export class StoreConnection implements SagaStore {
  /** Writes whose answer this process has heard. */
  heard = 0
  #leases: readonly Lease[] = []
  readonly #store: MemoryStore
  readonly #process: SimProcess

  constructor(store: MemoryStore, process: SimProcess) {
    this.#store = store
    this.#process = process
  }

  /** Whether this process still has what it claimed. */
  get owner(): boolean {
    return this.#leases.length > 0 && this.#leases.every((lease) => this.#store.owns(lease))
  }

  async claimPartitions(): Promise<readonly Lease[]> {
    await this.#process.point('claim: not yet made')
    this.#leases = this.#store.claim()
    await this.#process.point('claim: made, not yet known')
    return this.#leases
  }

  async *unfinished(leases: readonly Lease[]): AsyncIterable<StoredSaga> {
    const all = unfinishedOf(this.#store, leases)
    for (let from = 0; from < all.length; from += PAGE) {
      yield* all.slice(from, from + PAGE)
      await this.#process.point('resume: between two pages')
    }
  }

  async write(batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]> {
    await this.#process.point('write: not yet applied', true)
    const outcomes = batch.map((write) => this.#store.apply(write))
    const became = outcomes.every(({ kind }) => kind === 'committed') ? 'applied' : 'not matched'
    await this.#process.point(`write: ${became}, not yet known`, true)
    this.heard += 1
    return outcomes
  }
}

/** Every saga of these partitions that has not ended. */
export function unfinishedOf(store: MemoryStore, leases: readonly Lease[]): StoredSaga[] {
  return [...store.sagas.values()].flatMap(({ sagaId, partition, status, start, problem, journal }) => {
    const lease = leases.find((held) => held.partition === partition)
    if (lease === undefined || status === 'done' || status === 'failed') return []
    const snapshot: unknown = JSON.parse(journal.at(-1)?.snapshot ?? 'null')
    const { machine, version } = start
    return [{ sagaId, lease, machine, version, problem, seq: journal.length - 1, snapshot }]
  })
}
