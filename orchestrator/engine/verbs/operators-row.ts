/** The row of the journal for what a person did to a saga past its machine: moved it, or gave it up unread. Pure. */
import type { Transition } from '../ports.ts'
import { asEvent, type OperatorEvent } from './operator-event.ts'

export function operatorsRow(
  event: OperatorEvent,
  { seq, at, state, snapshot }: Pick<Transition, 'seq' | 'at' | 'state'> & { readonly snapshot: unknown },
): Transition {
  return {
    ...{ seq, at, state, actor: null, timer: null, emitted: [] },
    event: asEvent(event),
    snapshot: JSON.stringify(snapshot),
  }
}
