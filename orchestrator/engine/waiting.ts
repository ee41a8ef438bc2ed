/** Whether a saga has work under way or only waits, and until when. Pure. */
import { StateMachine, type AnyActor } from 'xstate'
import type { DurableSnapshot } from './durable.ts'
import type { WakeAt } from './ports.ts'

/** A nested machine waits as its parent does; any other child is work. */
export function wakeAtOf(snapshot: DurableSnapshot): WakeAt {
  if (snapshot.status !== 'active') return 'ended'
  const dueAt = firstDue(snapshot)
  if (dueAt === undefined) return 'in_flight'
  return dueAt === Infinity ? 'on_event' : dueAt
}

/** When the first timer of the machine, or of one in it, is due; Infinity without any; undefined if it works. */
function firstDue({ timers, children }: DurableSnapshot): number | undefined {
  let first = Infinity
  for (const { dueAt } of Object.values(timers)) first = Math.min(first, dueAt)
  for (const child of Object.values(children as Record<string, AnyActor>)) {
    const snapshot = child.getSnapshot() as DurableSnapshot
    if (snapshot.status !== 'active') continue
    const due = child.logic instanceof StateMachine ? firstDue(snapshot) : undefined
    if (due === undefined) return undefined
    first = Math.min(first, due)
  }
  return first
}
