/**
 * The partitions that this orchestrator may drive. A lease is live while the session is valid and the database has
 * not said otherwise; then everything under it is dropped at once. What the process may believe beyond that does
 * not matter, for every write is fenced by the epoch.
 *
 * If the process dies at any line here, its session expires and others take its partitions. A partition that was
 * acquired without hearing of it is found by the next beat: the database is asked what is owned, not memory.
 */
import { balanceOf } from './balance.ts'
import { NameTakenError } from './errors.ts'
import type { HeldLease } from './host-options.ts'
import type { Beat, LeaseChange, Member, Observer, OwnedPartition } from './ports.ts'
import { Session, type SessionOptions } from './session.ts'

/** So many beats fit into one lease. */
const BEATS = 5
/** So many fit while others are expected to hand over. */
const HUNGRY_BEATS = 25
/** How long, in leases, a partition that is handed over waits for its sagas in flight to end. */
const HAND_OVER_LEASES = 0.4

export interface LeasesOptions extends SessionOptions {
  readonly observer: Observer
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  /** The lease has come: its sagas may be resumed. */
  readonly onAcquired: (lease: HeldLease) => void
  /** The lease is gone: nothing more may be done under it. */
  readonly onLost: (lease: HeldLease) => void
  /** Resolves when no saga of the lease has work under way, at the latest after `graceMs`. */
  readonly settle: (lease: HeldLease, graceMs: number) => Promise<void>
}

export class Leases {
  /** Rejects when the session can never be had again: another orchestrator lives under this name. */
  readonly failed: Promise<never>
  readonly #options: LeasesOptions
  readonly #session: Session
  readonly #fail = Promise.withResolvers<never>()
  readonly #held = new Map<number, HeldLease>()
  /** To be given up: they take no new sagas. `true` once nothing of them is at work here any more. */
  readonly #leaving = new Map<number, boolean>()
  /** Given up in peace; nobody was told yet. */
  readonly #handedOver: HeldLease[] = []
  #lastRelease: Promise<unknown> = Promise.resolve()
  #nextRelease: Promise<void> | undefined
  /** Machine versions that sagas of a partition need, and that this process does not have. */
  readonly #missing = new Map<number, Set<string>>()
  /** Machine versions for which a partition came here. */
  #needs: ReadonlyMap<number, readonly string[]> = new Map()
  #others: Beat['members'] = []
  #state: 'active' | 'retiring' | 'stopped' = 'active'
  #isHungry = false
  /** The last beat asked for partitions. */
  #hasAsked = false
  #beats = 0
  #next = 0
  #running: Promise<void> | undefined
  /** Ends the pause between two beats. */
  #wake = () => {}

  constructor(options: LeasesOptions) {
    this.#options = options
    this.#session = new Session(options, () => this.#lose([...this.#held.values()]))
    this.failed = this.#fail.promise
    // Heard by whoever asks; nobody asking is no reason to end the process.
    this.failed.catch(() => undefined)
  }

  /** Partitions held, those that are being handed over included. */
  get size(): number {
    return this.#held.size
  }

  get live(): readonly HeldLease[] {
    return this.#session.isValid ? [...this.#held.values()] : []
  }

  of(partition: number): HeldLease | undefined {
    const lease = this.#held.get(partition)
    return lease?.isLive === true ? lease : undefined
  }

