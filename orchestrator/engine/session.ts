/**
 * The session of this orchestrator among those that share its database: what all its leases stand and fall with.
 *
 * It is valid until this process can no longer be sure, by its own monotonic clock, that the database would say
 * so: a margin before it expires there. That it lasts from the moment the renewal was *sent* makes this hold
 * however long the answer took.
 *
 * If the process dies at any line here, the session expires by itself.
 */
import { NameTakenError } from './errors.ts'
import type { Beat, LeaseStore, Member } from './ports.ts'
import type { SharedClock } from './shared-clock.ts'

/** The part of a lease that is given away, so that this process ends its work before others begin theirs. */
const MARGIN = 0.1

export interface SessionOptions {
  readonly store: LeaseStore
  readonly clock: SharedClock
  readonly newMemberId: () => string
  /** No two orchestrators that live at one time have the same. */
  readonly name: string
  /** Every machine version that this process can drive, as `id@version`. */
  readonly machines: readonly string[]
  /** How long it may go unheard before the others take what it owns. */
  readonly leaseMs: number
  /** Ends the session of an earlier life of this name, which is known to be over, instead of waiting for its end. */
  readonly takeOverName: boolean
}

export class Session {
  readonly #options: SessionOptions
  readonly #onInvalid: () => void
  #member: Member | undefined
  /** Whose joining nobody answered yet: it may have joined. Asked for once more it is the same one, and no rival. */
  #joining: Member | undefined
  #validUntil = -Infinity
  #fence: unknown
  /** The end of the session that another life has under our name; undefined while none was met. */
  #rivalExpiresAt: number | undefined
  #hasJoined = false
  #isStopped = false

  /** `onInvalid` is called when the time is over in which others surely leave alone what this process owns. */
  constructor(options: SessionOptions, onInvalid: () => void) {
    this.#options = options
    this.#onInvalid = onInvalid
  }

  get isValid(): boolean {
    return this.#options.clock.monotonic() < this.#validUntil
  }

  /** Who this process is, while it has a session that it knows of. */
  get member(): Member | undefined {
    return this.#member
  }

  /**
   * Begins the session, or renews it; undefined while there is none to be had: it has ended, or an earlier life of
   * this name has not. Rejects with NameTakenError when that one turns out to live.
   */
  async beat(): Promise<Beat | undefined> {
    const { store, clock, leaseMs } = this.#options
    const member = this.#member ?? (await this.#join())
    if (member === undefined) return undefined
    const sentAt = clock.monotonic()
    const beat = await store.beat(member, leaseMs)
    if (beat === undefined) {
      this.#member = undefined
      return undefined
    }
    // What was under way then makes nothing valid again, and leaves no timer behind.
    if (this.#isStopped) return undefined
    clock.adjust({ databaseNow: beat.now, sentAt, receivedAt: clock.monotonic() })
    this.#validUntil = sentAt + leaseMs * (1 - MARGIN)
    this.#watchEnd()
    // An answer that took longer than what it grants is no ground to begin anything on.
    return this.isValid ? beat : undefined
  }

  /** Nothing is valid any more; the store is not told. */
  stop(): void {
    this.#isStopped = true
    this.#validUntil = -Infinity
    this.#options.clock.clearTimeout(this.#fence)
  }

  async #join(): Promise<Member | undefined> {
    const { store, newMemberId, name, machines, leaseMs, takeOverName } = this.#options
    const member = (this.#joining ??= { id: newMemberId(), name, machines })
    // A name that was ours, and that another has now, was taken: taking it back would go on for ever.
    const outcome = await store.join(member, { leaseMs, takeOverName: takeOverName && !this.#hasJoined })
    if (outcome.kind === 'name_taken') {
      const { expiresAt } = outcome
      // Renewed since we last looked: that one is no ghost of an earlier life.
      if (this.#rivalExpiresAt !== undefined && expiresAt > this.#rivalExpiresAt)
        throw new NameTakenError(name)
      this.#rivalExpiresAt = expiresAt
      return undefined
    }
    this.#rivalExpiresAt = undefined
    this.#hasJoined = true
    this.#joining = undefined
    this.#member = member
    return member
  }

  /** Looks again where the timer fired early, as Node's do by up to two milliseconds. */
  #watchEnd(): void {
    const { clock } = this.#options
    clock.clearTimeout(this.#fence)
    const atEnd = () => (this.isValid ? this.#watchEnd() : this.#onInvalid())
    this.#fence = clock.setTimeout(atEnd, Math.max(0, this.#validUntil - clock.monotonic()))
  }
}
