/** What a snapshot means to people: its status and the path of its state. Pure. */
import type { StateValue } from 'xstate'
import type { SagaStatus } from './ports.ts'

/** `{doing: 'lock'}` is `doing.lock`; parallel regions are listed in order: `a.x,b.y`. */
export function statePath(value: StateValue): string {
  if (typeof value === 'string') return value
  return Object.entries(value)
    .map(([key, inner]) => {
      const rest = inner === undefined ? '' : statePath(inner)
      return rest === '' ? key : `${key}.${rest}`
    })
    .join(',')
}

interface Stands {
  readonly status: string
  readonly value: StateValue
  readonly tags: ReadonlySet<string>
  /** Set where a person gave it up: it stays where it stood. */
  readonly abandoned?: unknown
}

/**
 * From the saga's shape: the top-level states `undoing`, `parked` and `failed`, or tags of those
 * names for a chart that calls them otherwise. A chart with neither is running until it is done.
 */
export function statusOf(snapshot: Stands): SagaStatus {
  const top = typeof snapshot.value === 'string' ? [snapshot.value] : Object.keys(snapshot.value)
  const is = (state: string) => top.includes(state) || snapshot.tags.has(state)
  if (snapshot.status === 'done') return is('failed') || snapshot.abandoned ? 'failed' : 'done'
  if (is('parked')) return 'parked'
  return is('undoing') ? 'compensating' : 'running'
}

/** Of a status that only a later Skald knows, too: it has not. */
export const isEnd = (status: string): status is 'done' | 'failed' => status === 'done' || status === 'failed'
