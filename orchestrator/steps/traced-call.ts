/** The attempts of one call as its trace has them: each is a span of its own, of which the participant is told. */
import { randomUUID } from 'node:crypto'
import type { StepDeclaration } from '../../machines/step.ts'
import type { SagaIdentity, StepCall } from '../engine/ports.ts'
import { traceHeaders, traceOf, type Sampler, type SagaTrace } from '../traces/saga-trace.ts'
import { labelOf, outcomeOf, type Attempt, type OutcomeLabel } from './outcome.ts'

/** One attempt, at its end. */
export interface AttemptReport {
  readonly saga: SagaIdentity
  readonly trace: SagaTrace
  /** 16 hex digits. */
  readonly spanId: string
  readonly step: string
  readonly undo: boolean
  readonly participant: string
  readonly method: string
  /** From 1, for each call of the step. */
  readonly number: number
  /** As if it had been the only one. */
  readonly outcome: OutcomeLabel
  /** Of its answer. */
  readonly status: number | null
  /** Why there was none. */
  readonly code: string | null
  /** Both by performance.now(). */
  readonly startedAt: number
  readonly endedAt: number
}

export interface CallTracing {
  /** Of traces that no caller has decided about; all of them, unless said. */
  readonly isSampled?: Sampler
  /** Of sampled traces. */
  readonly onAttempt?: (attempt: AttemptReport) => void
}

export class TracedCall {
  readonly #declaration: StepDeclaration
  readonly #call: StepCall
  readonly #onAttempt: CallTracing['onAttempt']
  readonly #trace: SagaTrace
  #method = ''
  #number = 0
  #spanId: string | undefined
  #startedAt = 0

  constructor(declaration: StepDeclaration, call: StepCall, { isSampled, onAttempt }: CallTracing) {
    this.#declaration = declaration
    this.#call = call
    this.#onAttempt = onAttempt
    this.#trace = traceOf(call, isSampled)
  }

  /** Begins an attempt; the headers that go with it. */
  begin(method: string): { traceparent: string; tracestate?: string } {
    this.#method = method
    this.#number += 1
    this.#spanId = newSpanId()
    this.#startedAt = performance.now()
    return traceHeaders(this.#trace, this.#spanId)
  }

  /** Ends the attempt that is under way, if one is: a call may end while it waits for its next one. Gives back what it met. */
  end(met: Attempt): Attempt {
    const spanId = this.#spanId
    this.#spanId = undefined
    if (spanId === undefined || this.#onAttempt === undefined || !this.#trace.isSampled) return met
    const { step, undo, participant } = this.#declaration
    const { sagaId, machine, version, trace } = this.#call
    this.#onAttempt({
      saga: { sagaId, machine, version, trace },
      trace: this.#trace,
      spanId,
      step,
      undo,
      participant,
      method: this.#method,
      number: this.#number,
      outcome: labelOf(outcomeOf(step, [met])),
      status: met.kind === 'reply' ? met.status : null,
      code: 'code' in met ? met.code : null,
      startedAt: this.#startedAt,
      endedAt: performance.now(),
    })
    return met
  }
}

/** Half of a random uuid: Node draws those from a cache, where every randomBytes would ask the kernel. */
const newSpanId = () => randomUUID().replaceAll('-', '').slice(16)
