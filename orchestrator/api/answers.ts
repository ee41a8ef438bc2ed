/** From what is known of a saga to what its caller is told. Pure: the same saga always gives the same answer. */
import type { StepFailure } from '../../machines/step.ts'
import { problem } from '../../services/participant/problem.ts'
import type { SagaStatus } from '../engine/ports.ts'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** The answer to the call that started a saga, once it has ended. */
export function answerOfEnd(sagaId: string, status: 'done' | 'failed', output: unknown): Answer {
  const { error, undone, ...rest } = (output ?? {}) as Ended & Record<string, unknown>
  if (status === 'done') return { status: 201, body: { saga_id: sagaId, ...rest } }
  const http = isRefusal(error) ? 409 : 502
  const isUndone = undone !== false
  return {
    status: http,
    body: {
      ...problem(http, error?.code ?? 'FAILED', detailOf(error, isUndone)),
      saga_id: sagaId,
      state: 'FAILED',
      undone: isUndone,
      error: error === null || error === undefined ? null : toldOf(error),
    },
  }
}

/** What a saga puts out at its end, if it failed. */
interface Ended {
  readonly error?: StepFailure | null
  /** False if it was given up: nothing was undone, or nobody knows what. */
  readonly undone?: boolean
}

/** What a participant said word for word is for those who operate sagas, not for those who start them. */
function toldOf(error: StepFailure): object {
  return Object.fromEntries(Object.entries(error).filter(([name]) => name !== 'answer'))
}

/** The answer while it still runs. */
export function answerOfRunning(sagaId: string, status: SagaStatus): Answer {
  return { status: 202, body: { saga_id: sagaId, status } }
}

/** It did not know the orchestrator by its token, or had too much to do. */
const NOT_ABOUT_THE_CALL: ReadonlySet<number> = new Set([401, 429])

/** A person's own cancel counts as a refusal: nobody has to look for a fault. */
function isRefusal(error: StepFailure | null | undefined): boolean {
  if (error === null || error === undefined) return false
  const { status, code } = error
  if (code === 'CANCELLED') return true
  return status !== undefined && status >= 400 && status < 500 && !NOT_ABOUT_THE_CALL.has(status)
}

function detailOf(error: StepFailure | null | undefined, isUndone: boolean): string {
  const why = error?.message ?? 'The saga failed.'
  if (!isUndone) return `The saga was given up: ${why} What was begun has NOT been undone.`
  if (error === null || error === undefined) return why
  return `${error.step === '' ? '' : `Step ${error.step}: `}${why} All that was begun has been undone.`
}
