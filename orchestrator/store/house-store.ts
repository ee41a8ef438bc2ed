/**
 * Removes what has ended and is old: a saga with its journal, its business events, its inbox, its idempotency key and
 * its notices. Whoever removes a batch holds its rows locked until then, and passes over those that another one holds,
 * so several share the work and none does it twice. Nothing here waits for a saga that runs, nor does one wait for this.
 *
 * If the process dies at any line here, a batch is removed as a whole or not at all. What was kept of it before, in an
 * archive, is kept once more with the next try.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import { SagaExports } from './saga-exports.ts'
import type { OrchestratorDatabase } from './schema.ts'

type Db = Kysely<OrchestratorDatabase>

export const ENDED_STATUSES = ['done', 'failed'] as const
export type EndedStatus = (typeof ENDED_STATUSES)[number]

/** Which sagas are old: those that ended so, and so long ago. */
export interface OldSagas {
  readonly status: EndedStatus
  readonly olderThanMs: number
  /** Of all machines if undefined. */
  readonly machine?: string | undefined
}

export interface RemoveOptions {
  /** Most sagas at once. */
  readonly sagasMax: number
  /** Most rows of the journal at once; a saga that has more alone is a batch of its own. */
  readonly rowsMax: number
  /** As the last batch told it: nothing is left before. */
  readonly from: string | null
  /** Resolves when they are kept for good; rejects if they can't be, and then they stay. */
  readonly keep?: Keep | undefined
}

export type Keep = (sagas: KeptSagas) => Promise<Kept>

export interface KeptSagas {
  readonly status: EndedStatus
  readonly count: number
  /** When the first of them ended. */
  readonly endedAt: Date
  /** In the form of a SagaFile, in pieces. */
  readonly lines: AsyncIterable<string>
}

export interface Kept {
  /** Where. */
  readonly file: string
  /** They were not removed after all. */
  discard(): Promise<void>
}

/** What was removed. */
export interface RemovedBatch {
  readonly sagas: number
  /** Notices among it that nobody could be told of until now. */
  readonly untold: number
  /** Null where nothing was to be kept. */
  readonly file: string | null
  /** Where the next batch begins; null if nothing is left. */
  readonly next: string | null
}

export interface OldCount {
  readonly machine: string
  readonly sagas: number
  readonly firstEndedAt: Date
  readonly lastEndedAt: Date
}

interface OldSaga {
  readonly partition: number
  readonly saga_id: string
  readonly seq: number
  readonly ended_at: Date
  /** Exact, unlike a Date. */
  readonly ended: string
}

