/** From what the attempts of a step met to what became of the step. Pure: the one place that decides it. */
import type { StepFailure } from '../../machines/step.ts'

/** What one attempt met. */
export type Attempt =
  | {
      readonly kind: 'reply'
      readonly status: number
      readonly body: unknown
      readonly fits: boolean
      /** The body as it came. */
      readonly text: string
    }
  /** No connection was made (refused, unknown host): the participant has heard nothing. */
  | { readonly kind: 'unconnected'; readonly code: string; readonly message: string }
  /** Sent, but no whole answer came: timeout, connection broken. */
  | { readonly kind: 'unanswered'; readonly code: string; readonly message: string }
  /** Made by an earlier life of the orchestrator: nobody saw what it met. */
  | { readonly kind: 'unseen' }

export type StepOutcome =
  | { readonly kind: 'done'; readonly body: unknown }
  | { readonly kind: 'failed'; readonly failure: StepFailure }

/** In one word, of a closed set. */
export type OutcomeLabel = 'done' | 'refused' | 'unreachable' | 'in_doubt'

export function labelOf(outcome: StepOutcome): OutcomeLabel {
  if (outcome.kind === 'done') return 'done'
  if (outcome.failure.inDoubt) return 'in_doubt'
  return outcome.failure.name === 'StepRefused' ? 'refused' : 'unreachable'
}

/** 4xx that say "not now" rather than "no". */
const NOT_A_REFUSAL = new Set([408, 425, 429])

/** Decides by the last attempt; one attempt in doubt, whichever, makes a failed step in doubt. */
export function outcomeOf(step: string, attempts: readonly Attempt[]): StepOutcome {
  const last = attempts.at(-1)
  if (last?.kind === 'reply' && last.fits && last.status >= 200 && last.status < 300) {
    return { kind: 'done', body: last.body }
  }
  const inDoubt = attempts.some(isInDoubt)
  return { kind: 'failed', failure: { ...failureOf(step, last, inDoubt), ...lastAnswer(attempts) } }
}

const EXCERPT_LENGTH = 500

/** Also where a later attempt got none: what the participant said before may be why. */
function lastAnswer(attempts: readonly Attempt[]): Pick<StepFailure, 'answer'> {
  const reply = attempts.findLast(({ kind }) => kind === 'reply')
  if (reply?.kind !== 'reply') return {}
  // The journal can't store a NUL.
  const body = cut(reply.text, EXCERPT_LENGTH).replaceAll('\0', '\u{FFFD}')
  return { answer: { status: reply.status, body } }
}

function isInDoubt(attempt: Attempt): boolean {
  switch (attempt.kind) {
    case 'reply':
      return !isRefusal(attempt) && attempt.status !== 429
    case 'unconnected':
      return false
    case 'unanswered':
    case 'unseen':
      return true
  }
}

function isRefusal(attempt: Attempt): boolean {
  return (
    attempt.kind === 'reply' &&
    attempt.status >= 400 &&
    attempt.status < 500 &&
    !NOT_A_REFUSAL.has(attempt.status)
  )
}

function failureOf(step: string, last: Attempt | undefined, inDoubt: boolean): StepFailure {
  if (last?.kind === 'reply') {
    const { status } = last
    const problem = problemOf(last.body)
    if (isRefusal(last)) {
      const message = problem.detail ?? `the participant refused with ${status}`
      return { name: 'StepRefused', message, code: problem.code ?? 'REFUSED', step, status, inDoubt }
    }
    if (status >= 200 && status < 300) {
      const message = `the participant answered ${status} with a body that does not fit the step's schema`
      return { name: 'StepInDoubt', message, code: 'REPLY_DOES_NOT_FIT', step, status, inDoubt }
    }
    const message = problem.detail ?? `the participant answered ${status}`
    return { name: nameOf(inDoubt), message, code: problem.code ?? `HTTP_${status}`, step, status, inDoubt }
  }
  if (last === undefined || last.kind === 'unseen') {
    return { name: nameOf(inDoubt), message: 'no attempt was answered', code: 'NO_ATTEMPT', step, inDoubt }
  }
  return { name: nameOf(inDoubt), message: last.message, code: last.code, step, inDoubt }
}

const nameOf = (inDoubt: boolean) => (inDoubt ? 'StepInDoubt' : 'StepUnreachable')

/** The participant's own words, if it answered with a problem document (RFC 9457). */
function problemOf(body: unknown): { code?: string; detail?: string } {
  if (typeof body !== 'object' || body === null) return {}
  const { code, detail } = body as { code?: unknown; detail?: unknown }
  return {
    ...(typeof code === 'string' && { code: cut(code, 100) }),
    ...(typeof detail === 'string' && { detail: cut(detail, 1_000) }),
  }
}

/** Half a surrogate pair at the cut would be text that the journal can't store. */
const cut = (text: string, lengthMax: number) => text.slice(0, lengthMax).toWellFormed()
