// Every saga told again by its machine. In pages of its own and not at the one moment of the other checks: a journal
// only grows, so any moment of it must replay; and a snapshot of the database held open for so long would keep vacuum
// from the busiest rows there are.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { AnyEventObject, AnyStateMachine } from 'xstate'
import { machines as registered, type RegisteredMachine } from '../../../machines/registry.ts'
import { firstDifference, type JournalRow } from '../../engine/replay.ts'
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
  readonly name: string
  readonly seq: number
}

type TransitionRow = Omit<JournalRow, 'at'> & { readonly saga_id: string; readonly at: Date }

export class Replay {
  readonly findings: Finding[] = []
  untold = 0
  readonly #machines: ReadonlyMap<string, AnyStateMachine>
  readonly #unknown: Record<string, number> = {}
  #sagas = 0
  #transitions = 0
  #tooLong = 0

  constructor(machines: readonly RegisteredMachine[] = registered) {
    this.#machines = new Map(machines.map(({ machine }) => [`${machine.id}@${machine.version}`, machine]))
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
    const known = page.filter((saga) => this.#canReplay(saga))
    const journals = Map.groupBy(await transitionsOf(db, known), ({ saga_id }) => saga_id)
    for (const saga of known) this.#saga(saga, journals.get(saga.saga_id) ?? [])
  }

  #canReplay({ name, seq }: SagaRow): boolean {
    if (!this.#machines.has(name)) {
      this.#unknown[name] = (this.#unknown[name] ?? 0) + 1
      return false
    }
    if (seq >= ROWS_MAX) this.#tooLong += 1
    return seq < ROWS_MAX
  }

  #saga({ saga_id, name }: SagaRow, rows: readonly TransitionRow[]): void {
    const machine = this.#machines.get(name)
    if (machine === undefined) return
    this.#sagas += 1
    this.#transitions += rows.length
    const what = faultIn(machine, rows)
    if (what === undefined) return
    if (this.findings.length < TOLD_MAX) this.findings.push({ check: 'replay', saga_id, what })
    else this.untold += 1
  }
}

function faultIn(machine: AnyStateMachine, rows: readonly TransitionRow[]): string | undefined {
  try {
    const journal = rows.map((row) => ({ ...row, at: row.at.getTime() }))
    const difference = firstDifference(machine, journal)
    return (
      difference && `is told otherwise by its machine, first at seq ${difference.seq} (${difference.event})`
    )
  } catch (error) {
    return `can't be told again by its machine: ${messageOf(error)}`
  }
}

async function sagasAfter(
  db: Kysely<unknown>,
  { partition, saga_id }: Pick<SagaRow, 'partition' | 'saga_id'>,
): Promise<SagaRow[]> {
  const { rows } = await sql<SagaRow>`
    select partition, saga_id, machine || '@' || version as name, seq
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
    from orchestrator.transition
    join unnest(
      ${sagas.map(({ partition }) => partition)}::smallint[], ${sagas.map(({ saga_id }) => saga_id)}::uuid[]
    ) as wanted (partition, saga_id) using (partition, saga_id)
    where seq < ${ROWS_MAX}
    order by partition, saga_id, seq
  `.execute(db)
  return rows
}
