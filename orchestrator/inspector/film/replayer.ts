/**
 * Tells sagas again by the machines that are here: one at a time, for they share a clock, and in slices, for everything
 * else that this process does waits meanwhile.
 */
import { setImmediate } from 'node:timers/promises'
import type { RegisteredMachine } from '../../../machines/registry.ts'
import { declaredBy } from '../../engine/replay/declared.ts'
import type { Difference } from '../../engine/replay/difference.ts'
import { ReplayMachines } from '../../engine/replay/machines.ts'
import { EMPTY, replay, type Journal, type ReplayOptions, type Retold } from '../../engine/replay/replay.ts'
import type { FilmedSaga, SagaFilm } from '../../store/saga-film.ts'
import { journalToTell, type Bounds } from './told-journal.ts'
import { Turns } from './turns.ts'

export interface Verdict {
  /** `untold`: what could be told is the same, but a version is not here. */
  readonly outcome: 'identical' | 'differs' | 'untold' | 'too-long'
  readonly against: string
  readonly difference: Difference | null
  /** Versions that are not here. */
  readonly missing: readonly string[]
  /** By seq: the edges that the machine took, as far as it was told. */
  readonly edges: Readonly<Record<number, readonly string[]>>
}

export interface Asked {
  readonly saga: FilmedSaga
  /** The version that is to tell it. */
  readonly against: string
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean
}

export interface ReplayerOptions {
  readonly film: SagaFilm
  readonly machines: readonly RegisteredMachine[]
  readonly bounds?: Partial<Bounds & { readonly timeMaxMs: number; readonly waitingMax: number }>
}

/** A journal of more is told by the command line, which has a process of its own. */
const BOUNDS = {
  transitionsMax: 2_000,
  bytesMax: 64 * 1_048_576,
  snapshotBytesMax: 1_048_576,
  timeMaxMs: 10_000,
  waitingMax: 8,
}
/** One transition is told in less, but for one that keeps hundreds of kilobytes. */
const SLICE_MS = 10

export class Replayer {
  readonly #options: ReplayerOptions
  readonly #bounds: typeof BOUNDS
  readonly #turns: Turns
  /** Made when the first is told: to prepare a machine takes a while. */
  #machines: ReplayMachines | undefined

  constructor(options: ReplayerOptions) {
    this.#options = options
    this.#bounds = { ...BOUNDS, ...options.bounds }
    this.#turns = new Turns({ atOnce: 1, max: this.#bounds.waitingMax })
  }

  knows(machine: string, version: string): boolean {
    return this.#registered(machine, version) !== undefined
  }

  /** Undefined if its caller has gone. Rejects with a BusyError if too many wait. */
  async tell(asked: Asked): Promise<Verdict | undefined> {
    return await this.#turns.take(asked.isGone, async () => this.#tell(asked))
  }

  async #tell({ saga, against, isGone }: Asked): Promise<Verdict | undefined> {
    const journal = await journalToTell(this.#options.film, saga, this.#bounds)
    const hearing = new Hearing(against)
    if (journal === undefined) return hearing.verdict('too-long')
    const until = performance.now() + this.#bounds.timeMaxMs
    let slice = performance.now() + SLICE_MS
    for (const retold of replay(journal, this.#replayOptions(saga, against))) {
      hearing.hear(retold)
      const now = performance.now()
      if (now > until) return hearing.verdict('too-long')
      if (now < slice) continue
      await setImmediate()
      if (isGone()) return undefined
      slice = performance.now() + SLICE_MS
    }
    return hearing.verdict(outcomeOf(hearing, journal))
  }

  #registered(machine: string, version: string): RegisteredMachine | undefined {
    return this.#options.machines.find(
      (registered) => registered.machine.id === machine && registered.machine.version === version,
    )
  }

  #replayOptions({ machine, version }: FilmedSaga, against: string): ReplayOptions {
    this.#machines ??= new ReplayMachines(this.#options.machines)
    const own = this.#registered(machine, version)
    const declaredThen = own && declaredBy(own.machine)
    const declared = (of: string) => (of === version ? declaredThen : undefined)
    const other = this.#registered(machine, against)
    if (against === version || other === undefined) return { machines: this.#machines, declared }
    const machines = this.#machines.instead({ machine, version }, { machine: other.machine })
    return { machines, declared, isOtherMachine: true }
  }
}

/** What came of it, a transition at a time. */
class Hearing {
  difference: Difference | null = null
  readonly missing = new Set<string>()
  readonly #against: string
  readonly #edges: Record<number, readonly string[]> = {}

  constructor(against: string) {
    this.#against = against
  }

  hear({ row, outcome, version, difference, edges }: Retold): void {
    this.difference = difference
    if (outcome === 'untold') this.missing.add(version)
    // Of a nested machine there are none in this chart; and where it differs, it took others when it was recorded.
    else if (row.actor === null && difference === null) this.#edges[row.seq] = edges
  }

  verdict(outcome: Verdict['outcome']): Verdict {
    const { difference } = this
    return { outcome, against: this.#against, difference, missing: [...this.missing], edges: this.#edges }
  }
}

function outcomeOf(hearing: Hearing, { rows }: Journal): Verdict['outcome'] {
  if (rows.length === 0) hearing.difference = EMPTY
  if (hearing.difference !== null) return 'differs'
  return hearing.missing.size > 0 ? 'untold' : 'identical'
}
