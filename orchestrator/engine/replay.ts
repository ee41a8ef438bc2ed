/**
 * Tells a saga again: its journal through its machine, by pure functions. Nothing is called or written.
 */
import {
  initialTransition,
  transition,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
} from 'xstate'
import { durable, type DurableSnapshot } from './durable.ts'

/** One row of the journal, as the store or an exported file has it. */
export interface JournalRow {
  readonly seq: number
  readonly actor: string | null
  readonly event: AnyEventObject
  readonly timer: string | null
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly snapshot: unknown
}

export interface Difference {
  readonly seq: number
  readonly event: string
  /** Canonical JSON. */
  readonly recorded: string
  readonly replayed: string
}

/**
 * The first transition that differs, or undefined if the machine tells the same story, snapshot by snapshot.
 * Rows of nested machines are passed over: their snapshots are compared within their parent's.
 */
export function firstDifference(
  machine: AnyStateMachine,
  rows: readonly JournalRow[],
): Difference | undefined {
  let at = 0
  const logic = durable(machine, () => at)
  let snapshot: AnyMachineSnapshot | undefined
  for (const row of rows.filter(({ actor }) => actor === null)) {
    at = row.at
    snapshot = next(logic, snapshot, row)
    const recorded = canonicalJson(row.snapshot)
    const replayed = canonicalJson(JSON.parse(JSON.stringify(logic.getPersistedSnapshot(snapshot))))
    if (recorded !== replayed) return { seq: row.seq, event: row.event.type, recorded, replayed }
  }
  return undefined
}

function next(
  logic: AnyStateMachine,
  snapshot: AnyMachineSnapshot | undefined,
  row: JournalRow,
): AnyMachineSnapshot {
  if (snapshot === undefined) {
    return initialTransition(logic, (row.event as AnyEventObject & { input: never }).input)[0]
  }
  // A timer is known by the identity of its event: the one in the snapshot, not its copy in the row.
  const timer = row.timer === null ? undefined : (snapshot as DurableSnapshot).timers[row.timer]
  return transition(logic, snapshot, timer?.event ?? row.event)[0]
}

/** JSON with sorted keys: the same value is the same text, whatever stored it in between. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
