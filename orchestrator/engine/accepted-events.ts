/**
 * Which outside events a saga listens to, told by its chart and its stored snapshot alone. Pure, so that an
 * orchestrator that does not drive the saga can say so too.
 *
 * A guard counts as one that lets through: what it says depends on the event, and on a context that may have moved
 * by the time the event arrives. So what is refused here no state would take; what is not, its owner decides.
 */
import type { AnyStateMachine, AnyStateNode, StateValue } from 'xstate'
import { activeStates, innerStates } from './active-states.ts'
import { statesOf } from './guard-rails.ts'

const INTERNAL = 'xstate.'

/** Timers, ends of steps and the like: XState's own, and nobody else's to send. */
export function isInternalEvent(type: string): boolean {
  return type.startsWith(INTERNAL)
}

/** What the state makes of an event: an inner state that forbids it keeps it from the outer ones. */
type Reaction = 'takes' | 'forbids' | 'passes'

/**
 * The types that the saga accepts where it stands, sorted; wildcards as the chart has them (`order.*`, `*`). Events
 * of nested machines are not among them: what is sent to a saga comes to its own machine.
 */
export function acceptedEvents(machine: AnyStateMachine, snapshot: unknown): string[] {
  const value = valueOf(snapshot)
  const descriptors = new Set(activeStates(machine.root, value).flatMap(descriptorsOf))
  return [...descriptors].filter((one) => reactionTo(one, machine.root, value) === 'takes').sort()
}

/** Whether the saga may take an event of this type where it stands. */
export function acceptsEvent(machine: AnyStateMachine, snapshot: unknown, type: string): boolean {
  return !isInternalEvent(type) && reactionTo(type, machine.root, valueOf(snapshot)) === 'takes'
}

/** Whether some state of the machine listens to events of this type. */
export function knowsEvent(machine: AnyStateMachine, type: string): boolean {
  if (isInternalEvent(type)) return false
  return [...statesOf(machine.root)].some((node) => ownReactionTo(type, node) === 'takes')
}

function valueOf(snapshot: unknown): StateValue | undefined {
  return ((snapshot ?? {}) as { value?: StateValue }).value
}

const descriptorsOf = (node: AnyStateNode) =>
  [...node.transitions.keys()].filter((descriptor) => !isInternalEvent(descriptor))

/** As XState selects: inner states first, and the outer one only if none of them has a transition. */
function reactionTo(type: string, node: AnyStateNode, value: StateValue | undefined): Reaction {
  const inner = new Set(innerStates(node, value).map(([child, rest]) => reactionTo(type, child, rest)))
  if (inner.has('takes')) return 'takes'
  return inner.has('forbids') ? 'forbids' : ownReactionTo(type, node)
}

/** The first candidate without a guard decides; one that leads nowhere and does nothing forbids the event. */
function ownReactionTo(type: string, node: AnyStateNode): Reaction {
  const candidates = [...node.transitions.entries()]
    .filter(([descriptor]) => matches(type, descriptor))
    // The more exact, the earlier; `a.b` goes before `a.*`, which is as long.
    .sort(([a], [b]) => Number(b === type) - Number(a === type) || b.length - a.length)
    .flatMap(([, transitions]) => transitions)
  for (const { target, actions, guard } of candidates) {
    if (target !== undefined || actions.length > 0) return 'takes'
    if (guard === undefined) return 'forbids'
  }
  return 'passes'
}

/** XState's own rule, which it does not export: `order.*` is `order` and every `order.…`. */
function matches(type: string, descriptor: string): boolean {
  if (descriptor === type || descriptor === '*') return true
  if (!descriptor.endsWith('.*')) return false
  const stem = descriptor.slice(0, -2)
  return type === stem || type.startsWith(`${stem}.`)
}
