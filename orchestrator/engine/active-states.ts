/** The states of a chart that the value of a snapshot names: a snapshot of another chart may name others. Pure. */
import type { AnyStateNode, StateValue } from 'xstate'

type ActiveState = readonly [AnyStateNode, StateValue | undefined]

/** Those right within the node, each with the rest of the value. */
export function innerStates(node: AnyStateNode, value: StateValue | undefined): ActiveState[] {
  const inner = typeof value === 'string' ? { [value]: undefined } : (value ?? {})
  return Object.entries(inner).flatMap(([name, rest]): ActiveState[] => {
    const child = node.states[name]
    return child === undefined ? [] : [[child, rest]]
  })
}

/** The node itself, and all those within it, the outer ones first. */
export function activeStates(node: AnyStateNode, value: StateValue | undefined): AnyStateNode[] {
  return [node, ...innerStates(node, value).flatMap(([child, rest]) => activeStates(child, rest))]
}
