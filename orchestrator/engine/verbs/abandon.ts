/** How a saga looks that was given up: live or stored, for one may have to be given up that no machine here fits. Pure. */
import type { VerbEvent } from './operator-event.ts'

export const ABANDONED = 'ABANDONED'

/** The business event that tells of it. */
export const abandonedEvent = ({ actor, reason }: VerbEvent) => ({ type: ABANDONED, actor, reason })

/** Ended where it stood, with nothing open and nothing pending. `abandoned` makes its status `failed`. */
export function abandoned<Snapshot extends object>(snapshot: Snapshot, { actor, reason }: VerbEvent) {
  const error = { name: 'Abandoned', message: reason, code: ABANDONED, step: '', inDoubt: true }
  return {
    ...snapshot,
    status: 'done' as const,
    output: { error, undone: false },
    children: {},
    timers: {},
    abandoned: { actor, reason },
  }
}
