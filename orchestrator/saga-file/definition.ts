/**
 * What machines look like, as text: those of this process, and those that the database keeps of others. Made or read
 * once for each: exports have it with every saga.
 */
import type { AnyStateMachine } from 'xstate'
import { definitionOf } from '../../machines/lock.ts'
import type { MachineDefinitions } from '../store/machine-definitions.ts'

export interface MachineVersion {
  readonly machine: string
  readonly version: string
}

export class Definitions {
  readonly #machines: ReadonlyMap<string, AnyStateMachine>
  readonly #kept: Pick<MachineDefinitions, 'find'> | undefined
  readonly #texts = new Map<string, string>()

  constructor(
    machines: readonly { readonly machine: AnyStateMachine }[],
    kept?: Pick<MachineDefinitions, 'find'>,
  ) {
    this.#machines = new Map(machines.map(({ machine }) => [keyOf(machine.id, machine.version), machine]))
    this.#kept = kept
  }

  /** JSON; undefined of a version that no orchestrator ever had. */
  async find(machine: string, version: string): Promise<string | undefined> {
    const known = this.#known(machine, version)
    if (known !== undefined) return known
    const kept = await this.#kept?.find(machine, version)
    // On one line, as it is written here; by hand it may have been put there otherwise.
    const text = kept && JSON.stringify(JSON.parse(kept.definition))
    // A version that is unknown yet may come with the next release.
    if (text !== undefined) this.#texts.set(keyOf(machine, version), text)
    return text
  }

  /** So that `textOf` knows them. */
  async learn(versions: readonly MachineVersion[]): Promise<void> {
    const byKey = new Map(versions.map((one) => [keyOf(one.machine, one.version), one]))
    for (const { machine, version } of byKey.values()) await this.find(machine, version)
  }

  /** JSON; `null` for a version that is neither here nor learned. */
  textOf(machine: string, version: string): string {
    return this.#known(machine, version) ?? 'null'
  }

  #known(machine: string, version: string): string | undefined {
    const key = keyOf(machine, version)
    const known = this.#texts.get(key)
    const source = this.#machines.get(key)
    if (known !== undefined || source === undefined) return known
    const text = JSON.stringify(definitionOf(source))
    this.#texts.set(key, text)
    return text
  }
}

const keyOf = (machine: string, version = 'none') => `${machine}@${version}`
