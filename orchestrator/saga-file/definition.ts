/** What the machines of this process look like, as text, made once for each: exports have it with every saga. */
import type { AnyStateMachine } from 'xstate'
import { definitionOf } from '../../machines/lock.ts'

export class Definitions {
  readonly #machines: ReadonlyMap<string, AnyStateMachine>
  readonly #texts = new Map<string, string>()

  constructor(machines: readonly { readonly machine: AnyStateMachine }[]) {
    this.#machines = new Map(machines.map(({ machine }) => [keyOf(machine.id, machine.version), machine]))
  }

  /** JSON; `null` for a version that is not here. */
  textOf(machine: string, version: string): string {
    const key = keyOf(machine, version)
    const source = this.#machines.get(key)
    if (source === undefined) return 'null'
    const text = this.#texts.get(key) ?? JSON.stringify(definitionOf(source))
    this.#texts.set(key, text)
    return text
  }
}

const keyOf = (machine: string, version = 'none') => `${machine}@${version}`
