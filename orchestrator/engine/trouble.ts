/** What a transition tells of a saga's troubles, read from the journal's own words: whatever the chart notes. Pure. */
import type { AnyEventObject } from 'xstate'
import type { StepFailure } from '../../machines/step.ts'
import { ABANDONED } from './verbs/abandon.ts'
import { isOperatorEvent, type OperatorEvent } from './verbs/operator-event.ts'
import type { FailingStep, SagaStatus, Trouble } from './ports.ts'

export interface Told {
  readonly event: AnyEventObject
  /** Where it led. */
  readonly status: SagaStatus
  /** The ids of the invokes whose call is open there. */
  readonly open: readonly string[]
}

export function troubleAfter(before: Trouble | null, told: Told): Trouble | null {
  const failing = failingAfter(before?.failing ?? null, told)
  const cause = causeAfter(before, told)
  return failing === null && cause === null ? null : { cause, failing }
}

/** A step keeps failing for as long as the saga is parked for it, or calls it again. */
function failingAfter(before: FailingStep | null, { event, status, open }: Told): FailingStep | null {
  const isStill = (invoke: string) => status === 'parked' || open.includes(invoke)
  const failed = failureIn(event)
  if (failed === undefined) return before !== null && isStill(before.invoke) ? before : null
  const { invoke, failure } = failed
  if (!isStill(invoke)) return null
  return { ...failure, invoke, tries: before?.invoke === invoke ? before.tries + 1 : 1 }
}

/** The first thing that turned it back; what only parked it on its way forward is none, as long as it may go on. */
function causeAfter(before: Trouble | null, { event, status }: Told): StepFailure | null {
  if (event.type === 'skald.abandon' && isOperatorEvent(event)) return operatorsCause(event, before)
  const known = before?.cause ?? null
  const isUndone = status === 'compensating' || status === 'failed'
  if (known !== null || !isUndone) return known
  if (isOperatorEvent(event)) return operatorsCause(event, before)
  const failed = failureIn(event)?.failure
  if (failed !== undefined) return failed
  const isAsked = event.type in CODES
  return (isAsked ? undefined : before?.failing) ?? turnedBackBy(event)
}

const CODES: Readonly<Record<string, { readonly code: string }>> = {
  CANCEL: { code: 'CANCELLED' },
  COMPENSATE: { code: 'COMPENSATED' },
  'skald.cancel': { code: 'CANCELLED' },
  'skald.compensate': { code: 'COMPENSATED' },
  'skald.abandon': { code: ABANDONED },
}

function operatorsCause({ type, reason }: OperatorEvent, before: Trouble | null): StepFailure {
  const step = before?.failing?.step ?? ''
  return { name: 'Operator', message: reason, ...(CODES[type] ?? { code: 'OPERATOR' }), step, inDoubt: false }
}

/** By no failure: without this, the first compensation that fails would be taken for the cause. */
function turnedBackBy({ type }: AnyEventObject): StepFailure {
  const message = `It was turned back by ${type}.`
  return {
    name: 'TurnedBack',
    message,
    ...(CODES[type] ?? { code: 'TURNED_BACK' }),
    step: '',
    inDoubt: false,
  }
}

const STEP_FAILED = 'xstate.error.actor.'

function failureIn(event: AnyEventObject): { invoke: string; failure: StepFailure } | undefined {
  const { type, actorId, error } = event as AnyEventObject & { actorId?: string; error?: unknown }
  if (!type.startsWith(STEP_FAILED) || !isStepFailure(error)) return undefined
  return { invoke: actorId ?? type.slice(STEP_FAILED.length), failure: error }
}

function isStepFailure(error: unknown): error is StepFailure {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error
}
