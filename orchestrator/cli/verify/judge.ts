// What becomes of each saga on another machine: whether it is told the same, whether it fits where it stands, and
// whether it can be moved there; counted, and grouped by what is wrong.
import type { AnyStateMachine } from 'xstate'
import { machines as registered } from '../../../machines/registry.ts'
import { MachineRefusedError } from '../../engine/errors.ts'
import { misfitOf } from '../../engine/fit.ts'
import { declaredBy, type Declarations } from '../../engine/replay/declared.ts'
import { ReplayMachines } from '../../engine/replay/machines.ts'
import { replay } from '../../engine/replay/replay.ts'
import { journalOf, type SagaFile } from '../../saga-file/saga-file.ts'
import { OperatorError } from '../operator-error.ts'
import type { Against, FindAgainst } from '../replay/against.ts'
import { wordsOf } from '../replay/words.ts'

/** Sagas with one thing wrong. */
export interface Group {
  /** As `id@version`. */
  readonly machine: string
  readonly what: 'replay' | 'fit' | 'migration' | 'untold'
  /** Where it differs first, in words; empty where that is no transition. */
  readonly at: string
  readonly kind: string
  readonly why: string
  readonly sagas: number
  /** Some of their ids. */
  readonly examples: readonly string[]
}

export interface Judged {
  readonly sagas: number
  readonly transitions: number
  readonly inFlight: number
  readonly ended: number
  /** Of other machines: not judged. */
  readonly others: number
  readonly clean: number
  readonly differ: number
  readonly untold: number
  /** Of those in flight: whether the snapshot fits as it is. */
  readonly fit: number
  readonly unfit: number
  /** Of those in flight on another version than the one they are judged against, if there is a way there. */
  readonly movable: number
  readonly immovable: number
  /** Of those in flight: neither fits as it is nor can be moved. */
  readonly stranded: number
  readonly groups: readonly Group[]
}

const EXAMPLES_MAX = 3

/** Machines to tell sagas of one version with; prepared once. */
interface Stage {
  readonly against: Against
  readonly machines: ReplayMachines
  readonly declared: (version: string) => Declarations | undefined
}

type Counts = { -readonly [Name in Exclude<keyof Judged, 'groups'>]: number }

