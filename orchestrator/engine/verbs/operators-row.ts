/** The row of the journal for what a person did to a saga past its machine: moved it, or gave it up unread. Pure. */
import type { Transition } from '../ports.ts'
import { asEvent, type OperatorEvent } from './operator-event.ts'

export function operatorsRow(
  event: OperatorEvent,
  { seq, at, state, snapshot }: Pick<Transition, 'seq' | 'at' | 'state'> & { readonly snapshot: unknown },
): Transition {
  return {
    seq,
    actor: null,
    timer: null,
    at,
    state,
    emitted: [],
    event: asEvent(event),
    snapshot: JSON.stringify(snapshot),
  }
}
