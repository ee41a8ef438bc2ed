/** The row of the journal for what a person did to a saga past its machine: moved it, or gave it up unread. Pure. */
import type { Transition } from '../ports.ts'
import { asEvent, type OperatorEvent } from './operator-event.ts'

type Told = Pick<Transition, 'seq' | 'at' | 'state' | 'emitted'> & { readonly snapshot: unknown }

export function operatorsRow(event: OperatorEvent, { snapshot, ...told }: Told): Transition {
  return { ...told, actor: null, timer: null, event: asEvent(event), snapshot: JSON.stringify(snapshot) }
}
