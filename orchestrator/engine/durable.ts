/**
 * The write-ahead gate around a machine's logic.
 *
 * Stock XState runs the effects of a transition before any subscriber sees its snapshot, so persisting in
 * `subscribe` always comes too late. `durable(machine)` wraps the logic once per machine version, through the
 * public ActorLogic and ActorScope interfaces only: each processed event is recorded, and every effect it asks
 * for (start of a step, custom action, log, timer) is handed to the saga's gate, which lets it go when the
 * snapshot that announces it is committed. What stays within the saga passes at once, into the same commit:
 * stopping a child, which only takes back; starting a nested machine, and events between machines, which a
 * crash behind the commit would lose.
 *
 * If the process dies at any line here, held effects die with it, and the committed snapshot still announces
 * them: children as active children, timers as data with their absolute deadline.
 *
 * Without a gate (XState's pure `transition()`) the same logic computes the same snapshots and does nothing.
 */
import {
  StateMachine,
  type AnyActor,
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type ExecutableActionObject,
  type Snapshot,
} from 'xstate'
import { allows, enact } from './verbs/enact.ts'
import { isOperatorEvent } from './verbs/operator-event.ts'

/** A delayed event, as data in the snapshot: stock XState keeps it in memory only, and loses it on restore. */
interface Timer {
  readonly event: AnyEventObject
  /** Milliseconds since the epoch, fixed when the state was entered; a resume does not move it. */
  readonly dueAt: number
}
type Timers = Readonly<Record<string, Timer>>
export type DurableSnapshot = AnyMachineSnapshot & { readonly timers: Timers }

/** One event that a machine of the saga processed, and what came of it. */
export interface ProcessedEvent {
  readonly actor: AnyActorRef
  readonly event: AnyEventObject
  /** Milliseconds since the epoch when it was processed: replay computes the same deadlines from it. */
  readonly at: number
  /** Id of the timer that fired, if the event is one. */
  readonly timer: string | undefined
  /** When that one was due, in milliseconds since the epoch. */
  readonly dueAt: number | undefined
  readonly next: DurableSnapshot
  readonly emitted: readonly AnyEventObject[]
}

/** One per saga. Attached to the actor system, so nested machines of the saga share it. */
export interface Gate {
  record(processed: ProcessedEvent): void
  /** Runs `effect` after the commit of all that was recorded so far; never, if the saga is lost before. */
  hold(effect: () => void): void
}

const gates = new WeakMap<object, Gate>()
/** The gate of the saga whose actor is being made: its first transition runs inside the constructor. */
let opening: Gate | undefined

/** Makes a saga's actor; every machine of its actor system answers to `gate` from the first transition on. */
export function gatedBy(gate: Gate, create: () => AnyActor): AnyActor {
  opening = gate
  try {
    const actor = create()
    gates.set(actor.system, gate)
    return actor
  } finally {
    opening = undefined
  }
}

/** Every delayed event that some snapshot holds or held: what tells a stale timer from an outside event. */
const timerEvents = new WeakSet<AnyEventObject>()

/**
 * Wraps `source` and every machine that it invokes by name. Costs about 0.1 ms: do it once per version.
 * `now` gives milliseconds since the epoch.
 */
