// One exported saga, told again by the machines that are here or by another one: what the screens of `replay` show.
import { definitionOf } from '../../../machines/lock.ts'
import { machines as registered } from '../../../machines/registry.ts'
import { MachineRefusedError } from '../../engine/errors.ts'
import { declaredBy, declaredIn, type Declarations } from '../../engine/replay/declared.ts'
import { ReplayMachines } from '../../engine/replay/machines.ts'
import { replay, EMPTY, type Retold } from '../../engine/replay/replay.ts'
import type { Difference } from '../../engine/replay/difference.ts'
import { journalOf, type SagaFile } from '../../saga-file/saga-file.ts'
import { OperatorError } from '../operator-error.ts'
import type { Against } from './against.ts'
import { chartChanges, type ChartChanges } from './chart-changes.ts'

export interface Verdict {
  /**
   * `untold`: what could be told is the same, but a version is not here; or it is not the same, but of the saga
   * something is out of sight, and nobody can say whether that is why.
   */
  readonly kind: 'identical' | 'differs' | 'untold'
  readonly difference: Difference | null
  /** How many transitions were told, the one that differs included. */
  readonly told: number
  /** Versions, as `id@version`, whose transitions could not be told. */
  readonly missing: readonly string[]
}

export interface Told {
  readonly file: SagaFile
  /** Set where it is told with another machine than its own. */
  readonly against: Against | undefined
  /** Null where its own chart is not known, or it is told with that. */
  readonly chart: ChartChanges | null
  /** From the first transition to the first that differs, each computed when it is asked for. */
  readonly transitions: Iterable<Retold>
}

/** Throws an OperatorError if the other machine can't run at all. */
export function tell(file: SagaFile, against: Against | undefined): Told {
  const { saga, definition, events } = file
  const own = registered.find(
    ({ machine }) => machine.id === saga.machine && machine.version === saga.version,
  )?.machine
  const machines = machinesFor(file, against)
  // The file knows best what was called when the saga ran; the code that is here is the next best.
  const declaredThen = definition === null ? own && declaredBy(own) : declaredIn(definition)
  const declared = (version: string): Declarations | undefined =>
    version === saga.version ? declaredThen : undefined
  const was = definition ?? (own && definitionOf(own))
  const is = against?.machine.machine ?? own
  return {
    file,
    against,
    chart: was && is ? chartChanges(was, definitionOf(is)) : null,
    transitions: replay(
      { saga, rows: journalOf(file), events },
      { machines, declared, isOtherMachine: against !== undefined },
    ),
  }
}

const known = new ReplayMachines(registered)

function machinesFor({ saga }: SagaFile, against: Against | undefined): ReplayMachines {
  if (against === undefined) return known
  try {
    return known.instead(saga, against.machine)
  } catch (error) {
    if (error instanceof MachineRefusedError) throw new OperatorError(`${error.message}.`)
    throw error
  }
}

/** What came of it, a transition at a time. */
export class Listener {
  readonly #missing = new Set<string>()
  readonly #machine: string
  readonly #isWhole: boolean
  #told = 0
  #difference: Difference | null = null

  constructor({ saga, redacted = [] }: SagaFile) {
    this.#machine = saga.machine
    this.#isWhole = redacted.length === 0
  }

  hear({ outcome, version, difference }: Retold): void {
    this.#difference = difference
    if (outcome === 'untold') this.#missing.add(`${this.#machine}@${version}`)
    else this.#told += 1
  }

  get verdict(): Verdict {
    const missing = [...this.#missing]
    const difference = this.#difference ?? (this.#told + missing.length === 0 ? EMPTY : null)
    const told = this.#told
    if (difference !== null && !this.#isWhole) return { kind: 'untold', difference: null, told, missing }
    const kind = difference !== null ? 'differs' : missing.length > 0 ? 'untold' : 'identical'
    return { kind, difference, told, missing }
  }
}
