/** The machine that processed a row: the saga's own, or one that is nested in it. Pure: it keeps nothing. */
import { StateMachine, type AnyActor, type AnyMachineSnapshot } from 'xstate'
import { statePath } from '../status.ts'

/** The state of the machine `actor`, null for the saga's own; null if it is not there. */
export function stateOf(snapshot: AnyMachineSnapshot, actor: string | null): string | null {
  const found = actor === null ? snapshot : machineIn(snapshot, actor)
  return found === undefined ? null : statePath(found.value)
}

function machineIn(snapshot: AnyMachineSnapshot, actor: string): AnyMachineSnapshot | undefined {
  for (const child of Object.values(snapshot.children as Record<string, AnyActor>)) {
    if (!(child.logic instanceof StateMachine)) continue
    const inner = child.getSnapshot() as AnyMachineSnapshot
    const found = child.id === actor ? inner : machineIn(inner, actor)
    if (found !== undefined) return found
  }
  return undefined
}

interface Persisted {
  readonly context?: unknown
  readonly children?: Readonly<Record<string, { readonly snapshot?: unknown }>>
}

/** Its context in a persisted snapshot; empty if it is not there. */
export function contextIn(persisted: unknown, actor: string | null): unknown {
  const { context, children = {} } = Object(persisted) as Persisted
  if (actor === null) return context ?? {}
  const own = children[actor]
  if (own !== undefined) return contextIn(own.snapshot, null)
  for (const { snapshot } of Object.values(children)) {
    const found = contextIn(snapshot, actor)
    if (Object.keys(Object(found) as object).length > 0) return found
  }
  return {}
}
