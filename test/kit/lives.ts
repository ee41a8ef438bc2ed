// Lives of sagas as a journal would have them, each another one, with the edges that the machine itself took.
import {
  getNextTransitions,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
} from 'xstate'
import { doneOf, errorOf, type Failure } from '../../machines/commande/walk.ts'
import type { JournalRow } from '../../orchestrator/engine/replay/journal-row.ts'
import { ToldSaga } from '../../orchestrator/engine/replay/told-saga.ts'
import { Dice } from '../simulation/dice.ts'
import { replayMachinesOf } from './told-by.ts'

/** Of a commande, and of the charts of this kit. */
const STEPS = ['lock', 'reserve', 'create', 'a', 'b', 'c']

/** What may befall a saga where it stands: what the chart listens to, and what people do. */
function happenings(snapshot: AnyMachineSnapshot, likely: number): AnyEventObject[] {
  const failures: Failure[] = ['refused', 'in doubt', 'silent', 'in doubt']
  const chart = getNextTransitions(snapshot).flatMap(({ eventType }): AnyEventObject[] => {
    const [, how, call = ''] = /^xstate\.(done|error)\.actor\.(.*)$/.exec(eventType) ?? []
    if (how === 'done') return [doneOf(call), doneOf(call), doneOf(call), doneOf(call)]
    if (how === 'error') return failures.map((failure) => errorOf(call, failure))
    return [0, 1, 2].map((n) => ({ type: eventType, n }))
  })
  const by = { actor: 'marie', reason: 'why not' }
  const verbs = ['retry', 'cancel', 'compensate', 'abandon'].map((verb) => ({ type: `skald.${verb}`, ...by }))
  const finished = STEPS.flatMap((step) => [
    { ...by, type: 'skald.skip', step },
    { ...by, type: 'skald.complete', step, output: doneOf(step).output },
  ])
  return [...Array.from({ length: likely }, () => chart).flat(), ...verbs, ...finished]
}

const TRANSITIONS_MAX = 30

/** The same for the same seed. The chart's own events are so much likelier than what people do. */
export function lifeOf(machine: AnyStateMachine, seed: number, likely = 8) {
  const dice = new Dice(seed)
  const machines = replayMachinesOf(machine)
  const prepared = machines.find({ machine: machine.id, version: machine.version ?? '' })
  if (prepared === undefined) throw new Error(`machine ${machine.id} is not here`)
  const input = { saga_id: 's', cart_id: 'c', magasin_id: 1 }
  const saga = new ToldSaga(prepared, 's', { input })
  const rows: JournalRow[] = []
  const edges: string[][] = []
  const note = (event: AnyEventObject) => {
    rows.push({
      seq: rows.length,
      actor: null,
      event,
      timer: null,
      at: rows.length,
      snapshot: saga.persisted,
    })
    edges.push(saga.takeEdges())
  }
  note({ type: 'xstate.init', input })
  while (saga.snapshot.status === 'active' && rows.length < TRANSITIONS_MAX) {
    const all = happenings(saga.snapshot, likely)
    const event = all[dice.whole(0, all.length - 1)]
    const { taken } = saga
    if (event !== undefined)
      saga.process({ seq: rows.length, actor: null, event, timer: null, at: 0, snapshot: null })
    if (event !== undefined && saga.taken > taken) note(event)
    else saga.takeEdges()
  }
  return { rows, edges }
}
