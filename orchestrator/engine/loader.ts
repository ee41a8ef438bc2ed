/**
 * Brings sagas of owned partitions into memory: those in flight when a partition comes, those whose timer is due,
 * those that somebody sent an event to; and takes those out that only wait.
 *
 * If the process dies at any line here, the sagas are in the store, and the next owner loads them from there.
 */
import type { Admission } from './admission.ts'
import type { SagaHost } from './host.ts'
import type { HeldLease } from './host-options.ts'
import type { Leases } from './leases.ts'
import type { DueSaga, InboxEvent, Observer, SagaStore, StoredSaga } from './ports.ts'
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

/** What the loader and the inbox both work on. */
export interface Surroundings {
  readonly store: SagaStore
  readonly clock: SharedClock
  readonly observer: Observer
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  readonly leases: Leases
  /** The sagas in memory. */
  readonly hosts: ReadonlyMap<string, SagaHost>
}

export interface LoaderOptions extends Surroundings {
  readonly admission: Admission
  /** Makes a host of it; false if it has to stay out, which is then noted in the store with its events. */
  readonly install: (saga: StoredSaga, lease: HeldLease, why: Why, events: readonly InboxEvent[]) => boolean
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

  /** Brings a saga back that goes on in another version: nobody but a new owner looks for what is in flight. */
  async reload(lease: HeldLease, sagaId: string): Promise<void> {
    await this.#persist(lease, async () => {
      await this.#load([sagaId], 'event')
      return true
    })
  }

  /**
   * Loads sagas that events of the inbox are for. Resolves with those that have ended, so that
   * nobody will answer their events.
   */
  async loadFor(events: Events): Promise<readonly string[]> {
    const { hosts } = this.#options
    const found = await this.#load([...events.keys()], 'event', events)
    return [...events.keys()].filter((sagaId) => !found.has(sagaId) && !hosts.has(sagaId))
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
    const { store } = this.#options
    let after: string | null = null
    await this.#persist(lease, async () => {
      const page: StoredSaga[] = await store.inFlight(lease, { after, limit: PAGE })
      await this.#load(idsOf(page), 'takeover')
      after = page.at(-1)?.sagaId ?? after
      return page.length < PAGE
    })
  }

  /** Loads until all is loaded; a store that does not answer is asked again, for as long as the partition is here. */
  async #persist(lease: HeldLease, load: () => Promise<boolean>): Promise<void> {
    const { clock, observer } = this.#options
    while (lease.isLive && !this.#stopped) {
      try {
        if (await load()) return
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
      this.evict(admission.wantsRoom)
      if (!this.#isLoadingDue) void this.#loadDue()
      this.#tickLater()
    }
    if (!this.#stopped) this.#timeout = clock.setTimeout(tick, TICK_MS * (0.8 + 0.4 * random()))
  }

  async #loadDue(): Promise<void> {
    const { store, clock, leases, observer } = this.#options
    this.#isLoadingDue = true
    try {
      const until = clock.now() + AHEAD_MS
      let after: DueSaga | null = null
      while (!this.#stopped && leases.live.length > 0) {
        const page: DueSaga[] = await store.due(leases.live, { until, after, limit: PAGE })
        await this.#load(idsOf(page), 'due')
        const last = page.at(-1)
        if (last === undefined || page.length < PAGE) return
        // Those of this page are due until they fire: without going on from here they would be all that is found.
        after = last
      }
    } catch (error) {
      observer.storeTrouble(error)
    } finally {
      this.#isLoadingDue = false
    }
  }

  /**
   * Brings those of these sagas in that are not here, as there is room for them; resolves with all that were found.
   * Room is asked for only when it is known who needs it: whoever waits for it keeps new sagas out.
   */
  async #load(sagaIds: readonly string[], why: Why, events?: Events): Promise<ReadonlySet<string>> {
    const { admission, hosts } = this.#options
    const absent = sagaIds.filter((sagaId) => !hosts.has(sagaId))
    const found = new Set<string>()
    while (absent.length > 0 && !this.#stopped) {
      const granted = await admission.load(Math.min(PAGE, absent.length))
      let installed = 0
      try {
        for (const saga of await this.#read(absent.splice(0, granted))) {
          found.add(saga.sagaId)
          if (this.#install(saga, why, events)) installed += 1
        }
      } finally {
        admission.leave(granted - installed)
      }
    }
    return found
  }

  /** Sagas as they stand; nothing else may bring one in between this and its installation. */
  async #read(sagaIds: readonly string[]): Promise<StoredSaga[]> {
    const { store, leases } = this.#options
    const leftMeanwhile = new Set<string>()
    this.#reads.add(leftMeanwhile)
    try {
      const sagas = await store.byIds(leases.live, sagaIds)
      return sagas.filter(({ sagaId }) => !leftMeanwhile.has(sagaId))
    } finally {
      this.#reads.delete(leftMeanwhile)
    }
  }

  #install(saga: StoredSaga, why: Why, events?: Events): boolean {
    const { hosts, leases, install } = this.#options
    const lease = leases.of(saga.lease.partition)
    if (lease === undefined || lease.epoch !== saga.lease.epoch) return false
    if (hosts.has(saga.sagaId) || this.#stopped) return false
    return install(saga, lease, why, events?.get(saga.sagaId) ?? [])
  }
}

/** Events of the inbox, by the saga that they are for. */
type Events = ReadonlyMap<string, readonly InboxEvent[]>

const idsOf = (sagas: readonly StoredSaga[]) => sagas.map(({ sagaId }) => sagaId)
