/** How a transition differs from the one that was recorded, in words. Pure: it keeps nothing. */
import type { StateValue } from 'xstate'
import { statePath } from '../status.ts'
import type { Change } from './changes.ts'
import type { JournalRow } from './journal-row.ts'

/**
 * What differs first of all: the `journal` itself is broken, the machine `threw`, the event is `unheard`, the
 * `migration` leads nowhere; or the machine went on, to another `state`, with another `call`, `timer`, `context`, `end`
 * or something else in its `snapshot`, or telling another business `event`.
 */
type DifferenceKind =
  | 'journal'
  | 'threw'
  | 'unheard'
  | 'migration'
  | 'state'
  | 'call'
  | 'timer'
  | 'context'
  | 'end'
  | 'snapshot'
  | 'event'

export interface Difference {
  readonly seq: number
  /** Type of the event that was processed. */
  readonly event: string
  readonly kind: DifferenceKind
  /** A sentence. */
  readonly reason: string
  /** Member by member: `before` is what was recorded, `after` what the machine makes of it now. */
  readonly changes: readonly Change[]
}

export function differenceOf(
  { seq, event }: Pick<JournalRow, 'seq' | 'event'>,
  told: Pick<Difference, 'kind' | 'reason'> & { readonly changes?: readonly Change[] },
): Difference {
  return { seq, event: event.type, changes: [], ...told }
}

/** Of two snapshots that are not the same. */
export function snapshotDifference(
  row: JournalRow,
  replayed: unknown,
  changes: readonly Change[],
): Difference {
  const kind = SNAPSHOT_KINDS.find(([, members]) => changes.some(({ path }) => members.test(path)))?.[0]
  return differenceOf(row, {
    kind: kind ?? 'snapshot',
    reason: reasonOf(kind, row.snapshot, replayed),
    changes,
  })
}

/** The most telling first: another state brings other calls and timers with it. */
const SNAPSHOT_KINDS = [
  ['state', /^value\b/],
  ['call', /^children\b/],
  ['timer', /^timers\b/],
  ['end', /^(status|output|error|abandoned)\b/],
  ['context', /^context\b/],
] as const

type SnapshotKind = (typeof SNAPSHOT_KINDS)[number][0]

function reasonOf(kind: SnapshotKind | undefined, recorded: unknown, replayed: unknown): string {
  switch (kind) {
    case 'state':
      return `It led to ${stateIn(recorded)}, and leads to ${stateIn(replayed)} now.`
    case 'call':
      return 'Its open calls are other ones.'
    case 'timer':
      return 'Its timers are other ones.'
    case 'end':
      return 'It ends otherwise.'
    case 'context':
      return 'It notes something else.'
    case undefined:
      return 'Its snapshot is another one.'
  }
}

function stateIn(snapshot: unknown): string {
  const { value } = Object(snapshot) as { value?: StateValue | null }
  return value === undefined || value === null ? 'no state' : statePath(value)
}
