/**
 * What a transition announces: which calls it begins and stops, which timers it sets and drops. Read from the snapshots
 * before and behind it, for a committed snapshot announces every effect. Pure: it keeps nothing.
 */
import { StateMachine, type AnyActor, type AnyEventObject, type AnyMachineSnapshot } from 'xstate'
import { declarationOf, type StepDeclaration, type StepRequest } from '../../../machines/step.ts'
import type { DurableSnapshot } from '../durable.ts'
import type { JournalRow } from './journal-row.ts'

export interface Call {
  /** The ids of the nested machines that it lies in, and of its invoke: `packing/wrap`. */
  readonly path: string
  /** The names under which the machines know all these. */
  readonly sources: readonly string[]
  readonly step: string
  readonly undo: boolean
  readonly participant: string
  /** The idempotency key that goes with it. */
  readonly key: string
  readonly input: unknown
  /** Undefined if the step can't say what it asks for. */
  readonly request: StepRequest | undefined
}

interface SetTimer {
  /** Behind the ids of the nested machines that it lies in, if any. */
  readonly timer: string
  /** Milliseconds since the epoch. */
  readonly dueAt: number
}

export interface Effects {
  readonly begun: readonly Call[]
  readonly aborted: readonly Pick<Call, 'path' | 'step' | 'undo' | 'participant'>[]
  readonly armed: readonly SetTimer[]
  readonly cancelled: readonly SetTimer[]
  /** Business events, in order. */
  readonly emitted: readonly AnyEventObject[]
}

/** What was open and pending at one moment. */
export interface Announced {
  readonly steps: ReadonlyMap<string, OpenStep>
  readonly timers: ReadonlyMap<string, DurableSnapshot['timers'][string]>
}

interface OpenStep {
  readonly actor: AnyActor
  readonly declaration: StepDeclaration
  readonly sources: readonly string[]
}

export const NOTHING: Announced = { steps: new Map(), timers: new Map() }

export function announcedIn(snapshot: AnyMachineSnapshot): Announced {
  const found = { steps: new Map<string, OpenStep>(), timers: new Map<string, SetTimerOf>() }
  collect(snapshot, { prefix: '', sources: [] }, found)
  return found
}

type SetTimerOf = DurableSnapshot['timers'][string]

function collect(
  snapshot: AnyMachineSnapshot,
  { prefix, sources }: { readonly prefix: string; readonly sources: readonly string[] },
  found: { readonly steps: Map<string, OpenStep>; readonly timers: Map<string, SetTimerOf> },
): void {
  for (const [id, timer] of Object.entries((snapshot as DurableSnapshot).timers)) {
    found.timers.set(prefix + id, timer)
  }
  for (const [id, actor] of Object.entries(snapshot.children as Record<string, AnyActor>)) {
    const path = prefix + id
    const within = [...sources, typeof actor.src === 'string' ? actor.src : '']
    const declaration = declarationOf(actor.logic)
    const inner = actor.getSnapshot() as AnyMachineSnapshot
    if (actor.logic instanceof StateMachine) collect(inner, { prefix: `${path}/`, sources: within }, found)
    else if (declaration !== undefined && inner.status === 'active') {
      found.steps.set(path, { actor, declaration, sources: within })
    }
  }
}

/** Those of the transition that `row` tells. */
export function effectsBetween(
  before: Announced,
  after: Announced,
  { sagaId, row, emitted }: { sagaId: string; row: JournalRow; emitted: readonly AnyEventObject[] },
): Effects {
  const isNew = ([path, { actor }]: [string, OpenStep]) => before.steps.get(path)?.actor !== actor
  const isLeft = ([path, { actor }]: [string, OpenStep]) =>
    after.steps.get(path)?.actor !== actor && actor.getSnapshot().status === 'active'
  const timersOnlyIn = (one: Announced, other: Announced) =>
    [...one.timers]
      .filter(([id, { event }]) => other.timers.get(id)?.event !== event)
      .map(([timer, { dueAt }]) => ({ timer, dueAt }))
  return {
    begun: [...after.steps].filter(isNew).map(([path, open]) => callOf(path, open, sagaId)),
    aborted: [...before.steps].filter(isLeft).map(([path, { declaration }]) => {
      const { step, undo, participant } = declaration
      return { path, step, undo, participant }
    }),
    armed: timersOnlyIn(after, before),
    cancelled: timersOnlyIn(before, after).filter(({ timer }) => !isFired(timer, row)),
    emitted,
  }
}

function isFired(path: string, { actor, timer }: JournalRow): boolean {
  if (timer === null) return false
  return actor === null ? path === timer : path.endsWith(`${actor}/${timer}`)
}

function callOf(path: string, { actor, declaration, sources }: OpenStep, sagaId: string): Call {
  const { step, undo, participant } = declaration
  const { input } = actor.getSnapshot() as { input?: unknown }
  const key = keyOf(sagaId, declaration)
  return { path, sources, step, undo, participant, key, input, request: requestOf(declaration, input) }
}

export function keyOf(sagaId: string, { step, undo }: Pick<StepDeclaration, 'step' | 'undo'>): string {
  return `${sagaId}:${step}${undo ? ':undo' : ''}`
}

export function requestOf(
  { request }: Pick<StepDeclaration, 'request'>,
  input: unknown,
): StepRequest | undefined {
  try {
    return request(input as never)
  } catch {
    return undefined
  }
}
