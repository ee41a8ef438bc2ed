// How one chart differs from another, state by state: so that a replay which is identical can say what it did not see.
import { isDeepStrictEqual } from 'node:util'

/** Paths of states, as in `doing.lock`, and names such as `guard surelyNotDone`. */
export interface ChartChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

interface Chart {
  readonly config: unknown
  readonly implementations?: unknown
}

export function chartChanges(before: Chart, after: Chart): ChartChanges {
  const [was, is] = [partsOf(before), partsOf(after)]
  const names = [...new Set([...was.keys(), ...is.keys()])]
  return {
    added: names.filter((name) => !was.has(name)),
    removed: names.filter((name) => !is.has(name)),
    changed: names.filter(
      (name) => was.has(name) && is.has(name) && !isDeepStrictEqual(was.get(name), is.get(name)),
    ),
  }
}

export const isSameChart = ({ added, removed, changed }: ChartChanges) =>
  added.length + removed.length + changed.length === 0

function partsOf({ config, implementations }: Chart): Map<string, unknown> {
  const parts = new Map<string, unknown>()
  addStates('', config, parts)
  for (const [kind, named] of Object.entries(Object(implementations) as Record<string, unknown>)) {
    for (const [name, value] of Object.entries(Object(named) as Record<string, unknown>)) {
      parts.set(`${kind.replace(/s$/, '')} ${name}`, value)
    }
  }
  return parts
}

/** Each without its inner states, which are parts of their own. */
function addStates(path: string, config: unknown, parts: Map<string, unknown>): void {
  const { states, version: _version, ...own } = Object(config) as Record<string, unknown>
  parts.set(path === '' ? 'the machine itself' : path, own)
  for (const [name, inner] of Object.entries(Object(states) as Record<string, unknown>)) {
    addStates(path === '' ? name : `${path}.${name}`, inner, parts)
  }
}

/** Of those, the states that a saga was in, by the values of its snapshots. */
export function statesSeen(snapshots: readonly unknown[]): Set<string> {
  const seen = new Set<string>()
  for (const snapshot of snapshots) addSeen('', (Object(snapshot) as { value?: unknown }).value, seen)
  return seen
}

function addSeen(path: string, value: unknown, seen: Set<string>): void {
  const inner =
    typeof value === 'string' ? { [value]: undefined } : (Object(value) as Record<string, unknown>)
  for (const [name, rest] of Object.entries(inner)) {
    const state = path === '' ? name : `${path}.${name}`
    seen.add(state)
    addSeen(state, rest, seen)
  }
}
