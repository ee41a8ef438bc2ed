/** A saga as it is shown, from what is stored of it. Pure, and free of the server: a page makes it of an exported file. */
import type { StepFailure } from '../../machines/step.ts'
import { isEnd } from '../engine/status.ts'
import type { SagaRecord } from '../store/saga-reader.ts'
import { traceIdOf } from '../traces/saga-trace.ts'

export function viewOf(saga: SagaRecord) {
  const { context, output } = membersOf(saga)
  return {
    saga_id: saga.sagaId,
    machine: saga.machine,
    version: saga.version,
    state: stateOf(saga),
    status: saga.status,
    step: saga.step,
    seq: saga.seq,
    business_key: saga.businessKey,
    trace_id: traceIdOf(saga),
    input: saga.input,
    output: output ?? null,
    undone:
      saga.status === 'failed'
        ? (output as { readonly undone?: boolean } | null | undefined)?.undone !== false
        : null,
    vente_id: context['vente_id'] ?? null,
    reservation_id: context['reservation_id'] ?? null,
    error_code: saga.errorCode,
    // Of a saga of before its row told of it, as far as its chart notes it.
    last_error: saga.trouble?.cause ?? context['error'] ?? null,
    parked: saga.status === 'parked' ? parkedOf(saga) : null,
    next_timer_at: nextTimerOf(saga),
    created_at: saga.createdAt.toISOString(),
    updated_at: saga.updatedAt.toISOString(),
  }
}

/** DONE and FAILED for a saga that has ended; otherwise where it stands in its chart. */
function stateOf({ status, state }: SagaRecord): string {
  return isEnd(status) ? status.toUpperCase() : state
}

function nextTimerOf(saga: SagaRecord): string | null {
  const dueAt = membersOf(saga).timers.map((timer) => (Object(timer) as { dueAt?: unknown }).dueAt)
  const first = new Date(Math.min(...dueAt.map(Number)))
  return Number.isNaN(first.getTime()) ? null : first.toISOString()
}

/** Of a saga that no machine fits the snapshot may be anything at all, and people have to see the saga all the same. */
function membersOf({ snapshot }: { readonly snapshot: unknown }) {
  const { context, output, timers } = Object(snapshot) as Readonly<Record<string, unknown>>
  return {
    context: Object(context) as Readonly<Record<string, unknown>>,
    output,
    timers: Object.values(Object(timers)),
  }
}

/** Why it waits for a person or its next automatic try. */
function parkedOf(saga: SagaRecord) {
  const { problem, step } = saga
  if (problem !== null) {
    // Its timers do not run as long as no machine here can take it.
    const noTry = { status: null, answer: null, tries: null, next_try_at: null }
    return { reason: problem.message, code: problem.code, step, ...noTry, by: 'engine' as const }
  }
  const failing = saga.trouble?.failing ?? notedIn(membersOf(saga).context)
  return {
    reason: failing?.message ?? 'Its machine parked it, though no step keeps failing: it waits for a person.',
    code: failing?.code ?? null,
    step: failing?.step ?? step,
    status: failing?.status ?? null,
    answer: failing?.answer ?? null,
    tries: failing?.tries ?? null,
    next_try_at: nextTimerOf(saga),
    by: 'chart' as const,
  }
}

/** Of a saga of before its row told of it. */
function notedIn(context: Readonly<Record<string, unknown>>): (StepFailure & { tries: number }) | null {
  const noted = context['parked'] as { reason: StepFailure; tries: number } | null | undefined
  return noted ? { ...noted.reason, tries: noted.tries } : null
}
