/** What takes long, or much memory, is done a few at a time, in the order in which it was asked for. */
import { Slots } from '../../slots.ts'

/** Too many are asked for already: this one was not done. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
}

export interface TurnsOptions {
  readonly atOnce: number
  /** Under way, and waiting for their turn. */
  readonly max: number
}

export class Turns {
  readonly #slots: Slots
  readonly #max: number

  constructor({ atOnce, max }: TurnsOptions) {
    this.#slots = new Slots(atOnce)
    this.#max = max
  }

  /** Undefined if whoever asked has gone when its turn comes. Rejects with a BusyError if too many wait. */
  async take<Result>(isGone: () => boolean, work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#slots.taken + this.#slots.waiting >= this.#max) throw new BusyError('too many wait')
    await this.#slots.take(new AbortController().signal)
    try {
      return isGone() ? undefined : await work()
    } finally {
      this.#slots.giveBack()
    }
  }
}
