/**
 * From a registered machine to one that runs: checked against the guard rails, its steps given a body, its
 * logic wrapped behind the gate. Once per version, at start-up: `provide()` is too dear to do per saga.
 * It keeps nothing that a process could lose by dying at any line.
 */
import { fromPromise, StateMachine, type AnyStateMachine } from 'xstate'
import type { Migrate } from '../../machines/migration.ts'
import { declarationOf, type StepDeclaration, type StepFailure } from '../../machines/step.ts'
import { durable } from './durable.ts'
import { MachineRefusedError } from './errors.ts'
import { faultsOf } from './guard-rails.ts'
import type { Clock, SagaIdentity, StepCaller } from './ports.ts'

/** A chart that runs in circles without waiting for anything fails instead of freezing the process. */
const MICROSTEPS_MAX = 1_000

/** The saga to which an actor system belongs, as its steps see it. */
interface SagaOwner {
  readonly identity: SagaIdentity
  readonly resuming: boolean
}

export interface PreparedMachine {
  readonly id: string
  readonly version: string
  readonly businessKey: string | undefined
  readonly migrate: Migrate | undefined
  /** Whom its steps call. */
  readonly participants: ReadonlySet<string>
  /** As it was written: what the fit check reads. */
  readonly source: AnyStateMachine
  readonly logic: AnyStateMachine
  /** Tells the steps of this actor system whose they are. */
  own(system: object, owner: SagaOwner): void
}

interface Registered {
  readonly machine: AnyStateMachine
  readonly businessKey?: string
  readonly migrate?: Migrate
}

/** @throws MachineRefusedError naming every fault of the chart. */
export function prepare(
  { machine, businessKey, migrate }: Registered,
  steps: StepCaller,
  clock: Pick<Clock, 'now'>,
): PreparedMachine {
  const faults = faultsOf(machine)
  if (faults.length > 0 || machine.version === undefined) throw new MachineRefusedError(machine.id, faults)
  const owners = new WeakMap<object, SagaOwner>()
  const participants = new Set<string>()
  const withBodies = giveBodies(machine, (declaration) => {
    participants.add(declaration.participant)
    return fromPromise(async ({ input, system, signal }) => {
      try {
        const owner = owners.get(system)
        if (owner === undefined) throw new Error(`step ${declaration.step} was started outside of a saga`)
        const { identity, resuming } = owner
        return await steps.call(declaration, { ...identity, input, resumed: resuming, signal })
      } catch (error) {
        return Promise.reject(asFailure(declaration, error))
      }
    })
  })
  return {
    id: machine.id,
    version: machine.version,
    businessKey,
    migrate,
    participants,
    source: machine,
    logic: durable(withBodies, () => clock.now()),
    own: (system, owner) => {
      owners.set(system, owner)
    },
  }
}

type Body = (declaration: StepDeclaration) => ReturnType<typeof fromPromise>

function giveBodies(machine: AnyStateMachine, bodyOf: Body): AnyStateMachine {
  const actors = Object.entries(machine.implementations.actors as Record<string, unknown>).map(
    ([name, logic]) => {
      const declaration = declarationOf(logic)
      // The verbs of operators ask a step in flight which one it is.
      if (declaration !== undefined) return [name, Object.assign(bodyOf(declaration), { declaration })]
      return [name, logic instanceof StateMachine ? giveBodies(logic, bodyOf) : logic]
    },
  )
  const prepared: AnyStateMachine = machine.provide({ actors: Object.fromEntries(actors) as never })
  const { maxIterations = Infinity } = prepared.options
  // XState's own default is no limit at all.
  prepared.options = { ...prepared.options, maxIterations: Math.min(maxIterations, MICROSTEPS_MAX) }
  return prepared
}

/**
 * A chart asks each failure whether the step may have happened. A bug in the step's body can't say, and an
 * Error would lose its members in the journal.
 */
function asFailure({ step }: StepDeclaration, error: unknown): StepFailure {
  if (typeof error === 'object' && error !== null && 'inDoubt' in error) return error as StepFailure
  const message = error instanceof Error ? error.message : String(error)
  return { name: 'StepBroken', message, code: 'STEP_BROKEN', step, inDoubt: true }
}