export function durable(source: AnyStateMachine, now: () => number): AnyStateMachine {
  const machine = withDurableChildren(source, now)
  const restored = new WeakSet<object>()

  return Object.assign(Object.create(machine) as AnyStateMachine, {
    getInitialSnapshot(scope: AnyActorScope, input: unknown): AnyMachineSnapshot {
      const step = {
        event: { type: 'xstate.init', input },
        at: now(),
        timers: {},
        fired: undefined,
        dueAt: undefined,
      }
      return take(step, scope, now, (gated) => machine.getInitialSnapshot(gated, input))
    },

    transition(
      snapshot: AnyMachineSnapshot,
      event: AnyEventObject,
      scope: AnyActorScope,
    ): AnyMachineSnapshot {
      // The engine stops an actor only to drop it: a stopped snapshot must never look like a transition.
      if (event.type === 'xstate.stop') return machine.transition(snapshot, event, scope)
      const timers = { ...timersOf(snapshot) }
      const fired = Object.keys(timers).find((id) => timers[id]?.event === event)
      // A timer of a state that was left, or entered anew, since it was armed.
      if (fired === undefined && timerEvents.has(event)) return snapshot
      const dueAt = fired === undefined ? undefined : timers[fired]?.dueAt
      if (fired !== undefined) delete timers[fired]
      const compute = (gated: AnyActorScope): AnyMachineSnapshot =>
        isOperatorEvent(event)
          ? (enact({ machine, scope: gated, timers }, snapshot, event) ?? snapshot)
          : machine.transition(snapshot, event, gated)
      try {
        if (isOperatorEvent(event) && !allows({ machine, timers }, snapshot, event)) return snapshot
        // A clock that was set back meanwhile must not tell that a timer fired before it was due.
        const at = Math.max(now(), dueAt ?? 0)
        return take({ event, at, timers, fired, dueAt }, scope, now, compute, snapshot)
      } catch (error) {
        // XState leaves the children of a machine that threw at work, for nobody.
        for (const child of Object.values(snapshot.children as Record<string, AnyActor>))
          scope.stopChild(child)
        throw error
      }
    },

    restoreSnapshot(persisted: Snapshot<unknown>, scope: AnyActorScope): AnyMachineSnapshot {
      restored.add(scope.self)
      const timers = timersOf(persisted)
      for (const timer of Object.values(timers)) timerEvents.add(timer.event)
      return seal(machine.restoreSnapshot(persisted, scope), timers)
    },

    start(snapshot: AnyMachineSnapshot, scope: AnyActorScope): void {
      // The children of a fresh actor wait at the gate with its other effects. Those of a restored one
      // were announced by the commit that it was restored from.
      if (!restored.delete(scope.self)) return
      // Of timers that came due meanwhile, the first fires first, in whatever order a store keeps their names.
      const timers = Object.entries(timersOf(snapshot)).sort(([, a], [, b]) => a.dueAt - b.dueAt)
      for (const [id, timer] of timers) arm(scope, id, timer, now)
      machine.start(snapshot)
    },
  })
}

interface Step {
  readonly event: AnyEventObject
  readonly at: number
  /** The timers still pending; the step adds those that it asks for and drops those that it cancels. */
  readonly timers: Record<string, Timer>
  readonly fired: string | undefined
  readonly dueAt: number | undefined
}

/**
 * Computes one transition with every effect collected instead of run, then hands record and effects to the
 * gate. A transition that throws, or ends in XState's `error`, records nothing and has no effects.
 */
function take(
  step: Step,
  scope: AnyActorScope,
  now: () => number,
  compute: (scope: AnyActorScope) => AnyMachineSnapshot,
  before?: AnyMachineSnapshot,
): AnyMachineSnapshot {
  const effects: (() => void)[] = []
  const emitted: AnyEventObject[] = []
  // A child that has ended is another snapshot, heeded or not; and a timer that fired is one timer less.
  let hasActed = step.fired !== undefined || isEndOfChild(step.event)
  let phase: 'computing' | 'within the saga' | 'released' = 'computing'
  const runWithin = (action: ExecutableActionObject) => {
    phase = 'within the saga'
    run(action)
    phase = 'computing'
  }

  const gated: AnyActorScope = {
    ...scope,
    defer(effect) {
      if (phase === 'released') effect()
      else if (phase === 'within the saga') scope.defer(effect)
      // `spawn` inside an `assign` defers its start directly, past the action executor.
      else effects.push(effect)
    },
    actionExecutor(action) {
      hasActed = true
      if (action.type === 'xstate.stopChild') {
        runWithin(action)
      } else if (action.type === 'xstate.sendTo') {
        refuseDelay(action)
        runWithin(action)
      } else if (action.type === 'xstate.emit') {
        emitted.push((action.params as { event: AnyEventObject }).event)
      } else if (action.type === 'xstate.raise') {
        const id = addTimer(step, action)
        if (id !== undefined) effects.push(() => armIfPending(scope, id, step.timers[id], now))
      } else {
        if (action.type === 'xstate.cancel') delete step.timers[(action.params as { sendId: string }).sendId]
        effects.push(() => run(action))
      }
    },
  }

  const next = compute(gated)
  if ((next === before && !hasActed) || next.status === 'error') return next
  // XState gives the old snapshot back where only actions were taken: still a transition to commit.
  const sealed = seal(next === before ? { ...next } : next, step.timers)
  const gate = gates.get(scope.system) ?? opening
  gate?.record({
    actor: scope.self,
    event: step.event,
    at: step.at,
    timer: step.fired,
    dueAt: step.dueAt,
    next: sealed,
    emitted,
  })
  for (const effect of effects) {
    gate?.hold(() => {
      phase = 'released'
      effect()
    })
  }
  startMachines(sealed, before, scope)
  return sealed
}

