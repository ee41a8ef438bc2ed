/**
 * How long a saga was in each state of its chart, told as it leaves it.
 * It dies with the process, and goes on from the transition that the saga is resumed from.
 */
import type { Observer, SagaIdentity, Transition } from './ports.ts'

export class StateTimes {
  readonly #saga: SagaIdentity
  readonly #observer: Pick<Observer, 'left'>
  /** Empty before the first transition. */
  #state: string
  #since: number

  constructor(
    saga: SagaIdentity,
    observer: Pick<Observer, 'left'>,
    { state, movedAt }: { readonly state: string; readonly movedAt: number },
  ) {
    this.#saga = saga
    this.#observer = observer
    this.#state = state
    this.#since = movedAt
  }

  /** To be called with each transition that is committed, in order. */
  committed({ state, at }: Pick<Transition, 'state' | 'at'>): void {
    if (state === this.#state) return
    const left = this.#state
    const since = this.#since
    this.#state = state
    this.#since = at
    // The clocks of two owners may differ a little.
    if (left !== '') this.#observer.left(this.#saga, left, Math.max(0, at - since))
  }
}
