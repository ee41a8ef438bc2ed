/**
 * A saga that is told and not lived: the machine's real logic behind a gate that lets nothing go. What would have been
 * called is only noted. It keeps nothing that a process could lose by dying at any line.
 */
import {
  createActor,
  StateMachine,
  type AnyActor,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type InspectionEvent,
  type Snapshot,
} from 'xstate'
import { gatedBy, type DurableSnapshot, type Gate } from '../durable.ts'
import type { PreparedMachine } from '../prepare.ts'
import { edgesOf } from './edges-of.ts'
import type { JournalRow } from './journal-row.ts'

type Origin = { readonly input: unknown } | { readonly snapshot: unknown }

export class ToldSaga {
  /** How often its own machine took a transition. */
  taken = 0
  readonly #logic: AnyStateMachine
  readonly #scope: AnyActorScope
  #snapshot: AnyMachineSnapshot
  #emitted: AnyEventObject[] = []
  #edges: string[] = []

  /** Begun with an input, or as it stood in a stored snapshot. Throws what the machine throws. */
  constructor({ logic }: PreparedMachine, sagaId: string, origin: Origin) {
    this.#logic = logic
    const gate: Gate = {
      record: ({ actor, emitted }) => {
        this.#emitted.push(...emitted)
        if (actor.id === sagaId) this.taken += 1
      },
      hold: nothing,
    }
    const options =
      'input' in origin ? { input: origin.input } : { snapshot: origin.snapshot as Snapshot<unknown> }
    // It is never started, so nothing that it defers ever runs.
    // XState says nowhere else which of several guarded transitions it took.
    const inspect = (event: InspectionEvent) => {
      if (event.type !== '@xstate.microstep' || event.actorRef.sessionId !== event.rootId) return
      const { _transitions: transitions } = event
      this.#edges.push(...edgesOf(transitions))
    }
    const actor = gatedBy(gate, () => createActor(logic, { id: sagaId, inspect, ...options } as never))
    this.#snapshot = withoutError(actor.getSnapshot() as AnyMachineSnapshot)
    // For a chart that looks at where it stands.
    this.#scope = inertScope(Object.assign(actor, { getSnapshot: () => this.#snapshot }))
  }

  get snapshot(): AnyMachineSnapshot {
    return this.#snapshot
  }

  /** As it would be stored. */
  get persisted(): unknown {
    return JSON.parse(JSON.stringify(this.#logic.getPersistedSnapshot(this.#snapshot)))
  }

  /** The business events since it was asked last. */
  takeEmitted(): AnyEventObject[] {
    return this.#emitted.splice(0)
  }

  /** Ids of the transitions in its own chart that it took since it was asked last, what follows by itself included. */
  takeEdges(): string[] {
    return this.#edges.splice(0)
  }

  /** Throws what the machine throws. */
  process(row: JournalRow): void {
    if (row.actor !== null) return tellNested(this.#snapshot, row.actor, row)
    noteEnd(this.#snapshot, row.event)
    const event = eventOf(this.#snapshot, row)
    const next = this.#logic.transition(this.#snapshot, event, this.#scope as never) as AnyMachineSnapshot
    this.#snapshot = withoutError(next)
  }
}

/** XState keeps what a machine threw as its snapshot. */
function withoutError(snapshot: AnyMachineSnapshot): AnyMachineSnapshot {
  if (snapshot.status === 'error') throw snapshot.error
  return snapshot
}

/** A timer is known by the identity of its event: the one in the snapshot, not its copy in the row. */
function eventOf(snapshot: AnyMachineSnapshot, row: JournalRow): AnyEventObject {
  const timer = row.timer === null ? undefined : (snapshot as DurableSnapshot).timers[row.timer]
  return timer?.event ?? row.event
}

/** Nothing is started, so no child ends by itself: the parent's event says how it did. */
function noteEnd(snapshot: AnyMachineSnapshot, event: AnyEventObject): void {
  const { type, actorId, output, error } = event as AnyEventObject & Record<string, unknown>
  const status = ['done', 'error'].find((end) => type === `xstate.${end}.actor.${String(actorId)}`)
  if (status === undefined) return
  const child = childrenOf(snapshot).find(({ id }) => id === actorId)
  Object.assign(child?.getSnapshot() ?? {}, { status, output, error, input: undefined })
}

/** Its first transition is part of its parent's; each later one is told to the snapshot that its parent holds. */
function tellNested(snapshot: AnyMachineSnapshot, actor: string, row: JournalRow): void {
  if (row.event.type === 'xstate.init') return
  for (const child of childrenOf(snapshot)) {
    if (!(child.logic instanceof StateMachine)) continue
    const before = child.getSnapshot() as AnyMachineSnapshot
    if (child.id !== actor) {
      tellNested(before, actor, row)
      continue
    }
    noteEnd(before, row.event)
    const next = child.logic.transition(before, eventOf(before, row), inertScope(child)) as AnyMachineSnapshot
    Object.assign(before, withoutError(next))
  }
}

const childrenOf = (snapshot: AnyMachineSnapshot) =>
  Object.values(snapshot.children as Record<string, AnyActor>)

const nothing = () => undefined

function inertScope(self: AnyActor): AnyActorScope {
  const { id, sessionId, system } = self
  return {
    self,
    id,
    sessionId,
    system,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: nothing,
  }
}