export class HouseStore {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  /** How many there are, by machine. */
  async count(old: OldSagas): Promise<OldCount[]> {
    const { rows } = await sql<OldCount>`
      select machine, count(*)::integer as sagas, min(ended_at) as "firstEndedAt", max(ended_at) as "lastEndedAt"
      from orchestrator.saga
      where ${areOld(old)}
      group by machine order by machine
    `.execute(this.#db)
    return rows
  }

  /** Removes the oldest of them. */
  async remove(old: OldSagas, options: RemoveOptions): Promise<RemovedBatch> {
    return await this.#db.transaction().execute(async (trx) => {
      const found = await lock(trx, old, options)
      const batch = boundedBy(found, options.rowsMax)
      const [first, last] = [batch[0], batch.at(-1)]
      if (first === undefined || last === undefined) return { sagas: 0, untold: 0, file: null, next: null }
      const lines = new SagaExports(trx).lines(batch.map(({ saga_id }) => saga_id))
      const kept = await options.keep?.({
        status: old.status,
        count: batch.length,
        endedAt: first.ended_at,
        lines,
      })
      try {
        const untold = await removeAll(trx, batch)
        await note(trx, old.status, { sagas: batch.length, until: last.ended })
        const isLast = batch.length === found.length && found.length < options.sagasMax
        return { sagas: batch.length, untold, file: kept?.file ?? null, next: isLast ? null : last.ended }
      } catch (error) {
        // No commit was asked for yet, so they are all there.
        await kept?.discard()
        throw error
      }
    })
  }

  /**
   * Forgets events that were answered and are as old as that: the saga itself may live on for long, and under the same
   * key it takes another one then. Resolves with how many, and with the id behind which to look again; null if all
   * behind is younger.
   */
  async forgetEvents({
    olderThanMs,
    after,
    limit,
  }: {
    olderThanMs: number
    after: string
    limit: number
  }): Promise<{ readonly events: number; readonly next: string | null }> {
    // Ids rise with the time of acceptance, so the first that is young ends the search.
    const { rows } = await sql<{ id: string; is_old: boolean; is_answered: boolean }>`
      select id, created_at < now() - ${olderThanMs} * interval '1 millisecond' as is_old,
        outcome is not null as is_answered
      from orchestrator.inbox where id > ${after}
      order by id
      limit ${limit}
    `.execute(this.#db)
    const old = rows.filter(({ is_old }) => is_old)
    const ids = old.filter(({ is_answered }) => is_answered).map(({ id }) => id)
    const next = old.length === limit ? (old.at(-1)?.id ?? null) : null
    if (ids.length === 0) return { events: 0, next }
    const { numAffectedRows } = await sql`
      delete from orchestrator.inbox
      where id in (select id from orchestrator.inbox where id = any(${ids}::bigint[]) for update skip locked)
    `.execute(this.#db)
    return { events: Number(numAffectedRows ?? 0), next }
  }
}

/** `ended_at` is null while a saga runs or is parked. */
const areOld = ({ status, olderThanMs, machine }: OldSagas) => sql`
  resting_status = ${status} and ended_at < now() - ${olderThanMs} * interval '1 millisecond'
  and (${machine ?? null}::text is null or machine = ${machine ?? null})`

async function lock(
  trx: Transaction<OrchestratorDatabase>,
  old: OldSagas,
  { from, sagasMax }: RemoveOptions,
) {
  const { rows } = await sql<OldSaga>`
    select partition, saga_id, seq, ended_at, ended_at::text as ended
    from orchestrator.saga
    where ${areOld(old)} and ended_at >= coalesce(${from}::timestamptz, '-infinity')
    order by ended_at
    limit ${sagasMax}
    for update skip locked
  `.execute(trx)
  return rows
}

function boundedBy(sagas: readonly OldSaga[], rowsMax: number): OldSaga[] {
  let rows = 0
  return sagas.filter(({ seq }, index) => {
    rows += seq + 1
    return index === 0 || rows <= rowsMax
  })
}

/** The key goes last: a start that comes under it meanwhile waits for the end of this transaction. */
const TABLES = ['transition', 'business_event', 'inbox', 'notice', 'saga', 'idempotency_key'] as const

/** Resolves with how many notices there were: one that was delivered is not there any more. */
async function removeAll(trx: Transaction<OrchestratorDatabase>, batch: readonly OldSaga[]): Promise<number> {
  const partitions = batch.map(({ partition }) => partition)
  const sagaIds = batch.map(({ saga_id }) => saga_id)
  let notices = 0
  for (const table of TABLES) {
    // A key lies in no partition; its index is by saga_id.
    const isOfSaga =
      table === 'idempotency_key'
        ? sql`row.saga_id = old.saga_id`
        : sql`row.partition = old.partition and row.saga_id = old.saga_id`
    const { numAffectedRows = 0n } = await sql`
      delete from orchestrator.${sql.id(table)} row
      using unnest(${partitions}::smallint[], ${sagaIds}::uuid[]) as old (partition, saga_id)
      where ${isOfSaga}
    `.execute(trx)
    if (table === 'notice') notices = Number(numAffectedRows)
  }
  return notices
}

/** Just before the commit, for another house may wait to do the same. */
async function note(
  trx: Transaction<OrchestratorDatabase>,
  status: EndedStatus,
  { sagas, until }: { sagas: number; until: string },
): Promise<void> {
  await sql`
    insert into orchestrator.removed (status, sagas, ended_until)
    values (${status}, ${sagas}, ${until}::timestamptz)
    on conflict (status) do update
    set sagas = removed.sagas + excluded.sagas, removed_at = excluded.removed_at,
      ended_until = greatest(removed.ended_until, excluded.ended_until)
  `.execute(trx)
}
