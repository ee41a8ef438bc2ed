/**
 * Counts all sagas now and then: when some moved, and in at most a tenth of the time, however many there are. Several
 * counts are never under way at once.
 */
import type { SagaCount } from '../../store/saga-counts.ts'
import { countsMessage } from './messages.ts'

const EVERY_MS = 1_000
/** Of the time that a count takes. */
const PAUSES = 9
/** Sagas that are removed leave no transition. */
const UNMOVED_MS = 15_000

export interface CounterOptions {
  readonly count: () => Promise<readonly SagaCount[]>
  readonly onChange: () => void
  readonly onTrouble: (error: unknown) => void
}

export class Counter {
  readonly #options: CounterOptions
  #message: Buffer | undefined
  #hasMoved = true
  #isCounting = false
  #countedAt = -Infinity
  #nextAt = -Infinity

  constructor(options: CounterOptions) {
    this.#options = options
  }

  /** The last count; the same as long as nothing in it changes. */
  get message(): Buffer | undefined {
    return this.#message
  }

  /** Counts if it is time to; `hasMoved` says whether any saga moved since it was last called. */
  look(hasMoved: boolean): void {
    this.#hasMoved ||= hasMoved
    const now = performance.now()
    if (this.#isCounting || now < this.#nextAt) return
    if (this.#hasMoved || now - this.#countedAt > UNMOVED_MS) void this.#count(now)
  }

  async #count(startedAt: number): Promise<void> {
    this.#isCounting = true
    // What moves from here on may not be in it.
    this.#hasMoved = false
    try {
      const message = countsMessage(await this.#options.count())
      this.#countedAt = startedAt
      if (this.#message?.equals(message) !== true) {
        this.#message = message
        this.#options.onChange()
      }
    } catch (error) {
      this.#hasMoved = true
      this.#options.onTrouble(error)
    }
    const now = performance.now()
    this.#nextAt = Math.max(startedAt + EVERY_MS, now + PAUSES * (now - startedAt))
    this.#isCounting = false
  }
}