/** Started only behind the commit, a machine that ends at once, or is sent an event, would lose that in a crash. */
function startMachines(
  next: AnyMachineSnapshot,
  before: AnyMachineSnapshot | undefined,
  scope: AnyActorScope,
): void {
  const known: Readonly<Record<string, unknown>> = before?.children ?? {}
  for (const [id, child] of Object.entries(next.children as Record<string, AnyActor>)) {
    if (child !== known[id] && child.logic instanceof StateMachine) scope.defer(() => child.start())
  }
}

const isEndOfChild = ({ type }: AnyEventObject) =>
  type.startsWith('xstate.done.actor.') || type.startsWith('xstate.error.actor.')

function run(action: ExecutableActionObject): void {
  action.exec?.(action.info, action.params)
}

/** Notes a delayed `raise` (every `after` is one) in the step's timers; undefined if it has no delay. */
function addTimer(step: Step, action: ExecutableActionObject): string | undefined {
  const { event, delay, id } = action.params as { event: AnyEventObject; delay?: number; id?: string }
  // Without a delay the machine has consumed it within this very transition.
  if (delay === undefined) return undefined
  // Stock XState would take a random id here, and replay could not tell the same story twice.
  const timerId = id ?? freeTimerId(step.timers, `${action.type}#${event.type}`)
  // A copy: one event object may be raised twice, and a timer is known by the identity of its event.
  const timer = { event: { ...event }, dueAt: step.at + delay }
  step.timers[timerId] = timer
  timerEvents.add(timer.event)
  return timerId
}

/** Two timers that the chart gave no name are two timers, even for one event. */
function freeTimerId(timers: Timers, wanted: string): string {
  let id = wanted
  for (let n = 2; id in timers; n++) id = `${wanted}#${n}`
  return id
}

/** A transition behind this one may have cancelled the timer before its commit came back. */
function armIfPending(scope: AnyActorScope, id: string, timer: Timer | undefined, now: () => number): void {
  if (timer === undefined) return
  const pending = timersOf(scope.self.getSnapshot())[id]
  if (pending?.event === timer.event) arm(scope, id, timer, now)
}

function arm(scope: AnyActorScope, id: string, timer: Timer, now: () => number): void {
  scope.system.scheduler.schedule(scope.self, scope.self, timer.event, Math.max(0, timer.dueAt - now()), id)
}

function refuseDelay(action: ExecutableActionObject): void {
  const { delay } = action.params as { delay?: number }
  if (delay === undefined) return
  // The timer would belong to one actor's snapshot and fire in another's: after a crash it would fire twice.
  throw new Error('sendTo with a delay is not durable: use raise with a delay, then sendTo')
}

function withDurableChildren(machine: AnyStateMachine, now: () => number): AnyStateMachine {
  const nested = Object.entries(machine.implementations.actors as Record<string, unknown>)
    .filter((entry): entry is [string, AnyStateMachine] => entry[1] instanceof StateMachine)
    .map(([name, logic]) => [name, durable(logic, now)] as const)
  if (nested.length === 0) return machine
  return Object.assign(machine.provide({ actors: Object.fromEntries(nested) }), { options: machine.options })
}

function timersOf(snapshot: unknown): Timers {
  return (snapshot as Partial<DurableSnapshot>).timers ?? {}
}

/** XState keeps unknown members when it persists a snapshot, and drops them when it computes the next. */
function seal(snapshot: AnyMachineSnapshot, timers: Timers): DurableSnapshot {
  return Object.assign(snapshot, { timers: snapshot.status === 'active' ? timers : {} })
}
