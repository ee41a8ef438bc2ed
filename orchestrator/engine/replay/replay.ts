/**
 * Tells a saga again, transition by transition: its journal through its machines, by pure functions. Nothing is called
 * or written, so it may be stopped at any line.
 */
import type { AnyEventObject } from 'xstate'
import { isOperatorEvent, type MigrateEvent } from '../verbs/operator-event.ts'
import type { VersionName } from '../versions.ts'
import { changesBetween, type Change } from './changes.ts'
import { otherCalls, type Declarations } from './declared.ts'
import { differenceOf, snapshotDifference, type Difference } from './difference.ts'
import { announcedIn, effectsBetween, NOTHING, type Announced, type Effects } from './effects.ts'
import type { JournalRow, RecordedEvent } from './journal-row.ts'
import type { ReplayMachines } from './machines.ts'
import { contextIn, stateOf } from './nested.ts'
import { ToldSaga } from './told-saga.ts'

export interface Journal {
  /** As it stands now: `version` is that of its last row. */
  readonly saga: VersionName & { readonly saga_id: string; readonly seq?: number }
  /** From 0 on, without a gap. */
  readonly rows: readonly JournalRow[]
  /** Compared, if they are at hand. */
  readonly events?: readonly RecordedEvent[]
}

export interface ReplayOptions {
  readonly machines: ReplayMachines
  /** How the steps of a version were declared when the saga ran; compared, if it is known. */
  readonly declared?: (version: string) => Declarations | undefined
  /** Told with another machine than its own: what a history state remembers that was not there then is no difference. */
  readonly isOtherMachine?: boolean
}

/** One transition, told again. */
export interface Retold {
  readonly row: JournalRow
  /** Of the machine that it was told with. */
  readonly version: string
  /**
   * `within`: that of a nested machine, compared with the next snapshot of its parent: the one in its own row was taken
   * when all was at rest, so it may already hold what the rows behind it tell. `untold`: its version is not here.
   */
  readonly outcome: 'same' | 'within' | 'untold' | 'differs'
  /** Set where it differs; nothing is told behind it. */
  readonly difference: Difference | null
  /** The state of the machine that processed the event; null where there was none. */
  readonly from: string | null
  readonly to: string | null
  /** What the machine makes of it; what was recorded, where nothing could be told. */
  readonly snapshot: unknown
  readonly effects: Effects
  /** What became of the context of the machine that processed the event. */
  readonly changes: readonly Change[]
  /** Ids of the transitions that the saga's own machine took. */
  readonly edges: readonly string[]
}

/** Ends behind the first transition that differs. What a machine throws is a difference. */
export function* replay(journal: Journal, options: ReplayOptions): Generator<Retold> {
  const telling = new Telling(journal, options)
  for (const row of journal.rows) {
    const retold = telling.next(row)
    yield retold
    if (retold.difference !== null) return
  }
}

/** The short form: undefined if the machines tell the same story, snapshot by snapshot, as far as they are here. */
export function firstDifference(journal: Journal, options: ReplayOptions): Difference | undefined {
  for (const { difference } of replay(journal, options)) if (difference !== null) return difference
  return journal.rows.length > 0 ? undefined : EMPTY
}

export const EMPTY: Difference = {
  seq: 0,
  event: '',
  kind: 'journal',
  reason: 'Its journal is empty.',
  changes: [],
}

class Telling {
  readonly #journal: Journal
  readonly #options: ReplayOptions
  readonly #last: JournalRow | undefined
  #version: string
  /** Undefined before its first transition, and while its version is not here. */
  #told: ToldSaga | undefined
  #announced: Announced = NOTHING
  /** The snapshot before the next row. */
  #persisted: unknown = undefined
  #nextSeq = 0
  /** Those of both sides that were not compared yet. */
  readonly #events: { recorded: readonly RecordedEvent[]; emitted: AnyEventObject[] }

