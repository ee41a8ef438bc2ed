/**
 * Where a saga stands, for all who do not read snapshots: the columns of its row. Told anew with each transition.
 * It dies with the process, and is told again from the snapshot and the row that the saga is resumed from.
 */
import type { AnyEventObject } from 'xstate'
import type { DurableSnapshot } from './durable.ts'
import type { Problem, SagaStatus, Trouble } from './ports.ts'
import { statePath, statusOf } from './status.ts'
import { troubleAfter } from './trouble.ts'
import { openSteps, type OpenStep } from './verbs/open-steps.ts'
import type { Moved } from './versions.ts'

/** The columns, as they are together true. */
export interface Stands {
  readonly status: SagaStatus
  readonly state: string
  /** Of the step that is open, or that keeps failing. */
  readonly step: string | null
  readonly trouble: Trouble | null
}

export class Standing {
  #now: Stands

  constructor({ state, trouble }: { readonly state: string; readonly trouble: Trouble | null }) {
    this.#now = { status: 'running', state, step: null, trouble }
  }

  get now(): Stands {
    return this.#now
  }

  /** It is back in memory, where it stood. */
  restored(snapshot: DurableSnapshot): void {
    const { state, trouble } = this.#now
    this.#now = { status: statusOf(snapshot), state, trouble, step: stepOf(openSteps(snapshot), trouble) }
  }

  after(event: AnyEventObject, next: DurableSnapshot): void {
    const open = openSteps(next)
    const status = statusOf(next)
    const told = { event, status, open: open.map(({ id }) => id) }
    const trouble = troubleAfter(this.#now.trouble, told)
    this.#now = { status, state: statePath(next.value), trouble, step: stepOf(open, trouble) }
  }

  moved({ status, state, step }: Moved): void {
    const { trouble } = this.#now
    this.#now = { status, state, trouble, step: step ?? trouble?.failing?.step ?? null }
  }

  /** What it processed since could not be committed. */
  backTo(before: Stands): void {
    this.#now = before
  }
}

/**
 * Whether people have to be told that it parked: not behind an automatic try that failed like the one before, of which
 * there may be hundreds, nor for the problem that they were told of.
 */
export function hasParked(
  before: Pick<Stands, 'status'>,
  { status, trouble, problem }: Pick<Stands, 'status' | 'trouble'> & { readonly problem: Problem | null },
  problemBefore: Problem | null,
): boolean {
  if (problem !== null) return problem.code !== problemBefore?.code
  return status === 'parked' && before.status !== 'parked' && (trouble?.failing?.tries ?? 1) === 1
}

function stepOf([first]: readonly OpenStep[], trouble: Trouble | null): string | null {
  return first?.declaration.step ?? trouble?.failing?.step ?? null
}
