/**
 * What a verb of an operator does to a saga: the envelope of the engine around every chart. It speaks to the chart in
 * events that the chart itself listens to (RETRY, CANCEL, its timer, the end of its step), so the chart stays the one
 * place that says where a saga goes from where.
 *
 * Pure but for the scope that effects go to: the same journal, told again, enacts the same. Whoever has no effects to
 * collect passes an inert scope (`leadsTo`), so that what is not possible is known before anything is done.
 */
import {
  transition,
  type AnyActor,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
} from 'xstate'
import { activeStates } from '../active-states.ts'
import { statusOf } from '../status.ts'
import { openSteps, type OpenStep } from './open-steps.ts'
import { abandoned, abandonedEvent } from './abandon.ts'
import type { OperatorEvent, VerbEvent } from './operator-event.ts'

interface PendingTimer {
  readonly event: AnyEventObject
  readonly dueAt: number
}

export interface Stage {
  readonly machine: AnyStateMachine
  readonly scope: AnyActorScope
  /** The timers that the snapshot waits for; one that is fired here leaves. */
  readonly timers: Record<string, PendingTimer>
  /** Only to see where it leads: what is in flight goes on. */
  readonly isTrial?: boolean
}

type Trial = Pick<Stage, 'machine' | 'timers'>

/** The snapshot that the verb leads to; undefined where the state does not allow it. */
export function enact(
  stage: Stage,
  snapshot: AnyMachineSnapshot,
  event: OperatorEvent,
): AnyMachineSnapshot | undefined {
  switch (event.type) {
    case 'skald.retry':
      return retry(stage, snapshot, event)
    case 'skald.skip':
      return finishStep(stage, snapshot, event)
    case 'skald.complete':
      return finishStep(stage, snapshot, event)
    case 'skald.compensate':
      return turnBack(stage, snapshot, event, ['COMPENSATE', 'CANCEL'])
    case 'skald.cancel':
      return turnBack(stage, snapshot, event, ['CANCEL'])
    case 'skald.abandon':
      return abandon(stage, snapshot, event)
    case 'skald.migrate':
      // From one machine to another: not for one of them to say.
      return undefined
  }
}

/** Where the verb leads from here; undefined if nowhere. Nothing is done; a chart that throws on it does not allow it. */
export function leadsTo(
  trial: Trial,
  snapshot: AnyMachineSnapshot,
  event: OperatorEvent,
): AnyMachineSnapshot | undefined {
  try {
    return tryOut(trial, (stage) => enact(stage, snapshot, event))
  } catch {
    // What a person asks for must not break a saga that can go on without it.
    return undefined
  }
}

export const allows = (trial: Trial, snapshot: AnyMachineSnapshot, event: OperatorEvent): boolean =>
  leadsTo(trial, snapshot, event) !== undefined

/** The steps that `skip` or `complete` could be about: those open, or open as soon as the saga is not parked. */
export function stepsToFinish(
  trial: Trial,
  snapshot: AnyMachineSnapshot,
  event: VerbEvent,
): readonly OpenStep[] {
  return tryOut(trial, (stage) => finishable(stage, snapshot, event))?.steps ?? []
}

/** The steps that a retry would call, and so could be called with another input. */
export function stepsToRetry(
  trial: Trial,
  snapshot: AnyMachineSnapshot,
  event: VerbEvent,
): readonly OpenStep[] {
  return tryOut(trial, (stage) => newSteps(snapshot, unpark(stage, snapshot, event) ?? snapshot))
}

/** Runs `compute` with a scope of an actor system of its own, in which nothing happens. */
function tryOut<Result>({ machine, timers }: Trial, compute: (stage: Stage) => Result): Result {
  const results: Result[] = []
  const snapshot = { status: 'active', output: undefined, error: undefined } as const
  const still = () => snapshot
  const probe = {
    transition: (_snapshot: unknown, _event: unknown, scope: AnyActorScope) => {
      results.push(compute({ machine, scope, timers: { ...timers }, isTrial: true }))
      return snapshot
    },
    getInitialSnapshot: still,
    getPersistedSnapshot: still,
  }
  transition(probe, still(), { type: 'probe' })
  return results[0] as Result
}

