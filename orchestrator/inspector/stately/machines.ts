/** Machines as viewers are told of them, by name and version: those of the store, so also what is not here any more. */
import type { MachineDefinitions } from '../../store/machine-definitions.ts'
import { machineOf, unknownMachine, type Machine } from './definition.ts'

/** Versions in memory; a house with more of them reads some again. */
const KNOWN_MAX = 100

export class Machines {
  readonly #definitions: MachineDefinitions
  readonly #known = new Map<string, Machine>()

  constructor(definitions: MachineDefinitions) {
    this.#definitions = definitions
  }

  /** By its name alone, if nobody ever told what it looks like. */
  async find(id: string, version: string): Promise<Machine> {
    const name = JSON.stringify([id, version])
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const kept = await this.#definitions.find(id, version)
    if (kept === undefined) return unknownMachine(id)
    const machine = machineOf(JSON.parse(kept.definition))
    if (this.#known.size >= KNOWN_MAX) this.#known.clear()
    this.#known.set(name, machine)
    return machine
  }
}
