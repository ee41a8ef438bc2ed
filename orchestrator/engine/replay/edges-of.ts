/** The names of transitions, the same in every process: `source path|event|index`, as charts have them. Pure. */
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate'

/**
 * Those that were taken of the ones that were enabled at once, which is what XState tells. Of two that leave the same
 * states, the one from further within takes precedence, or else the first.
 */
export function edgesOf(enabled: readonly AnyTransitionDefinition[]): string[] {
  let taken: AnyTransitionDefinition[] = []
  for (const transition of enabled) {
    const rivals = taken.filter((other) => areRivals(transition, other))
    if (rivals.some((rival) => !isWithin(transition.source, rival.source))) continue
    taken = [...taken.filter((other) => !rivals.includes(other)), transition]
  }
  return taken.map(edgeOf)
}

function edgeOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition
  const candidates = eventType === '' ? source.always : source.transitions.get(eventType)
  return `${source.path.join('.')}|${eventType}|${candidates?.indexOf(transition) ?? -1}`
}

function areRivals(one: AnyTransitionDefinition, other: AnyTransitionDefinition): boolean {
  const [a, b] = [domainOf(one), domainOf(other)]
  return a !== undefined && b !== undefined && (a === b || isWithin(a, b) || isWithin(b, a))
}

/** The state whose insides it leaves; undefined if it leaves none. */
function domainOf({ source, target, reenter }: AnyTransitionDefinition): AnyStateNode | undefined {
  if (target === undefined || target.length === 0) return undefined
  const holds = (node: AnyStateNode) => target.every((one) => isWithin(one, node))
  if (!reenter && target.every((one) => one === source || isWithin(one, source))) return source
  let node = source.parent
  while (node !== undefined && !holds(node)) node = node.parent
  return node ?? source.machine.root
}

function isWithin(node: AnyStateNode, outer: AnyStateNode): boolean {
  for (let { parent } = node; parent !== undefined; parent = parent.parent) if (parent === outer) return true
  return false
}
