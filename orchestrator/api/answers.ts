/** From what is known of a saga to what its caller is told. Pure: the same saga always gives the same answer. */
import type { StepFailure } from '../../machines/step.ts'
import { problem } from '../../services/participant/problem.ts'
import type { SagaStatus } from '../engine/ports.ts'
import type { SagaRecord } from '../store/saga-reader.ts'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** The answer to the call that started a saga, once it has ended. */
export function answerOfEnd(sagaId: string, status: 'done' | 'failed', output: unknown): Answer {
  const { error, ...rest } = (output ?? {}) as { error?: StepFailure | null } & Record<string, unknown>
  if (status === 'done') return { status: 201, body: { saga_id: sagaId, ...rest } }
  const http = isRefusal(error) ? 409 : 502
  const detail = error === null || error === undefined ? 'The saga failed.' : detailOf(error)
  return {
    status: http,
    body: {
      ...problem(http, error?.code ?? 'FAILED', detail),
      saga_id: sagaId,
      state: 'FAILED',
      error: error ?? null,
    },
  }
}

export const isEnd = (status: SagaStatus): status is 'done' | 'failed' =>
  status === 'done' || status === 'failed'

/** The answer while it still runs. */
export function answerOfRunning(sagaId: string, status: SagaStatus): Answer {
  return { status: 202, body: { saga_id: sagaId, status } }
}

/** A person's own cancel counts as a refusal: nobody has to look for a fault. */
function isRefusal(error: StepFailure | null | undefined): boolean {
  if (error === null || error === undefined) return false
  const { status, code } = error
  return code === 'CANCELLED' || (status !== undefined && status >= 400 && status < 500 && status !== 429)
}

function detailOf({ step, message }: StepFailure): string {
  return `Step ${step}: ${message} All that was begun has been undone.`
}

/**
 * One saga as it is shown. `lastFailure` is what its journal says of its steps, for a chart that keeps no `error`
 * or `parked` in its context.
 */
export function viewOf(saga: SagaRecord, lastFailure: unknown = null) {
  const { context, output, timers } = saga.snapshot
  const dueAt = Object.values(timers ?? {}).map((timer) => timer.dueAt)
  return {
    saga_id: saga.sagaId,
    machine: saga.machine,
    version: saga.version,
    state: stateOf(saga),
    status: saga.status,
    seq: saga.seq,
    input: saga.input,
    output: output ?? null,
    vente_id: context['vente_id'] ?? null,
    reservation_id: context['reservation_id'] ?? null,
    last_error: context['error'] ?? lastFailure,
    parked: saga.status === 'parked' ? parkedOf(saga, lastFailure) : null,
    next_timer_at: dueAt.length === 0 ? null : new Date(Math.min(...dueAt)).toISOString(),
    created_at: saga.createdAt.toISOString(),
    updated_at: saga.updatedAt.toISOString(),
  }
}

/** DONE and FAILED for a saga that has ended; otherwise where it stands in its chart. */
function stateOf({ status, state }: SagaRecord): string {
  return isEnd(status) ? status.toUpperCase() : state
}

/** Why it waits for a person or its next automatic try. */
function parkedOf({ problem, snapshot }: SagaRecord, lastFailure: unknown) {
  if (problem !== null) return { reason: problem.message, code: problem.code, step: null, tries: null }
  const parked = snapshot.context['parked'] as { reason: StepFailure; tries: number } | null | undefined
  const reason = parked?.reason ?? (lastFailure as StepFailure | null)
  if (reason === null) return null
  return { reason: reason.message, code: reason.code, step: reason.step, tries: parked?.tries ?? null }
}
