/**
 * The machines that sagas are told again with: prepared as for a life, but their steps call nobody, and their clock
 * stands at the row that is told. It keeps nothing that a process could lose by dying at any line.
 */
import type { AnyStateMachine } from 'xstate'
import type { Migrate } from '../../../machines/migration.ts'
import type { StepCaller } from '../ports.ts'
import { prepare, type PreparedMachine } from '../prepare.ts'
import { Versions, type Migration, type VersionName } from '../versions.ts'

export interface ReplayMachine {
  readonly machine: AnyStateMachine
  readonly migrate?: Migrate
  /** The version that it stands for, if that is not its own. */
  readonly standsFor?: string
}

const nobody: StepCaller = { call: () => Promise.reject(new Error('a saga that is told again calls nobody')) }

/** One saga is told at a time: they share the clock. */
export class ReplayMachines {
  readonly #machines: readonly ReplayMachine[]
  readonly #versions: Versions
  #at = 0

  /** Of each machine the last one is the newest. Throws a MachineRefusedError for a chart that can't run. */
  constructor(machines: readonly ReplayMachine[]) {
    this.#machines = machines
    this.#versions = new Versions(machines.map((machine) => this.#prepare(machine)))
  }

  #prepare(machine: ReplayMachine): PreparedMachine {
    const prepared = prepare(machine, nobody, { now: () => this.#at })
    return { ...prepared, version: machine.standsFor ?? prepared.version }
  }

  /** From here on it is this time, in milliseconds since the epoch. */
  setClock(at: number): void {
    this.#at = at
  }

  find(name: VersionName): PreparedMachine | undefined {
    return this.#versions.find(name)
  }

  newest(machine: string): PreparedMachine | undefined {
    return this.#versions.newest(machine)
  }

  migrate(snapshot: unknown, from: VersionName, to: string): Migration {
    return this.#versions.migrate(snapshot, from, to)
  }

  /** The same, but that `other` stands for the version `name`: what a change of it would lead to. */
  instead({ machine: id, version }: VersionName, other: ReplayMachine): ReplayMachines {
    const isMeant = ({ machine, standsFor }: ReplayMachine) =>
      machine.id === id && (standsFor ?? machine.version) === version
    const stand = { ...other, standsFor: version }
    const isKnown = this.#machines.some(isMeant)
    // In the same place, for the last one is the newest, whose migrations hold.
    const others = this.#machines.map((one) => (isMeant(one) ? { ...one, ...stand } : one))
    return new ReplayMachines(isKnown ? others : [stand, ...others])
  }
}