const tell = ({ machine, scope }: Stage, snapshot: AnyMachineSnapshot, event: AnyEventObject) =>
  machine.transition(snapshot, event, scope) as AnyMachineSnapshot

/** The chart's own event, with who and why for a chart that wants to note it. */
const inWords = (type: string, { actor, reason }: VerbEvent) => ({ type, actor, reason })

/**
 * Whether the chart says itself what comes of such an event where it stands; then its guards have the last word. A
 * wildcard says nothing: it takes whatever comes.
 */
const names = ({ machine }: Stage, { value }: AnyMachineSnapshot, type: string) =>
  activeStates(machine.root, value).some(({ transitions }) => transitions.has(type))

function heed(
  stage: Stage,
  snapshot: AnyMachineSnapshot,
  told: AnyEventObject,
): AnyMachineSnapshot | undefined {
  return snapshot.can(told) ? tell(stage, snapshot, told) : undefined
}

/** Goes back to where it stopped: by RETRY, or else by the timer that would do so by itself. */
function unpark(
  stage: Stage,
  snapshot: AnyMachineSnapshot,
  event: VerbEvent,
): AnyMachineSnapshot | undefined {
  if (names(stage, snapshot, 'RETRY')) return heed(stage, snapshot, inWords('RETRY', event))
  if (statusOf(snapshot) !== 'parked') return undefined
  const back = wayBack(stage, snapshot)
  if (back === undefined) return undefined
  const [id, timer] = back
  delete stage.timers[id]
  return tell(stage, snapshot, timer.event)
}

/** The first timer that leads back to work: others may remind somebody, or give up when a day is over. */
function wayBack(stage: Stage, snapshot: AnyMachineSnapshot): [string, PendingTimer] | undefined {
  return Object.entries(stage.timers)
    .toSorted(([a, x], [b, y]) => x.dueAt - y.dueAt || Number(a > b) - Number(a < b))
    .find(([, { event }]) => {
      const status = statusOf(tryOut(stage, (trial) => tell(trial, snapshot, event)))
      return status === 'running' || status === 'compensating'
    })
}

function retry(stage: Stage, snapshot: AnyMachineSnapshot, event: VerbEvent): AnyMachineSnapshot | undefined {
  const next = unpark(stage, snapshot, event)
  // Its load was the retry: this only tells of it.
  const isLoaded = next === undefined && event.problem !== undefined && event.input === undefined
  if (next === undefined) return isLoaded ? { ...snapshot } : undefined
  if (event.input === undefined) return next
  const corrected = chosen(newSteps(snapshot, next), event)
  if (corrected?.declaration.correction === undefined) return undefined
  // It was made a moment ago and is called behind the commit: nobody has read this yet.
  Object.assign(corrected.actor.getSnapshot(), { input: event.input })
  return next
}

function newSteps({ children }: AnyMachineSnapshot, next: AnyMachineSnapshot): OpenStep[] {
  const before: Readonly<Record<string, unknown>> = children
  return openSteps(next).filter(({ id, actor }) => before[id] !== actor)
}

/**
 * The step that is meant. Where nobody said which there is none, even if only one is open: the saga may have moved on
 * since the person looked, and what was done by hand was done for the step before.
 */
function chosen(steps: readonly OpenStep[], { step }: VerbEvent): OpenStep | undefined {
  return steps.find(({ declaration }) => declaration.step === step)
}

interface Finishable {
  readonly standing: AnyMachineSnapshot
  readonly steps: readonly OpenStep[]
}

