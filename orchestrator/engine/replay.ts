/**
 * Tells a saga again: its journal through its machine, by pure functions. Nothing is called or written.
 */
import {
  initialTransition,
  StateMachine,
  transition,
  type AnyActor,
  type AnyActorScope,
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
 * What a nested machine did is compared within the next snapshot of its parent: the one in its own row was
 * taken when all was at rest, so it may already hold what the rows behind it tell.
 */
export function firstDifference(
  machine: AnyStateMachine,
  rows: readonly JournalRow[],
): Difference | undefined {
  let at = 0
  const logic = durable(machine, () => at)
  let snapshot: AnyMachineSnapshot | undefined
  for (const row of rows) {
    at = row.at
    if (row.actor === null) snapshot = next(logic, snapshot, row)
    else if (snapshot !== undefined) tellNested(snapshot, row.actor, row)
    if (snapshot === undefined || (row.actor !== null && row !== rows.at(-1))) continue
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
  noteEnd(snapshot, row.event)
  return transition(logic, snapshot, eventOf(snapshot, row))[0]
}

/** A timer is known by the identity of its event: the one in the snapshot, not its copy in the row. */
function eventOf(snapshot: AnyMachineSnapshot, row: JournalRow): AnyEventObject {
  const timer = row.timer === null ? undefined : (snapshot as DurableSnapshot).timers[row.timer]
  return timer?.event ?? row.event
}

/** Pure transitions start no child, so none of them ends by itself: the parent's event says how it did. */
function noteEnd(snapshot: AnyMachineSnapshot, event: AnyEventObject): void {
  const { type, actorId, output, error } = event as AnyEventObject & Record<string, unknown>
  const status = ['done', 'error'].find((end) => type === `xstate.${end}.actor.${String(actorId)}`)
  if (status === undefined) return
  const child = childrenOf(snapshot).find(({ id }) => id === actorId)
  Object.assign(child?.getSnapshot() ?? {}, { status, output, error, input: undefined })
}

/** Its first transition is part of its parent's; each later one is told to the snapshot that its parent holds. */
function tellNested(snapshot: AnyMachineSnapshot, actor: string, row: JournalRow): void {
  if (row.event.type === 'xstate.init') return
  for (const child of childrenOf(snapshot)) {
    if (!(child.logic instanceof StateMachine)) continue
    const before = child.getSnapshot() as AnyMachineSnapshot
    if (child.id !== actor) {
      tellNested(before, actor, row)
      continue
    }
    noteEnd(before, row.event)
    Object.assign(before, child.logic.transition(before, eventOf(before, row), inertScope(child)))
  }
}

const childrenOf = (snapshot: AnyMachineSnapshot) =>
  Object.values(snapshot.children as Record<string, AnyActor>)

const nothing = () => undefined

function inertScope(self: AnyActor): AnyActorScope {
  const { id, sessionId, system } = self
  return {
    self,
    id,
    sessionId,
    system,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: nothing,
  }
}

/** JSON with sorted keys: the same value is the same text, whatever stored it in between. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
