/**
 * Whether a stored snapshot fits a machine. Stock XState restores one that does not without a word, and the
 * saga hangs or goes astray; Skald says what is wrong and parks it. Pure.
 */
import { StateMachine, type AnyStateMachine, type AnyStateNode } from 'xstate'
import { statesOf } from './guard-rails.ts'

interface PersistedChild {
  readonly src?: unknown
  readonly snapshot?: { readonly status?: string }
}

interface Persisted {
  readonly status?: string
  readonly value?: unknown
  readonly context?: unknown
  readonly children?: Readonly<Record<string, PersistedChild>>
  readonly historyValue?: Readonly<Record<string, readonly { readonly id: string }[]>>
  readonly timers?: Readonly<Record<string, { readonly event: { readonly type: string } }>>
}

/** The first thing that does not fit, in words; undefined when the saga can go on from this snapshot. */
export function misfitOf(machine: AnyStateMachine, snapshot: unknown): string | undefined {
  if (typeof snapshot !== 'object' || snapshot === null) return 'the snapshot is not an object'
  const persisted = snapshot as Persisted
  if (persisted.status !== 'active') return `its status is ${persisted.status ?? 'missing'}, not active`
  if (typeof persisted.context !== 'object' || persisted.context === null) return 'it has no context'
  // Without this member it was not written by Skald, and its pending timers are lost.
  if (persisted.timers === undefined) return 'it has no timers'
  const active: AnyStateNode[] = []
  return (
    valueMisfit(machine.root, persisted.value, active) ??
    historyMisfit(machine, persisted) ??
    childrenMisfit(machine, active, persisted.children ?? {}) ??
    timersMisfit(active, persisted.timers)
  )
}

/** Collects the active states on its way down. */
function valueMisfit(node: AnyStateNode, value: unknown, active: AnyStateNode[]): string | undefined {
  active.push(node)
  if (node.type === 'atomic' || node.type === 'final') {
    const empty = value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
    return empty ? undefined : `state ${node.id} has no inner states any more`
  }
  const inner =
    typeof value === 'string' ? { [value]: undefined } : ((value ?? {}) as Record<string, unknown>)
  const names = Object.keys(inner)
  if (node.type === 'parallel') {
    const missing = Object.keys(node.states).find((region) => !names.includes(region))
    if (missing !== undefined) return `it lacks region ${missing} of ${node.id}`
  } else if (names.length !== 1) {
    return `it names no inner state of ${node.id}`
  }
  for (const name of names) {
    const child = node.states[name]
    if (child === undefined) return `state ${node.id}.${name} does not exist`
    const misfit = valueMisfit(child, inner[name], active)
    if (misfit !== undefined) return misfit
  }
  return undefined
}

function historyMisfit(machine: AnyStateMachine, persisted: Persisted): string | undefined {
  const ids = new Set([...statesOf(machine.root)].map((node) => node.id))
  const gone = Object.values(persisted.historyValue ?? {})
    .flat()
    .find((remembered) => !ids.has(remembered.id))
  return gone && `it remembers state ${gone.id}, which does not exist`
}

function childrenMisfit(
  machine: AnyStateMachine,
  active: readonly AnyStateNode[],
  children: Readonly<Record<string, PersistedChild>>,
): string | undefined {
  for (const node of active) {
    for (const invoke of node.invoke) {
      const child = children[invoke.id]
      // Restored without the child, the state would wait for ever for a call that nobody makes.
      if (child === undefined)
        return `state ${node.id} invokes ${invoke.id}, which the snapshot does not have`
      // Persisted between the child's end and the parent's transition, nobody would tell the parent again.
      const status = child.snapshot?.status ?? 'missing'
      if (status !== 'active' && !canOutlive(invoke, status)) return `${invoke.id} is ${status}, not active`
      if (child.src !== invoke.src)
        return `${invoke.id} was ${JSON.stringify(child.src)} and is ${JSON.stringify(invoke.src)} now`
    }
  }
  for (const [id, child] of Object.entries(children)) {
    const logic = (machine.implementations.actors as Record<string, unknown>)[String(child.src)]
    if (logic === undefined) return `${id} runs ${String(child.src)}, which the machine does not have`
    const isOpen = child.snapshot?.status === 'active'
    const nested = isOpen && logic instanceof StateMachine ? misfitOf(logic, child.snapshot) : undefined
    if (nested !== undefined) return `in ${id}: ${nested}`
  }
  return undefined
}

type Handler = string | { readonly target?: unknown; readonly guard?: unknown }

/** Whether the state can have heard of its child's end and stayed: by a transition without a target, or none. */
function canOutlive(invoke: { onDone?: unknown; onError?: unknown }, status: string): boolean {
  if (status !== 'done' && status !== 'error') return false
  const handlers = [status === 'done' ? invoke.onDone : invoke.onError].flat() as (Handler | undefined)[]
  for (const handler of handlers) {
    if (typeof handler === 'string') return false
    if (handler?.target === undefined) return true
    if (handler.guard === undefined) return false
  }
  return true
}

function timersMisfit(active: readonly AnyStateNode[], timers: Persisted['timers']): string | undefined {
  const expected = new Set(active.flatMap((node) => node.after.map((transition) => transition.eventType)))
  const lost = Object.values(timers ?? {}).find(
    ({ event }) => event.type.startsWith('xstate.after.') && !expected.has(event.type),
  )
  return lost && `no active state waits for its timer ${lost.event.type}`
}
