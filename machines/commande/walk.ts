/** Every way through a chart of commande, told by pure transitions: what the tests of all its versions look at. */
import {
  getNextTransitions,
  initialTransition,
  transition,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type StateValue,
} from 'xstate'
import { getShortestPaths, getSimplePaths } from 'xstate/graph'
import type { StepFailure } from '../step.ts'

const SAGA = '0197c0de-0000-7000-8000-000000000001'
const input = { saga_id: SAGA, cart_id: '0197c0de-0000-7000-8000-00000000000c', magasin_id: 101 }
export const STEPS = ['lock', 'reserve', 'create'] as const
export type StepName = (typeof STEPS)[number]

const REPLIES: Record<string, unknown> = {
  lock: { lignes: [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }] },
  reserve: { reservation_id: SAGA },
  create: { vente_id: 7 },
}

/** What a call that is not done can have met, as the orchestrator tells it. */
const FAILURES = {
  refused: { name: 'StepRefused', code: 'NO', inDoubt: false },
  unreachable: { name: 'StepUnreachable', code: 'ECONNREFUSED', inDoubt: false },
  'in doubt': { name: 'StepInDoubt', code: 'ECONNRESET', inDoubt: true },
  silent: { name: 'StepInDoubt', code: 'ETIMEDOUT', inDoubt: true },
  /** By its last attempt, behind one that nobody answered. */
  'refused at last': { name: 'StepRefused', code: 'NO', inDoubt: true },
} as const
export type Failure = keyof typeof FAILURES

export const doneOf = (actorId: string) => ({
  type: `xstate.done.actor.${actorId}`,
  actorId,
  output: REPLIES[actorId] ?? null,
})

export function errorOf(actorId: string, failure: Failure) {
  const error: StepFailure = { ...FAILURES[failure], message: `${actorId} is ${failure}`, step: actorId }
  return { type: `xstate.error.actor.${actorId}`, actorId, error }
}

export const isUndo = (call: string) => call.startsWith('undo-')
export const titleOf = (events: readonly AnyEventObject[]) => events.map(({ type }) => type).join(' → ')
export const byName = (a: string, b: string) => (a < b ? -1 : 1)

export function leavesOf(value: StateValue): string[] {
  if (typeof value === 'string') return [value]
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [key] : leavesOf(inner).map((leaf) => `${key}.${leaf}`),
  )
}

export interface Told {
  readonly end: AnyMachineSnapshot
  /** Steps and compensations in the order of their calls: `lock`, `undo-lock`, … */
  readonly calls: string[]
  readonly emitted: string[]
  readonly delays: number[]
}

/** Tells a path by pure transitions, with all that it asks for. */
export function tell(machine: AnyStateMachine, events: readonly AnyEventObject[]): Told {
  const told = { calls: [] as string[], emitted: [] as string[], delays: [] as number[] }
  const note = (actions: readonly { readonly type: string; readonly params?: unknown }[]) => {
    for (const { type, params } of actions) {
      const { id, event, delay } = params as { id: string; event: AnyEventObject; delay?: number }
      if (type === 'xstate.spawnChild') told.calls.push(id)
      if (type === 'xstate.emit') told.emitted.push(event.type)
      if (type === 'xstate.raise' && delay !== undefined) told.delays.push(delay)
    }
  }
  let [end, actions]: [AnyMachineSnapshot, readonly { type: string }[]] = initialTransition(machine, input)
  note(actions)
  for (const event of events) {
    ;[end, actions] = transition(machine, end, event)
    note(actions)
  }
  return { end, ...told }
}

export interface Surroundings {
  /** What people may send, wherever it stands. */
  readonly sent: readonly string[]
  /** What a call can meet, besides being done, on the way forward. */
  readonly forward: readonly Failure[]
  /** The same of a compensation. */
  readonly back: readonly Failure[]
}

/** How often in a row a compensation may fail on a path: the charts themselves know no end to it. */
const FAILED_UNDO_MAX = 1

/** All that can befall a commande in this state; of it, what the chart listens to. */
function happenings(snapshot: AnyMachineSnapshot, { sent, forward, back }: Surroundings): AnyEventObject[] {
  const calls = Object.keys(snapshot.children)
  const timers = getNextTransitions(snapshot)
    .filter(({ eventType }) => eventType.startsWith('xstate.after.'))
    .map(({ eventType }) => ({ type: eventType }))
  const { parked } = snapshot.context as { parked: { tries: number } | null }
  const isWorn = (parked?.tries ?? 0) >= FAILED_UNDO_MAX
  const failuresOf = (call: string) => {
    if (!isUndo(call)) return forward
    return isWorn ? [] : back
  }
  const events: AnyEventObject[] = [
    ...calls.map(doneOf),
    ...calls.flatMap((call) => failuresOf(call).map((failure) => errorOf(call, failure))),
    ...sent.map((type) => ({ type })),
    ...timers,
  ]
  return events.filter((event) => snapshot.can(event))
}

/** All states that can be reached, and every way to an end. */
export function walk(machine: AnyStateMachine, surroundings: Surroundings) {
  const events = (snapshot: AnyMachineSnapshot) => happenings(snapshot, surroundings)
  const options = {
    input,
    events,
    serializeState: ({ value, context }: AnyMachineSnapshot) => JSON.stringify({ value, context }) as never,
  }
  const stories = getSimplePaths(machine, options)
    .filter(({ state }) => state.status === 'done')
    .map(({ steps }) => steps.map(({ event }) => event as AnyEventObject).slice(1))
    .map((path) => ({ events: path, ...tell(machine, path) }))
  const reached = getShortestPaths(machine, options).map(({ state }) => state)
  return { reached, stories, events }
}

/** Steps that may have taken effect: all that were called, but one whose first try surely did not. */
export function begunIn(events: readonly AnyEventObject[], calls: readonly string[]): string[] {
  const surely = (call: string) => {
    const first = events.find(({ type }) => type === `xstate.error.actor.${call}`)
    return first !== undefined && !(first['error'] as StepFailure).inDoubt
  }
  return [...new Set(calls)].filter((call) => !isUndo(call) && !surely(call))
}
