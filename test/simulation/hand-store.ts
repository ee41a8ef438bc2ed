/** A memory store, step caller and observer that do at once what a test lets them do. */
import type {
  Lease,
  Observer,
  SagaStore,
  SagaWrite,
  StepCall,
  StepCaller,
  StoredSaga,
  WriteOutcome,
} from '../../orchestrator/engine/ports.ts'
import type { StepDeclaration } from '../../machines/step.ts'
import { MemoryStore, unfinishedOf, type SagaRecord } from './memory-store.ts'

export class HandStore implements SagaStore {
  readonly memory = new MemoryStore()
  /** What the next writes become, instead of being applied. */
  readonly instead: WriteOutcome[] = []
  /** Writes wait for this before they are applied. */
  until: Promise<void> = Promise.resolve()
  writes = 0

  async write(batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]> {
    this.writes += 1
    await this.until
    return batch.map((write) => this.instead.shift() ?? this.memory.apply(write))
  }

  async claimPartitions(): Promise<readonly Lease[]> {
    return this.memory.claim()
  }

  async *unfinished(leases: readonly Lease[]): AsyncIterable<StoredSaga> {
    yield* unfinishedOf(this.memory, leases)
  }

  saga(sagaId: string): SagaRecord {
    const saga = this.memory.sagas.get(sagaId)
    if (saga === undefined) throw new Error(`the store has no saga ${sagaId}`)
    return saga
  }
}

interface HandCall extends StepCall {
  readonly step: string
  readonly answer: (reply: unknown) => void
  readonly fail: (error: unknown) => void
}

export class HandSteps implements StepCaller {
  readonly calls: HandCall[] = []

  call({ step }: StepDeclaration, call: StepCall): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers()
    this.calls.push({ ...call, step, answer: resolve, fail: reject })
    return promise
  }

  get last(): HandCall {
    const call = this.calls.at(-1)
    if (call === undefined) throw new Error('no step was called')
    return call
  }
}

/** Notes what it is told: the kind, and what there is to say of it. */
export function notingObserver(notes: string[]): Observer {
  return {
    started: ({ sagaId }) => notes.push(`started ${sagaId}`),
    resumed: ({ state }) => notes.push(`resumed in ${state}`),
    transition: (_saga, { seq, state }) => notes.push(`${seq} ${state}`),
    ended: ({ status }) => notes.push(`ended ${status}`),
    trouble: (_saga, problem) => notes.push(`trouble: ${problem}`),
    committed: () => undefined,
    effectFailed: (_saga, error) => notes.push(`effect failed: ${String(error)}`),
    journalWaiting: () => undefined,
  }
}