  /** The next partition for a new saga, in turn; undefined when there is none to put one in. */
  forStart(): HeldLease | undefined {
    if (this.#state !== 'active') return undefined
    const open = this.live.filter(({ partition }) => !this.#leaving.has(partition))
    return open[this.#next++ % open.length]
  }

  /** Machine versions (`id@version`) that sagas here need, and that this process does not have. */
  get missingMachines(): readonly string[] {
    return [...new Set([...this.#missing.values()].flatMap((needs) => [...needs]))].sort()
  }

  /** Begins to beat; resolves when this process holds what it could get at once. Rejects with NameTakenError. */
  async open(): Promise<void> {
    const isOpen = Promise.withResolvers<void>()
    this.#running = this.#run(isOpen.resolve)
    await Promise.race([isOpen.promise, this.failed])
  }

  /**
   * A saga of this partition needs a machine version that is not here. True if another one has it, and will be
   * handed the partition; false if nobody has.
   */
  lacks(partition: number, machine: string): boolean {
    const needs = this.#missing.get(partition) ?? new Set()
    this.#missing.set(partition, needs.add(machine))
    const hasHeir = this.#hasHeir(partition)
    if (hasHeir) this.#wake()
    return hasHeir
  }

  /** The store says that another owns it: nothing more is done under this lease. */
  lost(lease: HeldLease): void {
    if (this.#held.get(lease.partition) === lease) this.#lose([lease])
  }

  /** Keeps what it holds, and takes no more. */
  retire(): void {
    if (this.#state === 'active') this.#state = 'retiring'
  }

  /** Drops everything without telling the store, as a crash would. */
  stop(): void {
    this.#state = 'stopped'
    this.#session.stop()
    this.#lose([...this.#held.values()], false)
    this.#wake()
  }

  /** Drops everything, and gives it to the others at once. Resolves when it is given, or can't be. */
  async leave(): Promise<void> {
    this.stop()
    await this.#running
    const { member } = this.#session
    if (member === undefined) return
    try {
      await this.#options.store.leave(member)
    } catch (error) {
      // The database is away: then the session expires by itself.
      this.#options.observer.storeTrouble(error)
    }
  }

  async #run(opened: () => void): Promise<void> {
    while (this.#state !== 'stopped') {
      try {
        if (await this.#beat()) continue
        if (this.#session.member !== undefined) opened()
      } catch (error) {
        if (error instanceof NameTakenError) {
          this.stop()
          return this.#fail.reject(error)
        }
        this.#options.observer.storeTrouble(error)
      }
      await this.#pause()
    }
    opened()
  }

  /** Until the next beat; jittered, so that orchestrators that started together do not stay in step. */
  async #pause(): Promise<void> {
    if (this.#state === 'stopped') return
    const { clock, leaseMs, random } = this.#options
    const delayMs = (leaseMs / (this.#isHungry ? HUNGRY_BEATS : BEATS)) * (0.8 + 0.4 * random())
    let timeout: unknown
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timeout = clock.setTimeout(resolve, delayMs)
    })
    clock.clearTimeout(timeout)
    this.#wake = () => {}
  }

  /** True when another one should follow at once: what was asked for is heard of by the next beat. */
  async #beat(): Promise<boolean> {
    const before = this.#session.member
    const beat = await this.#session.beat()
    const { member } = this.#session
    if (this.#state === 'stopped') return false
    if (beat === undefined || member === undefined) {
      this.#lose([...this.#held.values()])
      // A session that ended is followed by another one at once; one that is not to be had yet, is waited for.
      return before !== undefined
    }
    this.#others = beat.members.filter(({ id }) => id !== member.id)
    const got = this.#reconcile(beat.owned)
    return await this.#balance(member, beat, got)
  }

  /** What the database says is owned, is; and nothing else. Returns how many are new. */
  #reconcile(owned: readonly OwnedPartition[]): number {
    const epochs = new Map(owned.map(({ partition, epoch }) => [partition, epoch]))
    this.#needs = new Map(owned.map(({ partition, needs }) => [partition, needs]))
    this.#lose([...this.#held.values()].filter(({ partition, epoch }) => epochs.get(partition) !== epoch))
    for (const partition of this.#leaving.keys()) if (!epochs.has(partition)) this.#leaving.delete(partition)
    const acquired = owned.filter(
      ({ partition }) => !this.#held.has(partition) && !this.#leaving.has(partition),
    )
    for (const { partition, epoch } of acquired) this.#hold(partition, epoch)
    if (acquired.length > 0) this.#report('acquired', acquired)
    for (const { partition } of acquired) {
      const lease = this.#held.get(partition)
      if (lease !== undefined) this.#options.onAcquired(lease)
    }
    return acquired.length
  }

  #hold(partition: number, epoch: number): void {
    const isLive = (lease: HeldLease) => this.#held.get(partition) === lease && this.#session.isValid
    const lease: HeldLease = {
      partition,
      epoch,
      get isLive() {
        return isLive(this)
      },
    }
    this.#held.set(partition, lease)
  }

  #lose(leases: readonly HeldLease[], isTold = true): void {
    for (const { partition } of leases) {
      this.#held.delete(partition)
      this.#missing.delete(partition)
      // If it turns out to be ours still, it is given up and taken anew: under another epoch no write of what was
      // dropped, which may be on its way yet, can pass for one of the sagas that are loaded then.
      this.#leaving.set(partition, true)
    }
    for (const lease of leases) this.#options.onLost(lease)
    if (leases.length > 0 && isTold) this.#report('lost', leases)
  }

  async #balance(member: Member, beat: Beat, got: number): Promise<boolean> {
    const { store } = this.#options
    // Dropped, or handed over without the store having heard of it.
    const isGiving = [...this.#leaving.values()].includes(true)
    if (isGiving) await this.#giveUp(member)
    const staying = beat.owned.filter(({ partition }) => !this.#leaving.has(partition))
    if (this.#state !== 'active') return false
    const { acquire, surplus, isHungry } = balanceOf(member.id, { ...beat, owned: staying })
    this.#isHungry = isHungry
    for (const { partition } of surplus) void this.#handOver(member, partition)
    for (const partition of this.#missing.keys()) {
      if (this.#hasHeir(partition)) void this.#handOver(member, partition)
    }
    if (++this.#beats % BEATS === 0 && beat.owned.some(({ needs }) => needs.length > 0))
      await store.unpin(member)
    // What is free may be locked by one that is frozen in the midst of it: it is not asked for without a pause.
    const inVain = this.#hasAsked && got === 0
    this.#hasAsked = acquire > 0 && !inVain
    if (this.#hasAsked) await store.acquire(member, acquire)
    return this.#hasAsked || isGiving
  }

  /** In peace: no new sagas, then those under way may end, then the others may take it. */
  async #handOver(member: Member, partition: number): Promise<void> {
    const { settle, onLost, leaseMs } = this.#options
    const lease = this.#held.get(partition)
    if (lease === undefined || this.#leaving.has(partition)) return
    this.#leaving.set(partition, false)
    await settle(lease, leaseMs * HAND_OVER_LEASES)
    if (this.#held.get(partition) !== lease) return
    this.#held.delete(partition)
    onLost(lease)
    this.#leaving.set(partition, true)
    this.#handedOver.push(lease)
    try {
      await this.#giveUp(member)
    } catch (error) {
      this.#options.observer.storeTrouble(error)
    }
  }

  /** One release at a time, of all that has settled by then: if each had its own, beats would wait behind them. */
  #giveUp(member: Member): Promise<void> {
    this.#nextRelease ??= this.#lastRelease.then(() => {
      const release = this.#release(member)
      this.#nextRelease = undefined
      this.#lastRelease = release.catch(() => undefined)
      return release
    })
    return this.#nextRelease
  }

  async #release(member: Member): Promise<void> {
    const { store } = this.#options
    const handedOver = this.#handedOver.splice(0)
    if (handedOver.length > 0) this.#report('handed_over', handedOver)
    const settled = [...this.#leaving].filter(([, isSettled]) => isSettled).map(([partition]) => partition)
    const forAnyone = settled.filter((partition) => !this.#missing.has(partition))
    if (forAnyone.length > 0) await store.release(member, forAnyone)
    for (const partition of settled) {
      const needs = this.#missing.get(partition)
      if (needs === undefined) continue
      await store.release(member, [partition], [...needs])
      this.#missing.delete(partition)
    }
  }

  /** Whoever has what is missing here, and what it came here for: or two that each lack one would pass it on for ever. */
  #hasHeir(partition: number): boolean {
    const needs = [...(this.#missing.get(partition) ?? []), ...(this.#needs.get(partition) ?? [])]
    return this.#others.some(({ machines }) => needs.every((need) => machines.includes(need)))
  }

  #report(kind: LeaseChange['kind'], leases: readonly { readonly partition: number }[]): void {
    const partitions = leases.map(({ partition }) => partition)
    this.#options.observer.leases({ kind, partitions, held: this.#held.size })
  }
}
