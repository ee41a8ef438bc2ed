/**
 * How many sagas are in the memory of this process at once, and who is let in next. What was accepted before goes
 * first; new sagas wait behind it in a queue of bounded length, and beyond that are refused before anything of
 * them was accepted.
 *
 * It keeps nothing that a process could lose by dying at any line: who waits here has been promised nothing.
 */
import { NotAcceptingError } from './errors.ts'
import type { Clock } from './ports.ts'

export interface Limits {
  /** Sagas in memory. */
  readonly inFlight: number
  /** Starts that wait for one of them to leave. */
  readonly startQueue: number
}

/** How long a start waits for its turn: a caller that has waited longer had better ask elsewhere. */
const TURN_MS = 5_000

/** Sagas come back into memory when this part of the limit is free. */
const PAGES = 20

interface Waiting {
  readonly enter: () => void
  readonly refuse: (error: Error) => void
  readonly timeout: unknown
}

export class Admission {
  readonly #limits: Limits
  readonly #clock: Clock
  /** Asked to make room when there is none: sagas that only wait can leave early. */
  readonly #makeRoom: () => void
  readonly #queue: Waiting[] = []
  readonly #loaders: { readonly count: number; readonly enter: (granted: number) => void }[] = []
  #inside = 0

  constructor(limits: Limits, clock: Clock, makeRoom: () => void) {
    this.#limits = limits
    this.#clock = clock
    this.#makeRoom = makeRoom
  }

  /** Starts that wait for their turn. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Whether sagas that were accepted before wait for room. */
  get wantsRoom(): boolean {
    return this.#loaders.length > 0
  }

  /** Resolves when one more saga may begin; whoever entered leaves, once. Rejects with NotAcceptingError. */
  async enter(): Promise<void> {
    if (this.#queue.length === 0 && this.#loaders.length === 0 && this.#room() > 0) {
      this.#inside += 1
      return
    }
    const { startQueue, inFlight } = this.#limits
    if (this.#queue.length >= startQueue) {
      throw new NotAcceptingError(`${inFlight} sagas are in flight, and ${startQueue} starts wait`)
    }
    await new Promise<void>((enter, refuse) => {
      const timeout = this.#clock.setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1)
        refuse(new NotAcceptingError(`${inFlight} sagas are in flight, and none ended in time`))
      }, TURN_MS)
      const waiting: Waiting = { enter, refuse, timeout }
      this.#queue.push(waiting)
    })
  }

  /**
   * Lets in up to `count` sagas that were accepted before; resolves with how many. They are let in by the page: one
   * by one, each would cost a query of its own.
   */
  load(count: number): Promise<number> {
    return new Promise((enter) => {
      this.#loaders.push({ count, enter })
      this.#letIn()
    })
  }

  /** So many are out again, or did not come in after all. */
  leave(count = 1): void {
    this.#inside -= count
    this.#letIn()
  }

  /** Refuses all that wait. */
  close(reason: string): void {
    for (const { refuse, timeout } of this.#queue.splice(0)) {
      this.#clock.clearTimeout(timeout)
      refuse(new NotAcceptingError(reason))
    }
  }

  #letIn(): void {
    const enough = Math.max(1, Math.floor(this.#limits.inFlight / PAGES))
    for (let [loader] = this.#loaders; loader !== undefined; [loader] = this.#loaders) {
      if (this.#room() < Math.min(loader.count, enough)) return
      const granted = Math.min(loader.count, this.#room())
      this.#loaders.shift()
      this.#inside += granted
      loader.enter(granted)
    }
    while (this.#queue.length > 0 && this.#inside < this.#limits.inFlight) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#clock.clearTimeout(next.timeout)
      this.#inside += 1
      next.enter()
    }
  }

  #room(): number {
    if (this.#inside >= this.#limits.inFlight) this.#makeRoom()
    return Math.max(0, this.#limits.inFlight - this.#inside)
  }
}
