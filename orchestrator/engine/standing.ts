/**
 * Where a saga stands, for all who do not read snapshots: the columns of its row. Told anew with each transition.
 * It dies with the process, and is told again from the snapshot and the row that the saga is resumed from.
 */
import type { AnyEventObject } from 'xstate'
import type { DurableSnapshot } from './durable.ts'
import type { SagaStatus, Trouble } from './ports.ts'
import { statePath, statusOf } from './status.ts'
import { troubleAfter } from './trouble.ts'
import { openSteps, type OpenStep } from './verbs/open-steps.ts'
import type { Moved } from './versions.ts'

export class Standing {
  #status: SagaStatus = 'running'
  #state: string
  #step: string | null = null
  #trouble: Trouble | null

  constructor({ state, trouble }: { readonly state: string; readonly trouble: Trouble | null }) {
    this.#state = state
    this.#trouble = trouble
  }

  get status(): SagaStatus {
    return this.#status
  }

  get state(): string {
    return this.#state
  }

  get step(): string | null {
    return this.#step
  }

  get trouble(): Trouble | null {
    return this.#trouble
  }

  /** It is back in memory, where it stood. */
  restored(snapshot: DurableSnapshot): void {
    this.#status = statusOf(snapshot)
    this.#step = this.#stepOf(openSteps(snapshot))
  }

  after(event: AnyEventObject, next: DurableSnapshot): void {
    const open = openSteps(next)
    this.#status = statusOf(next)
    this.#state = statePath(next.value)
    this.#trouble = troubleAfter(this.#trouble, {
      event,
      status: this.#status,
      open: open.map(({ id }) => id),
    })
    this.#step = this.#stepOf(open)
  }

  moved({ status, state, step }: Moved): void {
    this.#status = status
    this.#state = state
    this.#step = step ?? this.#trouble?.failing?.step ?? null
  }

  /** What it processed since could not be committed. */
  backTo(state: string): void {
    this.#state = state
  }

  #stepOf([first]: readonly OpenStep[]): string | null {
    return first?.declaration.step ?? this.#trouble?.failing?.step ?? null
  }
}
