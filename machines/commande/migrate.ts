/**
 * The ways between the versions of a commande, for sagas that are moved on purpose. States of one name are one state in
 * both charts, so what is told here is only what v2 has and v1 has not: waiting on the way forward.
 */
import { matchesState } from 'xstate'
import type { Migrate, PersistedSnapshot } from '../migration.ts'

/** Where each version waits for the next try of a compensation, and the timer that is named for that state. */
const PARKED = {
  v1: { value: 'parked', timer: 'xstate.after.nextTry.parked' },
  v2: { value: { parked: 'undoing' }, timer: 'xstate.after.nextTry.commande.parked.undoing' },
} as const

type Parked = (typeof PARKED)[keyof typeof PARKED]

export const migrateCommande: Migrate = (snapshot, { from, to }) => {
  if (from === '1' && to === '2') return park(snapshot, PARKED.v1, PARKED.v2)
  if (from === '2' && to === '1') return isTriedAgain(snapshot) ? undefined : back(snapshot)
  return undefined
}

/**
 * Whether `create` waits for another try, or has one under way. v1 has no place for the first, and does not know that
 * another try went before the second: whoever wants to go there waits for its answer, or turns it back.
 */
function isTriedAgain({ value, context }: PersistedSnapshot): boolean {
  return (
    matchesState({ parked: 'doing' }, value) || (matchesState('doing', value) && context['parked'] !== null)
  )
}

/** v1 never goes back to a step on the way forward, so it remembers none. */
function back(snapshot: PersistedSnapshot): PersistedSnapshot {
  const { 'commande.doing.whereItStopped': _left, ...historyValue } = snapshot.historyValue ?? {}
  return park({ ...snapshot, historyValue }, PARKED.v2, PARKED.v1)
}

/** The same moment of the next try, under the other name. */
function park(snapshot: PersistedSnapshot, from: Parked, to: Parked): PersistedSnapshot {
  if (!matchesState(from.value, snapshot.value)) return snapshot
  const { [from.timer]: pending, ...others } = snapshot.timers
  const timers =
    pending === undefined ? others : { ...others, [to.timer]: { ...pending, event: { type: to.timer } } }
  return { ...snapshot, value: to.value, timers }
}