  constructor(journal: Journal, options: ReplayOptions) {
    this.#journal = journal
    this.#options = options
    this.#last = journal.rows.at(-1)
    this.#version = firstVersionOf(journal)
    this.#events = { recorded: journal.events ?? [], emitted: [] }
  }

  next(row: JournalRow): Retold {
    const broken = this.#broken(row)
    if (broken !== undefined) return this.#untold(row, broken)
    this.#nextSeq += 1
    this.#options.machines.setClock(row.at)
    const { event } = row
    try {
      if (isOperatorEvent(event) && event.type === 'skald.migrate') return this.#migrate(row, event)
      if (this.#find(this.#version) === undefined) return this.#untold(row, null)
      return this.#transition(row)
    } catch (error) {
      const reason = `The machine threw: ${error instanceof Error ? error.message : String(error)}`
      return this.#untold(row, differenceOf(row, { kind: 'threw', reason }))
    }
  }

  #find(version: string) {
    return this.#options.machines.find({ machine: this.#journal.saga.machine, version })
  }

  #broken(row: JournalRow): Difference | undefined {
    const { seq } = this.#journal.saga
    const broken = (reason: string) => differenceOf(row, { kind: 'journal', reason })
    if (row.seq !== this.#nextSeq) return broken(`Its journal lacks the transition ${this.#nextSeq}.`)
    if (row === this.#last && seq !== undefined && seq !== row.seq)
      return broken(`Its journal ends here, but the saga stands at ${seq}.`)
    if (row.seq === 0 && row.event.type !== 'xstate.init')
      return broken('Its journal does not begin with its start.')
    return undefined
  }

  #transition(row: JournalRow): Retold {
    const { saga_id } = this.#journal.saga
    const before = this.#told
    const from = before === undefined ? null : stateOf(before.snapshot, row.actor)
    // A nested machine that processed something while the saga was being made: its parent's start tells it.
    if (before === undefined && row.actor !== null) return { ...this.#untold(row, null), outcome: 'within' }
    const taken = before?.taken ?? 0
    before?.process(row)
    const told = before ?? this.#begin(row)
    const isUnheard = row.actor === null && told.taken === taken
    const announced = announcedIn(told.snapshot)
    const emitted = told.takeEmitted()
    const effects = effectsBetween(this.#announced, announced, { sagaId: saga_id, row, emitted })
    const persisted = told.persisted
    const changes = changesBetween(contextIn(this.#persisted, row.actor), contextIn(persisted, row.actor))
    this.#announced = announced
    this.#persisted = persisted
    this.#events.emitted.push(...emitted)
    const to = stateOf(told.snapshot, row.actor)
    const edges = told.takeEdges()
    const retold = { row, version: this.#version, from, to, snapshot: persisted, effects, changes, edges }
    if (row.actor !== null && row !== this.#last) return { ...retold, outcome: 'within', difference: null }
    const difference = this.#compare(row, { persisted, effects, isUnheard })
    return { ...retold, difference, outcome: difference === null ? 'same' : 'differs' }
  }

  #begin(row: JournalRow): ToldSaga {
    const { saga_id, machine } = this.#journal.saga
    const found = this.#find(this.#version)
    if (found === undefined) throw new Error(`machine ${machine} has no version ${this.#version} here`)
    this.#told = new ToldSaga(found, saga_id, { input: row.event['input'] })
    return this.#told
  }

  #compare(
    row: JournalRow,
    { persisted, effects, isUnheard }: { persisted: unknown; effects: Effects; isUnheard: boolean },
  ): Difference | null {
    const changes = this.#changes(row.snapshot, persisted)
    if (isUnheard) {
      const reason = `It does not listen to ${row.event.type} where it stands.`
      return differenceOf(row, { kind: 'unheard', reason, changes })
    }
    if (changes.length > 0) return snapshotDifference(row, persisted, changes)
    const declared = this.#options.declared?.(this.#version)
    const calls = declared && otherCalls(effects.begun, declared, this.#journal.saga.saga_id)
    if (calls !== undefined && calls.length > 0)
      return differenceOf(row, { kind: 'call', reason: 'It makes another call.', changes: calls })
    return this.#compareEvents(row)
  }

  #changes(recorded: unknown, replayed: unknown): Change[] {
    const changes = changesBetween(recorded, replayed)
    if (this.#options.isOtherMachine !== true) return changes
    return changes.filter(({ path, before }) => before !== undefined || !path.startsWith('historyValue'))
  }

  #compareEvents(row: JournalRow): Difference | null {
    const { recorded, emitted } = this.#events
    // Behind the last row there may be none: whatever is left there is told by nothing.
    const until = row === this.#last ? -1 : recorded.findIndex(({ seq }) => seq > row.seq)
    const then = recorded.slice(0, until < 0 ? recorded.length : until)
    this.#events.recorded = recorded.slice(then.length)
    this.#events.emitted = []
    if (this.#journal.events === undefined) return null
    const before = then.map(({ type, payload }) => ({ type, payload }))
    const after = emitted.map(({ type, ...payload }) => ({ type, payload }))
    const changes = changesBetween(before, JSON.parse(JSON.stringify(after)), 'events')
    if (changes.length === 0) return null
    return differenceOf(row, { kind: 'event', reason: 'It tells the business something else.', changes })
  }

  /** What was recorded goes on from here, if its machine is not here, or it went to one that is. */
  #migrate(row: JournalRow, { to }: MigrateEvent): Retold {
    const { saga_id, machine } = this.#journal.saga
    const [told, before, version] = [this.#told, this.#announced, this.#version]
    const migration = told && this.#options.machines.migrate(this.#persisted, { machine, version }, to)
    this.#version = to
    if (migration?.kind === 'refused') {
      const reason = `The migration to version ${to} is refused: ${migration.why}.`
      return this.#untold(row, differenceOf(row, { kind: 'migration', reason }))
    }
    const snapshot = migration?.to.snapshot ?? row.snapshot
    const found = this.#find(to)
    this.#told = found && new ToldSaga(found, saga_id, { snapshot: structuredClone(snapshot) })
    this.#announced = this.#told === undefined ? NOTHING : announcedIn(this.#told.snapshot)
    const changes = changesBetween(contextIn(this.#persisted, null), contextIn(snapshot, null))
    this.#persisted = snapshot
    // Nothing was told of the events before.
    if (migration === undefined) this.#compareEvents(row)
    if (told === undefined || this.#told === undefined) return { ...this.#untold(row, null), snapshot }
    const effects = {
      ...effectsBetween(before, this.#announced, { sagaId: saga_id, row, emitted: [] }),
      // Dropped with the memory of the version before, and called again: no state was left.
      aborted: [],
      armed: [],
      cancelled: [],
    }
    const other = this.#changes(row.snapshot, snapshot)
    const difference = other.length === 0 ? null : snapshotDifference(row, snapshot, other)
    return {
      row,
      version: to,
      from: stateOf(told.snapshot, null),
      to: stateOf(this.#told.snapshot, null),
      snapshot,
      effects,
      changes,
      edges: [],
      difference,
      outcome: difference === null ? 'same' : 'differs',
    }
  }

  #untold(row: JournalRow, difference: Difference | null): Retold {
    return {
      row,
      version: this.#version,
      difference,
      outcome: difference === null ? 'untold' : 'differs',
      from: null,
      to: null,
      snapshot: row.snapshot,
      effects: NO_EFFECTS,
      changes: [],
      edges: [],
    }
  }
}

const NO_EFFECTS: Effects = { begun: [], aborted: [], armed: [], cancelled: [], emitted: [] }

/** The version that it began with. */
function firstVersionOf({ saga, rows }: Journal): string {
  for (const { event } of rows) {
    if (isOperatorEvent(event) && event.type === 'skald.migrate') return event.from
  }
  return saga.version
}
