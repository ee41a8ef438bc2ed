// Every saga told again by its machine. In pages of its own and not at the one moment of the other checks: a journal
// only grows, so any moment of it must replay; and a snapshot of the database held open for so long would keep vacuum
// from the busiest rows there are.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { AnyEventObject } from 'xstate'
import { machines as registered, type RegisteredMachine } from '../../../machines/registry.ts'
import type { Difference } from '../../engine/replay/difference.ts'
import type { JournalRow, RecordedEvent } from '../../engine/replay/journal-row.ts'
import { ReplayMachines } from '../../engine/replay/machines.ts'
import { replay, type Journal } from '../../engine/replay/replay.ts'
import { messageOf } from '../operator-error.ts'
import type { Finding } from './check.ts'

const SAGAS_PAGE = 200
/** A journal is replayed in memory. One that is longer than this is left out, and that is told. */
const ROWS_MAX = 10_000
const TOLD_MAX = 100

export interface Replayed {
  readonly sagas: number
  readonly transitions: number
  /** Sagas by `id@version` of machines that are not registered here: those who have them can replay them. */
  readonly unknown: Readonly<Record<string, number>>
  /** Sagas whose journal is too long to be replayed here. */
  readonly too_long: number
}

interface SagaRow {
  readonly partition: number
  readonly saga_id: string
  readonly machine: string
  readonly version: string
  readonly seq: number
}

type TransitionRow = Omit<JournalRow, 'at'> & { readonly saga_id: string; readonly at: Date }
type EventRow = RecordedEvent & { readonly saga_id: string }

export class Replay {
  readonly findings: Finding[] = []
  untold = 0
  readonly #machines: ReplayMachines
  readonly #unknown: Record<string, number> = {}
  #sagas = 0
  #transitions = 0
  #tooLong = 0

  constructor(machines: readonly RegisteredMachine[] = registered) {
    this.#machines = new ReplayMachines(machines)
  }

  get replayed(): Replayed {
    return {
      sagas: this.#sagas,
      transitions: this.#transitions,
      unknown: this.#unknown,
      too_long: this.#tooLong,
    }
  }

  /** Reads all sagas, a page at a time. */
  async run(db: Kysely<unknown>): Promise<void> {
    let after: Pick<SagaRow, 'partition' | 'saga_id'> = {
      partition: -1,
      saga_id: '00000000-0000-0000-0000-000000000000',
    }
    for (;;) {
      const page = await sagasAfter(db, after)
      await this.#page(db, page)
      const last = page.at(-1)
      if (last === undefined || page.length < SAGAS_PAGE) return
      after = last
    }
  }

  async #page(db: Kysely<unknown>, page: readonly SagaRow[]): Promise<void> {
    const short = page.filter(({ seq }) => seq < ROWS_MAX)
    this.#tooLong += page.length - short.length
    const read = await atOneMoment(db, async (db) => ({
      journals: Map.groupBy(await transitionsOf(db, short), ({ saga_id }) => saga_id),
      events: Map.groupBy(await eventsOf(db, short), ({ saga_id }) => saga_id),
    }))
    for (const { saga_id, machine, version } of short) {
      const rows = read.journals.get(saga_id)?.map((row) => ({ ...row, at: row.at.getTime() }))
      // It was old, and was removed since the page was read.
      if (rows === undefined) continue
      this.#saga({ saga: { saga_id, machine, version }, rows, events: read.events.get(saga_id) ?? [] })
    }
  }

  #saga(journal: Journal): void {
    const { saga_id } = journal.saga
    const what = this.#faultIn(journal)
    if (what === undefined) return
    if (this.findings.length < TOLD_MAX) this.findings.push({ check: 'replay', saga_id, what })
    else this.untold += 1
  }

  #faultIn(journal: Journal): string | undefined {
    let difference: Difference | null = null
    let unknown: string | undefined
    try {
      for (const { outcome, version, ...told } of replay(journal, { machines: this.#machines })) {
        difference = told.difference
        if (outcome === 'untold') unknown = `${journal.saga.machine}@${version}`
        else this.#transitions += 1
      }
    } catch (error) {
      return `can't be told again by its machine: ${messageOf(error)}`
    }
    if (unknown === undefined) this.#sagas += 1
    else this.#unknown[unknown] = (this.#unknown[unknown] ?? 0) + 1
    if (difference === null) return undefined
    const { seq, event, reason } = difference
    const why = reason.replace(/\.$/, '')
    return `is told otherwise by its machine, first at seq ${seq} (${event}). ${why}`
  }
}

async function atOneMoment<Value>(
  db: Kysely<unknown>,
  read: (db: Kysely<unknown>) => Promise<Value>,
): Promise<Value> {
  if (db.isTransaction) return await read(db)
  return await db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read)
}

async function sagasAfter(
  db: Kysely<unknown>,
  { partition, saga_id }: Pick<SagaRow, 'partition' | 'saga_id'>,
): Promise<SagaRow[]> {
  const { rows } = await sql<SagaRow>`
    select partition, saga_id, machine, version, seq
    from orchestrator.saga
    where (partition, saga_id) > (${partition}, ${saga_id})
    order by partition, saga_id
    limit ${SAGAS_PAGE}
  `.execute(db)
  return rows
}

async function transitionsOf(db: Kysely<unknown>, sagas: readonly SagaRow[]): Promise<TransitionRow[]> {
  if (sagas.length === 0) return []
  const { rows } = await sql<TransitionRow & { event: AnyEventObject }>`
    select saga_id, seq, actor, event, timer, at, snapshot
    from orchestrator.transition join ${wantedOf(sagas)} using (partition, saga_id)
    where seq < ${ROWS_MAX}
    order by partition, saga_id, seq
  `.execute(db)
  return rows
}

async function eventsOf(db: Kysely<unknown>, sagas: readonly SagaRow[]): Promise<EventRow[]> {
  if (sagas.length === 0) return []
  const { rows } = await sql<EventRow>`
    select saga_id, seq, type, payload
    from orchestrator.business_event join ${wantedOf(sagas)} using (partition, saga_id)
    where seq < ${ROWS_MAX}
    order by partition, saga_id, seq, ordinal
  `.execute(db)
  return rows
}

const wantedOf = (sagas: readonly SagaRow[]) => sql`
  unnest(
    ${sagas.map(({ partition }) => partition)}::smallint[], ${sagas.map(({ saga_id }) => saga_id)}::uuid[]
  ) as wanted (partition, saga_id)`
