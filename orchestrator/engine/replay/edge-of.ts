/** The name of a transition, the same in every process: `source path|event|index`, as charts have it. Pure. */
import type { AnyTransitionDefinition } from 'xstate'

export function edgeOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition
  const candidates = eventType === '' ? source.always : source.transitions.get(eventType)
  return `${source.path.join('.')}|${eventType}|${candidates?.indexOf(transition) ?? -1}`
}
