/**
 * Which verbs a saga allows where it stands, told by its chart and its stored snapshot alone: each is tried out on the
 * real chart, guards and all, with nothing done. Pure, so that an orchestrator that does not drive the saga can say so
 * too; by the time a verb arrives the saga may have moved, and its owner decides.
 */
import { createActor, type Snapshot } from 'xstate'
import type { StepDeclaration } from '../../../machines/step.ts'
import type { DurableSnapshot } from '../durable.ts'
import { misfitOf } from '../fit.ts'
import type { Problem } from '../ports.ts'
import type { PreparedMachine } from '../prepare.ts'
import { isEnd, statePath, statusOf } from '../status.ts'
import { allows, leadsTo, stepsToFinish, stepsToRetry } from './enact.ts'
import type { OpenStep } from './open-steps.ts'
import { VERBS, type Verb, type VerbEvent } from './operator-event.ts'

export interface PossibleVerb {
  readonly verb: Verb
  /**
   * Of `skip` and `complete`: the steps that it can be about. Of `retry`: those that may be called with another input.
   */
  readonly steps: readonly StepDeclaration[]
}

export interface StandingSaga {
  /** Undefined where its version is not known here. */
  readonly machine: PreparedMachine | undefined
  /** As it is stored. */
  readonly snapshot: unknown
  readonly problem: Problem | null
  readonly hasEnded: boolean
}

/** In the order of VERBS, or of those that are asked about: each is a trial or two of the chart. */
export function possibleVerbs(
  { machine, snapshot, problem, hasEnded }: StandingSaga,
  among: readonly Verb[] = VERBS,
): PossibleVerb[] {
  if (hasEnded) return []
  // Nothing but a load can tell whether it goes on.
  const always = problem === null ? ['abandon'] : ['retry', 'abandon']
  const restored = machine === undefined ? undefined : restore(machine, snapshot)
  return among.flatMap((verb): PossibleVerb[] => {
    const steps = restored === undefined ? undefined : stepsOf(restored, verb)
    if (steps !== undefined) return [{ verb, steps }]
    return always.includes(verb) ? [{ verb, steps: [] }] : []
  })
}

/** Whether this very event leads anywhere, with all that it brings. What nothing but a load can tell is its owner's to say. */
export function allowsVerb(standing: StandingSaga, event: VerbEvent): boolean {
  return verbLeadsTo(standing, event) !== undefined
}

/** The state that this very event leads to; null where nothing but a load can tell, undefined if it leads nowhere. */
export function verbLeadsTo(
  { machine, snapshot, problem, hasEnded }: StandingSaga,
  event: VerbEvent,
): string | null | undefined {
  if (hasEnded) return undefined
  const restored = machine === undefined ? undefined : restore(machine, snapshot)
  if (restored === undefined) return null
  const { source, live } = restored
  const trial = { machine: source, timers: live.timers }
  const next = leadsTo(trial, live, problem === null ? event : { ...event, problem })
  if (next === undefined) return undefined
  const status = statusOf(next)
  return isEnd(status) ? status.toUpperCase() : statePath(next.value)
}

type Restored = Pick<PreparedMachine, 'source'> & { readonly live: DurableSnapshot }

function restore({ source, logic }: PreparedMachine, snapshot: unknown): Restored | undefined {
  try {
    if (misfitOf(source, snapshot) !== undefined) return undefined
    const actor = createActor(logic, { snapshot: snapshot as Snapshot<unknown> })
    return { source, live: actor.getSnapshot() as DurableSnapshot }
  } catch {
    return undefined
  }
}

/** Undefined where the verb leads nowhere; a chart that throws allows nothing. */
function stepsOf({ source, live }: Restored, verb: Verb): StepDeclaration[] | undefined {
  const trial = { machine: source, timers: live.timers }
  const event: VerbEvent = { type: `skald.${verb}`, actor: '', reason: '' }
  try {
    if (verb === 'skip' || verb === 'complete') {
      const steps = declarationsOf(stepsToFinish(trial, live, event))
      return steps.length === 0 ? undefined : steps
    }
    if (!allows(trial, live, event)) return undefined
    if (verb !== 'retry') return []
    return declarationsOf(stepsToRetry(trial, live, event)).filter(({ correction }) => correction)
  } catch {
    return undefined
  }
}

const declarationsOf = (steps: readonly OpenStep[]) => steps.map(({ declaration }) => declaration)
