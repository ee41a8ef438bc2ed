/**
 * Whom a person has to be told of, and in which words: written with the commit that it speaks of, so that a process
 * which dies at any line loses neither without the other.
 */
import type { Notice, Problem, SagaIdentity, SagaStatus } from './ports.ts'
import type { Stands } from './standing.ts'

interface Moment {
  /** Of the transition that led there. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Those of one saga; `enabled` where somebody listens. */
export class Notices {
  readonly #saga: SagaIdentity
  readonly #enabled: boolean
  #next: Notice | null = null

  constructor(saga: SagaIdentity, enabled: boolean) {
    this.#saga = saga
    this.#enabled = enabled
  }

  /**
   * Each end in failure is told, and each parking but those behind an automatic try that failed like the one before,
   * of which there may be hundreds.
   */
  transition(before: SagaStatus, now: Stands, moment: Moment): void {
    const { status, trouble } = now
    const failing = trouble?.failing ?? null
    const isParkedAnew = status === 'parked' && before !== 'parked' && (failing?.tries ?? 1) === 1
    if (status === 'failed') this.#tell('failed', now, moment, trouble?.cause ?? null)
    else if (isParkedAnew) this.#tell('parked', now, moment, failing)
  }

  /** The engine itself parked it; `before` is what it was parked for until now, and told for then. */
  problem(before: Problem | null, problem: Problem, now: Stands, moment: Moment): void {
    if (before !== null && before.code === problem.code && before.message === problem.message) return
    this.#tell('parked', { ...now, status: 'parked' }, moment, problem)
  }

  /** For the next commit. */
  take(): Notice | null {
    const next = this.#next
    this.#next = null
    return next
  }

  #tell(
    kind: Notice['kind'],
    { status, state, step, trouble }: Stands,
    { seq, at }: Moment,
    why: { readonly code: string; readonly message: string } | null,
  ): void {
    if (!this.#enabled) return
    const { sagaId, machine, version } = this.#saga
    const error = why && { code: why.code, message: why.message }
    const tries = trouble?.failing?.tries ?? null
    const payload = {
      kind,
      saga_id: sagaId,
      machine,
      version,
      seq,
      status,
      state,
      step,
      error,
      tries,
      at: new Date(at).toISOString(),
    }
    this.#next = { kind, seq, payload }
  }
}
