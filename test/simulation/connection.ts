/** A process's way to the database: each statement can be lost on its way there, and its answer on the way back. */
import type { AnyEventObject } from 'xstate'
import type {
  Beat,
  DueSaga,
  InboxEvent,
  JoinOutcome,
  Lease,
  LeaseStore,
  Member,
  SagaStore,
  SagaWrite,
  StoredSaga,
  WriteOutcome,
} from '../../orchestrator/engine/ports.ts'
import { ask, type Courier } from './courier.ts'
import type { MemoryLeases } from './memory-leases.ts'
import type { Acceptance, MemoryStore } from './memory-store.ts'
import type { SimProcess, World } from './world.ts'

/** What all processes share, and what outlives each of them. */
export interface Surroundings {
  readonly world: World
  readonly courier: Courier
  readonly store: MemoryStore
  readonly leases: MemoryLeases
}

export class Connection implements SagaStore, LeaseStore {
  /** Writes whose answer this process has heard. */
  heard = 0
  readonly #surroundings: Surroundings
  readonly #process: SimProcess
  /** Sessions that this process began. */
  readonly #sessions = new Set<string>()

  constructor(surroundings: Surroundings, process: SimProcess) {
    this.#surroundings = surroundings
    this.#process = process
  }

  /** Whether, by the database, this process has the partition now. */
  drives(partition: number): boolean {
    const { leases } = this.#surroundings
    const owner = leases.partitions[partition]?.owner ?? null
    return owner !== null && this.#sessions.has(owner) && leases.isAlive(owner)
  }

  /** Whether one of its sessions lasts, by the database's clock. */
  get isJoined(): boolean {
    return [...this.#sessions].some((id) => this.#surroundings.leases.isAlive(id))
  }

  /** One that has its name has ended its session: it can't know before its next beat. */
  get isOvertaken(): boolean {
    return [...this.#sessions].some((id) => this.#surroundings.leases.overtaken.has(id))
  }

  async write(batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]> {
    const outcomes = await this.#ask(
      'write',
      ({ store }) => batch.map((write) => store.apply(write)),
      () => batch.map(inWords).join('; '),
    )
    this.heard += 1
    return outcomes
  }

  inFlight(lease: Lease, { after, limit }: Page): Promise<StoredSaga[]> {
    return this.#ask(
      'read in flight',
      ({ store }) => store.inFlight(lease, after, limit),
      () => `in ${lease.partition}`,
    )
  }

  due(
    leases: readonly Lease[],
    { until, after, limit }: Parameters<SagaStore['due']>[1],
  ): Promise<DueSaga[]> {
    return this.#ask('read due', ({ store }) => store.due(leases, until, after, limit))
  }

  byIds(leases: readonly Lease[], sagaIds: readonly string[]): Promise<StoredSaga[]> {
    return this.#ask(
      'read sagas',
      ({ store }) => store.byIds(leases, sagaIds),
      () => sagaIds.join(', '),
    )
  }

  inbox(leases: readonly Lease[], limit: number, after?: string): Promise<InboxEvent[]> {
    return this.#ask('read inbox', ({ store }) => store.pending(leases, limit, after))
  }

  dismiss(leases: readonly Lease[], eventIds: readonly string[]): Promise<void> {
    return this.#ask(
      'dismiss',
      ({ store }) => store.dismiss(leases, eventIds),
      () => eventIds.join(', '),
    )
  }

  join(member: Member, { leaseMs, takeOverName }: JoinOptions): Promise<JoinOutcome> {
    this.#sessions.add(member.id)
    return this.#ask(
      'join',
      ({ leases }) => leases.join(member, leaseMs, takeOverName),
      () => `as ${member.id}`,
    )
  }

  beat(member: Member, leaseMs: number): Promise<Beat | undefined> {
    return this.#ask('beat', ({ leases }) => leases.beat(member, leaseMs))
  }

  acquire(member: Member, count: number): Promise<void> {
    return this.#ask(
      'acquire',
      ({ leases }) => leases.acquire(member, count),
      () => String(count),
    )
  }

  release(member: Member, partitions: readonly number[], needs?: readonly string[]): Promise<void> {
    return this.#ask(
      'release',
      ({ leases }) => leases.release(member, partitions, needs),
      () => `${partitions.join(', ')} for ${needs?.join(', ') ?? 'anyone'}`,
    )
  }

  unpin(member: Member): Promise<void> {
    return this.#ask('unpin', ({ leases, store }) =>
      leases.unpin(member, (partition, machines) => store.needs(partition, machines)),
    )
  }

  leave(member: Member): Promise<void> {
    return this.#ask('leave', ({ leases }) => leases.leave(member))
  }

  /** As the API does when somebody sends to a saga. */
  accept(sagaId: string, key: string, event: AnyEventObject): Promise<Acceptance> {
    return this.#ask(
      'accept',
      ({ store }) => store.accept(sagaId, key, event),
      () => `${key} for ${sagaId}`,
    )
  }

  /** As the API does when a key belongs to a saga already. */
  sagaOfKey(key: string): Promise<string | undefined> {
    return this.#ask('read key', ({ store }) => store.sagaOfKey(key))
  }

  #ask<Answer>(
    what: string,
    answer: (far: Surroundings) => Answer,
    words: () => string = () => '',
  ): Promise<Answer> {
    const surroundings = this.#surroundings
    const { world, courier } = surroundings
    const route = { process: this.#process, to: 'database', what, words }
    return ask(world, courier, route, () => answer(surroundings))
  }
}

interface Page {
  readonly after: string | null
  readonly limit: number
}

interface JoinOptions {
  readonly leaseMs: number
  readonly takeOverName: boolean
}

const inWords = ({ sagaId, transitions, state, consumed }: SagaWrite) =>
  `${sagaId} ${transitions.map(({ seq }) => seq).join('-')} ${state}${
    consumed.length > 0 ? ` answers ${consumed.map(({ id }) => id).join(', ')}` : ''
  }`
