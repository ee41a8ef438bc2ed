/**
 * What a step declares: which participant, which request, which reply. A declaration does nothing by
 * itself; it is promise logic whose body the orchestrator supplies, so that timeouts, retries, keys and
 * headers are one policy of the engine room and no chart repeats them.
 */
import { fromPromise, type PromiseActorLogic } from 'xstate'
import type { Static, TSchema } from 'typebox'

/** Everything that enters a machine, its context or its events, survives JSON unchanged. */
type Json = string | number | boolean | null | { [key: string]: Json } | Json[]

export interface StepRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  /** Path on the participant, with its query; the orchestrator knows the participant's address. */
  readonly path: string
  readonly body?: Json
}

export interface StepDeclaration {
  /** The step's name in the chart, shared by the step and its compensation: half of the idempotency key. */
  readonly step: string
  /** Compensations undo the step of the same name; participants tell the two apart by the key. */
  readonly undo: boolean
  readonly participant: string
  readonly request: (input: never) => StepRequest
  /** A 2xx body that does not fit leaves the step in doubt: it was done, but nobody knows what. */
  readonly reply: TSchema
  /** What a person may call it with instead, once it is parked; without this schema its input stands. */
  readonly correction?: TSchema
}

/** Why a step failed, as plain data: what `onError` sees in `event.error`. */
export interface StepFailure {
  /** `StepRefused`: a no, which would be repeated. `StepUnreachable` or `StepInDoubt`: the next try may tell more. */
  readonly name: string
  readonly message: string
  /** Stable: charts and callers match on it. The participant's own code when it answered with one. */
  readonly code: string
  readonly step: string
  /** The last HTTP status, if there was any answer. */
  readonly status?: number
  /** false: the step surely did not happen. true: it may have, so it is undone too. */
  readonly inDoubt: boolean
  /** The last answer that came at all, in short, for the person who looks into it. Nothing may depend on it. */
  readonly answer?: { readonly status: number; readonly body: string }
}

interface StepOptions<Input, Reply extends TSchema> {
  readonly participant: string
  readonly request: (input: Input) => StepRequest
  readonly reply: Reply
  readonly correction?: TSchema
}

/** Promise logic that carries its declaration: a chart invokes it, the orchestrator reads it. */
export type Step<Input, Output> = PromiseActorLogic<Output, Input> & { readonly declaration: StepDeclaration }

/** A step on the way forward. Its input and output types follow from `request` and `reply`. */
export function step<Input, Reply extends TSchema>(
  name: string,
  options: StepOptions<Input, Reply>,
): Step<Input, Static<Reply>> {
  return declare({ ...options, step: name, undo: false })
}

/** The compensation of the step called `name`. It must succeed also when that step never happened. */
export function compensation<Input, Reply extends TSchema>(
  name: string,
  options: StepOptions<Input, Reply>,
): Step<Input, Static<Reply>> {
  return declare({ ...options, step: name, undo: true })
}

function declare<Input, Output>(declaration: StepDeclaration): Step<Input, Output> {
  const logic = fromPromise<Output, Input>(() =>
    Promise.reject(
      new Error(`step ${declaration.step} has no body: the machine was not prepared by the engine`),
    ),
  )
  return Object.assign(logic, { declaration })
}

/** The declaration that an actor logic carries, or undefined for anything but a step. */
export function declarationOf(logic: unknown): StepDeclaration | undefined {
  if (typeof logic !== 'object' || logic === null || !('declaration' in logic)) return undefined
  return logic.declaration as StepDeclaration
}

/**
 * The result of an earlier step. The compiler demands it wherever a chart reads what may not exist yet;
 * the chart's arrows guarantee it. Should they not, the machine throws and the saga is parked, not guessed on.
 */
export function known<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`${name} is not known in this state: the chart reads it too early`)
  return value
}
