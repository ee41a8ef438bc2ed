/** A store in memory, a step caller and an observer that do at once what a test lets them do, and an engine on them. */
import type { AnyEventObject, AnyStateMachine } from 'xstate'
import type { Migrate } from '../../machines/migration.ts'
import type { StepDeclaration } from '../../machines/step.ts'
import { Engine } from '../../orchestrator/engine/engine.ts'
import type {
  Beat,
  Consumed,
  DueSaga,
  InboxEvent,
  JoinOutcome,
  Lease,
  LeaseStore,
  Member,
  Observer,
  SagaStore,
  SagaWrite,
  StepCall,
  StepCaller,
  StoredSaga,
  WriteOutcome,
} from '../../orchestrator/engine/ports.ts'
import { prepare } from '../../orchestrator/engine/prepare.ts'
import { SharedClock } from '../../orchestrator/engine/shared-clock.ts'
import { HandClock } from '../kit/hand-clock.ts'
import { MemoryLeases } from './memory-leases.ts'
import { MemoryStore, type SagaRecord } from './memory-store.ts'

const PARTITIONS = 4
export const LEASE_MS = 5_000

export class HandStore implements SagaStore, LeaseStore {
  readonly clock = new HandClock()
  readonly leases = new MemoryLeases(() => this.clock.now(), PARTITIONS)
  readonly memory = new MemoryStore(this.leases)
  /** What the next writes become, instead of being applied. */
  readonly instead: WriteOutcome[] = []
  /** Writes wait for this before they are applied. */
  until: Promise<void> = Promise.resolve()
  writes = 0
  #sent = 0

  async write(batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]> {
    this.writes += 1
    await this.until
    return batch.map((write) => this.instead.shift() ?? this.memory.apply(write))
  }

  async inFlight(
    lease: Lease,
    { after, limit }: { after: string | null; limit: number },
  ): Promise<StoredSaga[]> {
    return this.memory.inFlight(lease, after, limit)
  }

  async due(
    leases: readonly Lease[],
    { until, after, limit }: { until: number; after: DueSaga | null; limit: number },
  ): Promise<DueSaga[]> {
    return this.memory.due(leases, until, after, limit)
  }

  async byIds(leases: readonly Lease[], sagaIds: readonly string[]): Promise<StoredSaga[]> {
    return this.memory.byIds(leases, sagaIds)
  }

  async inbox(leases: readonly Lease[], limit: number, after?: string): Promise<InboxEvent[]> {
    return this.memory.pending(leases, limit, after)
  }

  async dismiss(leases: readonly Lease[], eventIds: readonly string[]): Promise<void> {
    this.memory.dismiss(leases, eventIds)
  }

  async join(
    member: Member,
    { leaseMs, takeOverName }: { leaseMs: number; takeOverName: boolean },
  ): Promise<JoinOutcome> {
    return this.leases.join(member, leaseMs, takeOverName)
  }

  async beat(member: Member, leaseMs: number): Promise<Beat | undefined> {
    return this.leases.beat(member, leaseMs)
  }

  async acquire(member: Member, count: number): Promise<void> {
    this.leases.acquire(member, count)
  }

  async release(member: Member, partitions: readonly number[], needs?: readonly string[]): Promise<void> {
    this.leases.release(member, partitions, needs)
  }

  async unpin(member: Member): Promise<void> {
    this.leases.unpin(member, (partition, machines) => this.memory.needs(partition, machines))
  }

  async leave(member: Member): Promise<void> {
    this.leases.leave(member)
  }

  saga(sagaId: string): SagaRecord {
    const saga = this.memory.sagas.get(sagaId)
    if (saga === undefined) throw new Error(`the store has no saga ${sagaId}`)
    return saga
  }

  /** Puts an event into the inbox of a saga, and tells by its id what became of it. */
  post(sagaId: string, event: AnyEventObject): string {
    const acceptance = this.memory.accept(sagaId, `key-${++this.#sent}`, event)
    if (!('id' in acceptance)) throw new Error(`nothing was accepted: ${acceptance.kind}`)
    return acceptance.id
  }

  outcomeOf(eventId: string): Consumed['outcome'] | null | undefined {
    return this.memory.inbox.find(({ id }) => id === eventId)?.outcome
  }

  /** Another orchestrator takes every partition, whoever has it. */
  overtake(): void {
    for (const row of this.leases.partitions) Object.assign(row, { owner: 'another', epoch: row.epoch + 1 })
    const member = { id: 'another', name: 'another', machines: [] }
    this.leases.members.set('another', { member, expiresAt: Infinity })
  }
}

interface HandCall extends StepCall {
  readonly step: string
  readonly answer: (reply: unknown) => void
  readonly fail: (error: unknown) => void
}

class HandSteps implements StepCaller {
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
function notingObserver(notes: string[]): Observer {
  return {
    started: ({ sagaId }) => notes.push(`started ${sagaId}`),
    resumed: ({ state, why }) => notes.push(`resumed in ${state}: ${why}`),
    transition: (_saga, { seq, state }) => notes.push(`${seq} ${state}`),
    ended: ({ status }) => notes.push(`ended ${status}`),
    parked: ({ state, code }) => notes.push(`parked in ${state}: ${code}`),
    left: () => undefined,
    timerFired: () => undefined,
    fenced: () => undefined,
    evicted: ({ sagaId }) => notes.push(`evicted ${sagaId}`),
    trouble: (_saga, problem) => notes.push(`trouble: ${problem}`),
    leases: () => undefined,
    committed: () => undefined,
    effectFailed: (_saga, error) => notes.push(`effect failed: ${String(error)}`),
    storeTrouble: (error) => notes.push(`store: ${String(error)}`),
    journalWaiting: () => undefined,
  }
}

let lives = 0

export interface HandEngineOptions {
  readonly store: HandStore
  readonly machines: readonly AnyStateMachine[]
  readonly businessKey: string
  readonly inFlight?: number
  readonly startQueue?: number
  /** Of all machines. */
  readonly migrate?: Migrate
  /** Hears these instead of them being noted. */
  readonly observer?: Partial<Observer>
}

/** An orchestrator's next life on this store: it takes over from the one before. */
export function handEngine({
  store,
  machines,
  businessKey,
  inFlight = 100,
  startQueue = 10,
  migrate,
  observer = {},
}: HandEngineOptions) {
  const steps = new HandSteps()
  const notes: string[] = []
  const clock = new SharedClock(store.clock)
  const life = ++lives
  const engine = new Engine({
    machines: machines.map((machine) =>
      prepare({ machine, businessKey, ...(migrate && { migrate }) }, steps, clock),
    ),
    store,
    leases: store,
    clock,
    observer: { ...notingObserver(notes), ...observer },
    newSagaId: () => `s${store.memory.sagas.size}`,
    newMemberId: () => `member-${life}`,
    name: 'the-orchestrator',
    random: () => 0.5,
    leaseMs: LEASE_MS,
    takeOverName: true,
    notifies: true,
    limits: { inFlight, startQueue },
  })
  return { store, steps, notes, engine }
}

/** All that follows from what was done, without time passing. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise<void>((resolve) => setImmediate(resolve))
}