export class Judge {
  readonly #find: FindAgainst
  readonly #known = new ReplayMachines(registered)
  readonly #stages = new Map<string, Stage | undefined>()
  readonly #groups = new Map<string, Group>()
  #deployed: ReplayMachines | undefined
  /** The last one that could not be told. */
  #untold: SagaFile | undefined
  readonly #counts: Counts = {
    sagas: 0,
    transitions: 0,
    inFlight: 0,
    ended: 0,
    others: 0,
    clean: 0,
    differ: 0,
    untold: 0,
    fit: 0,
    unfit: 0,
    movable: 0,
    immovable: 0,
    stranded: 0,
  }

  constructor(find: FindAgainst) {
    this.#find = find
  }

  get judged(): Judged {
    const groups = [...this.#groups.values()].toSorted((a, b) => b.sagas - a.sagas)
    return { ...this.#counts, groups }
  }

  /** Throws an OperatorError if the other machine can't run at all. */
  judge(file: SagaFile): void {
    const { saga } = file
    const stage = this.#stageOf(saga)
    if (stage === undefined) {
      this.#counts.others += 1
      return
    }
    this.#counts.sagas += 1
    this.#tell(file, stage)
    if (saga.status === 'done' || saga.status === 'failed') {
      this.#counts.ended += 1
      return
    }
    this.#counts.inFlight += 1
    this.#stand(file, stage)
  }

  #stageOf({ machine, version }: SagaFile['saga']): Stage | undefined {
    const name = `${machine}@${version}`
    if (this.#stages.has(name)) return this.#stages.get(name)
    const stage = this.#prepare(machine, version)
    this.#stages.set(name, stage)
    return stage
  }

  #prepare(machine: string, version: string): Stage | undefined {
    const against = foundBy(this.#find, machine)
    if (against === undefined) return undefined
    const own = this.#known.find({ machine, version })?.source
    const declarations = own && declaredBy(own)
    try {
      const machines = this.#known.instead({ machine, version }, against.machine)
      return { against, machines, declared: (told) => (told === version ? declarations : undefined) }
    } catch (error) {
      if (error instanceof MachineRefusedError) throw new OperatorError(`${error.message}.`)
      throw error
    }
  }

  #tell(file: SagaFile, { machines, declared }: Stage): void {
    const { saga, events } = file
    const rows = journalOf(file)
    let missing: string | undefined
    for (const told of replay({ saga, rows, events }, { machines, declared, isOtherMachine: true })) {
      this.#counts.transitions += 1
      if (told.outcome === 'untold') missing = told.version
      if (told.difference === null) continue
      const { redacted = [] } = file
      if (redacted.length > 0) return this.#noteUntold(file, hidden(redacted))
      const { kind, reason: why } = told.difference
      this.#counts.differ += 1
      return this.#note(file, { what: 'replay', at: wordsOf(told.row).name, kind, why })
    }
    if (missing !== undefined || rows.length === 0) {
      const why = rows.length === 0 ? 'Its journal is empty.' : `Version ${missing} is not here.`
      return this.#noteUntold(file, why)
    }
    this.#counts.clean += 1
  }

  /** Once, though neither its journal nor where it stands may be told. */
  #noteUntold(file: SagaFile, why: string): void {
    if (this.#untold === file) return
    this.#untold = file
    this.#counts.untold += 1
    this.#note(file, { what: 'untold', at: '', kind: 'version', why })
  }

  #stand(file: SagaFile, { against }: Stage): void {
    const snapshot = file.transitions.at(-1)?.snapshot
    const misfit = readMisfitOf(against.machine.machine, snapshot)
    const refused = this.#migrate(file, against, snapshot)
    const { redacted = [] } = file
    const isWhole = misfit === undefined && typeof refused !== 'string'
    if (!isWhole && redacted.length > 0) return this.#noteUntold(file, hidden(redacted))
    if (misfit === undefined) this.#counts.fit += 1
    else {
      this.#counts.unfit += 1
      this.#note(file, { what: 'fit', at: '', kind: 'fit', why: misfit })
    }
    if (refused === null) this.#counts.movable += 1
    else if (refused !== undefined) {
      this.#counts.immovable += 1
      this.#note(file, { what: 'migration', at: '', kind: 'migration', why: refused })
    }
    if (misfit !== undefined && refused !== null) this.#counts.stranded += 1
  }

  /** Null if it can be moved, or why not; undefined where there is nothing to move, or no way is declared at all. */
  #migrate({ saga }: SagaFile, { machine: { machine, migrate } }: Against, snapshot: unknown) {
    const to = machine.version ?? ''
    const way = migrate ?? this.#known.newest(machine.id)?.migrate
    if (to === saga.version || way === undefined) return undefined
    const others = registered.filter((one) => one.machine.id !== machine.id || one.machine.version !== to)
    // As though it were deployed beside the others, as the newest of them.
    this.#deployed ??= new ReplayMachines([...others, { machine, migrate: way }])
    const migration = this.#deployed.migrate(snapshot, saga, to)
    return migration.kind === 'moved' ? null : migration.why
  }

  #note({ saga }: SagaFile, found: Pick<Group, 'what' | 'at' | 'kind' | 'why'>): void {
    const machine = `${saga.machine}@${saga.version}`
    const key = JSON.stringify([machine, found])
    const { sagas, examples } = this.#groups.get(key) ?? { sagas: 0, examples: [] }
    this.#groups.set(key, {
      machine,
      ...found,
      sagas: sagas + 1,
      examples: examples.length < EXAMPLES_MAX ? [...examples, saga.saga_id] : examples,
    })
  }
}

/** What is so broken that it can't even be looked at must not keep the others from their verdict. */
function readMisfitOf(machine: AnyStateMachine, snapshot: unknown): string | undefined {
  try {
    return misfitOf(machine, snapshot)
  } catch (error) {
    return `it can not be read: ${String(error)}`
  }
}

/** Nobody can say whether that is why it is told otherwise. */
const hidden = (names: readonly string[]) => `${names.join(', ')} of it is out of sight here (REDACT).`

/** None is no mistake where an archive has sagas of several machines. */
function foundBy(find: FindAgainst, machine: string): Against | undefined {
  try {
    return find(machine)
  } catch {
    return undefined
  }
}
