/**
 * Brings sagas of owned partitions into memory: those in flight when a partition comes, those whose timer is due,
 * those that somebody sent an event to; and takes those out that only wait.
 *
 * If the process dies at any line here, the sagas are in the store, and the next owner loads them from there.
 */
import type { Admission } from './admission.ts'
import type { HeldLease, SagaHost } from './host.ts'
import type { Leases } from './leases.ts'
import type { DueSaga, Observer, SagaStore, StoredSaga } from './ports.ts'
import type { SharedClock } from './shared-clock.ts'

const PAGE = 200
const TICK_MS = 1_000
/** How long before it is due a saga is loaded: its timer then fires on time, and not with the next tick. */
const AHEAD_MS = 2_000
/** A saga that is due sooner stays. */
const STAYS_MS = 4_000
/** How long a saga only waits before it leaves: a RETRY often follows at once. */
const REST_MS = 1_000
const RETRY_MS = 500

export interface LoaderOptions {
  readonly store: SagaStore
  readonly clock: SharedClock
  readonly observer: Observer
  readonly random: () => number
  readonly leases: Leases
  readonly admission: Admission
  readonly hosts: ReadonlyMap<string, SagaHost>
  /** Makes a host of it; false if it has to stay out, which is then noted in the store with its events. */
  readonly install: (saga: StoredSaga, lease: HeldLease, why: Why, eventIds: readonly string[]) => boolean
}

export type Why = 'takeover' | 'due' | 'event'

export class Loader {
  readonly #options: LoaderOptions
  /** For each read under way, the sagas that left memory since it began: what it shows of them may be of before. */
  readonly #reads = new Set<Set<string>>()
  #resuming: Promise<void> = Promise.resolve()
  #isLoadingDue = false
  #timeout: unknown
  #stopped = false

  constructor(options: LoaderOptions) {
    this.#options = options
  }

  start(): void {
    this.#tickLater()
  }

  stop(): void {
    this.#stopped = true
    this.#options.clock.clearTimeout(this.#timeout)
  }

  /** Tells that a saga is not in memory any more. */
  left(sagaId: string): void {
    for (const leftMeanwhile of this.#reads) leftMeanwhile.add(sagaId)
  }

  /** Resumes all that is in flight in a partition that has just come; one partition after the other. */
  resume(lease: HeldLease): void {
    this.#resuming = this.#resuming.then(() => this.#resume(lease))
  }

  /**
   * Loads sagas that events of the inbox are for, `eventIds` by saga. Resolves with those that have ended, so that
   * nobody will answer their events.
   */
  async loadFor(eventIds: ReadonlyMap<string, readonly string[]>): Promise<readonly string[]> {
    const { store, leases } = this.#options
    const wanted = [...eventIds.keys()]
    const found = new Set<string>()
    while (wanted.length > 0) {
      const granted = await this.#options.admission.load(Math.min(PAGE, wanted.length))
      const ids = wanted.splice(0, granted)
      const read = () => store.byIds(leases.live, ids)
      await this.#installPage({ granted, why: 'event', read, eventIds, found })
    }
    const { hosts } = this.#options
    return [...eventIds.keys()].filter((sagaId) => !found.has(sagaId) && !hosts.has(sagaId))
  }

  /** Takes out what has rested long enough; with `atOnce`, all that only waits, for others need the room. */
  evict(atOnce = false): void {
    const { hosts, clock, observer } = this.#options
    const now = clock.now()
    const restedSince = clock.monotonic() - (atOnce ? 0 : REST_MS)
    for (const host of hosts.values()) {
      const { wakeAt } = host
      if (host.atRestSince > restedSince) continue
      if (typeof wakeAt === 'number' && wakeAt - now < STAYS_MS) continue
      observer.evicted(host.identity)
      host.drop('evicted')
    }
  }

  async #resume(lease: HeldLease): Promise<void> {
    const { store, clock, admission, observer } = this.#options
    let after: string | null = null
    while (lease.isLive && !this.#stopped) {
      try {
        const granted = await admission.load(PAGE)
        const from = after
        const read = () => store.inFlight(lease, { after: from, limit: granted })
        const page: StoredSaga[] = await this.#installPage({ granted, why: 'takeover', read })
        const last = page.at(-1)
        if (last === undefined || page.length < granted) return
        after = last.sagaId
      } catch (error) {
        observer.storeTrouble(error)
        await new Promise<void>((resolve) => clock.setTimeout(resolve, RETRY_MS))
      }
    }
  }

  #tickLater(): void {
    const { clock, random, admission } = this.#options
    const tick = () => {
      // Never behind the wait for room: what came to rest since is all that can make some.
      this.evict(admission.isFull)
      if (!this.#isLoadingDue) void this.#loadDue()
      this.#tickLater()
    }
    if (!this.#stopped) this.#timeout = clock.setTimeout(tick, TICK_MS * (0.8 + 0.4 * random()))
  }

  async #loadDue(): Promise<void> {
    const { store, clock, leases, admission, observer } = this.#options
    this.#isLoadingDue = true
    try {
      const until = clock.now() + AHEAD_MS
      let after: DueSaga | null = null
      while (!this.#stopped && leases.live.length > 0) {
        const granted = await admission.load(PAGE)
        const page: Parameters<SagaStore['due']>[1] = { until, after, limit: granted }
        const due = await this.#installPage({ granted, why: 'due', read: () => store.due(leases.live, page) })
        const last = due.at(-1)
        if (last === undefined || due.length < granted) return
        // Those of this page are due until they fire: without going on from here they would be all that is found.
        after = last
      }
    } catch (error) {
      observer.storeTrouble(error)
    } finally {
      this.#isLoadingDue = false
    }
  }

  /** Reads, and installs at once what came: between the two nothing else may bring a saga in. */
  async #installPage<Saga extends StoredSaga>({
    granted,
    why,
    read,
    eventIds,
    found,
  }: {
    readonly granted: number
    readonly why: Why
    readonly read: () => Promise<Saga[]>
    readonly eventIds?: ReadonlyMap<string, readonly string[]>
    readonly found?: Set<string>
  }): Promise<Saga[]> {
    const { admission, hosts, leases, install } = this.#options
    let unused = granted
    const leftMeanwhile = new Set<string>()
    this.#reads.add(leftMeanwhile)
    try {
      const page = await read()
      for (const saga of page) {
        found?.add(saga.sagaId)
        const lease = leases.of(saga.lease.partition)
        const isHere = hosts.has(saga.sagaId) || leftMeanwhile.has(saga.sagaId)
        if (isHere || lease === undefined || lease.epoch !== saga.lease.epoch || this.#stopped) continue
        if (install(saga, lease, why, eventIds?.get(saga.sagaId) ?? [])) unused -= 1
      }
      return page
    } finally {
      this.#reads.delete(leftMeanwhile)
      admission.leave(unused)
    }
  }
}
