/**
 * Every machine version that this process can drive, and the ways from one version to another. It keeps nothing that
 * a process could lose by dying at any line.
 */
import { createActor, type Snapshot } from 'xstate'
import type { PersistedSnapshot } from '../../machines/migration.ts'
import type { DurableSnapshot } from './durable.ts'
import { misfitOf } from './fit.ts'
import type { SagaStatus, WakeAt } from './ports.ts'
import type { PreparedMachine } from './prepare.ts'
import { statePath, statusOf } from './status.ts'
import { openSteps } from './verbs/open-steps.ts'
import { wakeAtOf } from './waiting.ts'

export interface VersionName {
  readonly machine: string
  readonly version: string
}

/** Where a saga stands in the chart of another version. */
export interface Moved {
  readonly snapshot: unknown
  readonly status: SagaStatus
  readonly state: string
  readonly step: string | null
  readonly wakeAt: WakeAt
}

export type Migration =
  | { readonly kind: 'moved'; readonly to: Moved }
  /** Nothing can be moved; why, in words. */
  | { readonly kind: 'refused'; readonly why: string }

export class Versions {
  readonly #byName: ReadonlyMap<string, PreparedMachine>
  readonly #newest: ReadonlyMap<string, PreparedMachine>

  /** Of each machine the last one is the newest. */
  constructor(machines: readonly PreparedMachine[]) {
    this.#byName = new Map(machines.map((machine) => [nameOf(machine.id, machine.version), machine]))
    this.#newest = new Map(machines.map((machine) => [machine.id, machine]))
  }

  /** As `id@version`. */
  get names(): string[] {
    return [...this.#byName.keys()]
  }

  get machines(): string[] {
    return [...this.#newest.keys()]
  }

  /** The one that new sagas begin with. */
  newest(machine: string): PreparedMachine | undefined {
    return this.#newest.get(machine)
  }

  find({ machine, version }: VersionName): PreparedMachine | undefined {
    return this.#byName.get(nameOf(machine, version))
  }

  /** Pure: the same snapshot always leads to the same one. `snapshot` is persisted, and stays as it is. */
  migrate(snapshot: unknown, { machine, version: from }: VersionName, to: string): Migration {
    const target = this.find({ machine, version: to })
    if (target === undefined) return refused(`machine ${machine} has no version ${to} here`)
    if (from === to) return refused(`it runs on version ${to} already`)
    const migrate = this.#newest.get(machine)?.migrate
    if (migrate === undefined) return refused(`machine ${machine} declares no migration`)
    try {
      const moved = migrate(structuredClone(snapshot) as PersistedSnapshot, { from, to })
      if (moved === undefined) return refused(`machine ${machine} declares no way from ${from} to ${to}`)
      // As it will be stored: what is lost on the way must be missing now, and what can't be stored throws here.
      const stored: unknown = JSON.parse(JSON.stringify(moved))
      const misfit = misfitOf(target.source, stored)
      return misfit === undefined ? { kind: 'moved', to: standing(target, stored) } : refused(misfit)
    } catch (error) {
      return refused(`its migration from ${from} to ${to} threw: ${String(error)}`)
    }
  }
}

const refused = (why: string): Migration => ({ kind: 'refused', why })

/** A snapshot that was made, and never started, does nothing. */
function standing({ logic }: PreparedMachine, persisted: unknown): Moved {
  const actor = createActor(logic, { snapshot: persisted as Snapshot<unknown> })
  const snapshot = actor.getSnapshot() as DurableSnapshot
  return {
    snapshot: persisted,
    status: statusOf(snapshot),
    state: statePath(snapshot.value),
    step: openSteps(snapshot)[0]?.declaration.step ?? null,
    wakeAt: wakeAtOf(snapshot),
  }
}

export const nameOf = (machine: string, version: string) => `${machine}@${version}`
