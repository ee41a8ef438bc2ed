/**
 * Looks up what callers wait for: all that they wait for in one query, at most ten times a second, and only while
 * somebody waits. With a query for each of them, a thousand that wait would be ten thousand queries a second.
 */

const EVERY_MS = 100
/** In one query; if more are waited for, there are several, one after the other. */
const IDS_MAX = 1_000

export interface WatchOptions<Value> {
  /** How these stand now, by id; those that nobody knows are missing. */
  readonly lookUp: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>
  /** Whether it stays so for ever. */
  readonly isFinal: (value: Value) => boolean
}

interface Waiter<Value> {
  /** By performance.now(). */
  givesUpAt: number
  readonly resolve: (value: Value | undefined) => void
  readonly reject: (error: unknown) => void
}

export class Watch<Value> {
  readonly #options: WatchOptions<Value>
  readonly #waiters = new Map<string, Set<Waiter<Value>>>()
  /** To be looked up as soon as no look is under way. */
  readonly #due = new Set<string>()
  #isLooking = false
  #hasRound = false
  #isClosed = false

  constructor(options: WatchOptions<Value>) {
    this.#options = options
  }

  /**
   * Resolves with the final value, or with the last one seen when `waitMs` are over; undefined for an id that nobody
   * knows. Looks at least once, and rejects if a look fails.
   */
  async wait(id: string, waitMs: number): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      const givesUpAt = this.#isClosed ? 0 : performance.now() + waitMs
      const waiters = this.#waiters.get(id) ?? new Set()
      this.#waiters.set(id, waiters.add({ givesUpAt, resolve, reject }))
      this.look(id)
    })
  }

  /** Looks at this one now, if anybody waits for it: there may be news. */
  look(id: string): void {
    if (!this.#waiters.has(id)) return
    this.#due.add(id)
    if (!this.#isLooking) void this.#lookAtAll()
  }

  /** Nobody waits any longer than until the next look. */
  close(): void {
    this.#isClosed = true
    for (const [id, waiters] of this.#waiters) {
      for (const waiter of waiters) waiter.givesUpAt = 0
      this.look(id)
    }
  }

  async #lookAtAll(): Promise<void> {
    this.#isLooking = true
    // All that this turn of the event loop brings is one look.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#due.size > 0) {
      const ids = [...this.#due].slice(0, IDS_MAX)
      for (const id of ids) this.#due.delete(id)
      await this.#lookAt(ids)
    }
    this.#isLooking = false
    if (this.#hasRound || this.#waiters.size === 0) return
    this.#hasRound = true
    setTimeout(() => this.#lookAgain(), EVERY_MS)
  }

  #lookAgain(): void {
    this.#hasRound = false
    for (const id of this.#waiters.keys()) this.look(id)
  }

  async #lookAt(ids: readonly string[]): Promise<void> {
    // What the look finds may be older than a caller that comes while it is under way.
    const asking = ids.map((id) => [id, [...(this.#waiters.get(id) ?? [])]] as const)
    try {
      const found = await this.#options.lookUp(ids)
      const now = performance.now()
      for (const [id, waiters] of asking) {
        const value = found.get(id)
        const isFinal = value !== undefined && this.#options.isFinal(value)
        const leaving = isFinal ? waiters : waiters.filter(({ givesUpAt }) => givesUpAt <= now)
        for (const waiter of leaving) this.#leave(id, waiter).resolve(value)
      }
    } catch (error) {
      for (const [id, waiters] of asking) for (const waiter of waiters) this.#leave(id, waiter).reject(error)
    }
  }

  #leave(id: string, waiter: Waiter<Value>): Waiter<Value> {
    const waiters = this.#waiters.get(id)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiters.delete(id)
    return waiter
  }
}
