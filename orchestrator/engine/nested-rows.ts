/** Rows of the journal for what nested machines processed: their snapshot is the saga's own, taken a moment later. Pure. */
import type { Transition } from './ports.ts'

/** A nested machine's row gets the saga's next snapshot in this write; behind the last of them, the one at rest. */
export function withSnapshots(recorded: readonly Transition[], atRest: () => string): readonly Transition[] {
  if (recorded.every(({ snapshot }) => snapshot !== '')) return recorded
  let [later, state]: [string | undefined, string] = [undefined, '']
  const backwards = recorded.toReversed().map((row) => {
    later = row.snapshot === '' ? (later ?? atRest()) : row.snapshot
    // One that was processed while the saga was being made has no other state than the one it began in.
    state = row.state === '' ? state : row.state
    return { ...row, snapshot: later, state }
  })
  return backwards.toReversed()
}