function finishable(stage: Stage, snapshot: AnyMachineSnapshot, event: VerbEvent): Finishable | undefined {
  const isUndo = event.type === 'skald.skip'
  const meant = (standing: AnyMachineSnapshot) =>
    openSteps(standing).filter(({ declaration }) => declaration.undo === isUndo)
  const steps = meant(snapshot)
  if (steps.length > 0) return { standing: snapshot, steps }
  const standing = unpark(stage, snapshot, event)
  return standing && { standing, steps: meant(standing) }
}

/** As though the participant had answered. */
function finishStep(
  stage: Stage,
  snapshot: AnyMachineSnapshot,
  event: VerbEvent,
): AnyMachineSnapshot | undefined {
  const found = finishable(stage, snapshot, event)
  const step = found && chosen(found.steps, event)
  if (found === undefined || step === undefined) return undefined
  const { output } = event
  return endOf(stage, found.standing, step, { status: 'done', output })
}

/** By the first of these events that the chart names, or else as though a step that is open had failed in doubt. */
function turnBack(
  stage: Stage,
  snapshot: AnyMachineSnapshot,
  event: VerbEvent,
  types: readonly string[],
): AnyMachineSnapshot | undefined {
  const named = types.find((type) => names(stage, snapshot, type))
  if (named !== undefined) return heed(stage, snapshot, inWords(named, event))
  const found = finishable(stage, snapshot, { ...event, type: 'skald.complete' })
  if (found === undefined) return undefined
  const { standing, steps } = found
  const namedThere = types.find((type) => names(stage, standing, type))
  if (namedThere !== undefined) return heed(stage, standing, inWords(namedThere, event))
  const failed = (on: Stage, step: OpenStep) =>
    endOf(on, standing, step, { status: 'error', error: failureOf(event, step) })
  const step = steps
    .filter(({ declaration }) => event.step === undefined || declaration.step === event.step)
    .find((one) => isTurnedBack(tryOut(stage, (trial) => failed(trial, one))))
  return step && failed(stage, step)
}

function isTurnedBack(snapshot: AnyMachineSnapshot | undefined): boolean {
  const status = snapshot && statusOf(snapshot)
  return status === 'compensating' || status === 'failed'
}

function failureOf({ type, reason }: VerbEvent, { declaration }: OpenStep) {
  const [name, code] = type === 'skald.cancel' ? ['Cancelled', 'CANCELLED'] : ['Compensated', 'COMPENSATED']
  return { name, message: reason, code, step: declaration.step, inDoubt: true }
}

type End =
  | { readonly status: 'done'; readonly output: unknown }
  | { readonly status: 'error'; readonly error: unknown }

/** undefined where the chart does not take it: a guard refuses it, or nothing waits for the step any more. */
function endOf(
  stage: Stage,
  snapshot: AnyMachineSnapshot,
  { id, actor }: OpenStep,
  { status, ...result }: End,
): AnyMachineSnapshot | undefined {
  const end = { type: `xstate.${status}.actor.${id}`, ...result, actorId: id }
  if (stage.machine.getTransitionData(snapshot, end).length === 0) return undefined
  const next = tell(stage, snapshot, end)
  // A chart that stays in the state keeps the step: as one that has ended, for its call must not go on.
  if (next.children[id] === actor && stage.isTrial !== true) {
    stage.scope.stopChild(actor)
    Object.assign(actor.getSnapshot() as object, { status, ...result, input: undefined })
  }
  // A chart that has nothing to do with the end, heard of it all the same.
  return next === snapshot ? { ...next } : next
}

function abandon({ scope }: Stage, snapshot: AnyMachineSnapshot, event: VerbEvent): AnyMachineSnapshot {
  for (const child of Object.values(snapshot.children as Record<string, AnyActor>)) scope.stopChild(child)
  const told = abandonedEvent(event)
  const info = { context: snapshot.context, event: told, self: scope.self, system: scope.system }
  scope.actionExecutor({ type: 'xstate.emit', info, params: { event: told }, exec: undefined })
  return abandoned(snapshot, event) as AnyMachineSnapshot
}
