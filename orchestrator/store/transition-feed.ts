/**
 * What was committed since one looked last: each row of the journal once, whoever wrote it, in whatever order their
 * transactions ended.
 *
 * Neither time nor ids can tell: a transaction that began earlier may end later, and its rows would appear behind the
 * back of whoever has read further. Snapshots of Postgres can. A cursor is the snapshot of the last look. What that
 * could not see was in progress then, or had not begun; so the next look reads the rows of just those transactions, as
 * far as they have ended. A transaction that takes hours costs each look one search in an index.
 *
 * A difference of more rows than one page is read page by page between the same two snapshots. A saga's rows come in
 * the order of their seq: each is written by a transaction that began writing when the one before had ended.
 *
 * Whoever shows where sagas stand needs no transitions, but each saga that had any, once, as it stands by now.
 *
 * It only reads: the process may die at any line.
 */
import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely'
import type { SagaStatus } from '../engine/ports.ts'
import type { OrchestratorDatabase } from './schema.ts'

/** Transactions by their id, as text: they need 64 bits. */
export interface TransactionsSeen {
  /** All before it are seen or were rolled back, but for those in progress. */
  readonly before: string
  readonly inProgress: readonly string[]
}

export interface FeedCursor {
  /** Of the database: transactions of another one have the same ids. */
  readonly origin: string
  readonly seen: TransactionsSeen
  /** Within a difference that was more than a page. */
  readonly page?: {
    readonly until: TransactionsSeen
    readonly after: { readonly transaction: string; readonly sagaId: string; readonly seq: number }
  }
}

export interface FeedRow {
  readonly sagaId: string
  readonly machine: string
  readonly version: string
  readonly seq: number
  readonly actor: string | null
  /** Of a long one, such as the answer of a participant with a thousand lines, the type alone. */
  readonly event: unknown
  readonly at: Date
  readonly state: string
  /** Of the saga as it stands now. */
  readonly status: SagaStatus
}

export interface FeedPage {
  readonly rows: readonly FeedRow[]
  readonly cursor: FeedCursor
  /** Whether there is more than this already. */
  readonly hasMore: boolean
}

/** A saga that had transitions, as it stands now. */
export interface MovedSaga {
  readonly sagaId: string
  readonly machine: string
  readonly version: string
  readonly businessKey: string | null
  readonly status: SagaStatus
  readonly state: string
  readonly step: string | null
  readonly errorCode: string | null
  readonly seq: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface Moved {
  /** The one that moved last is the last. */
  readonly sagas: readonly MovedSaga[]
  readonly cursor: FeedCursor
  /** False if there was more than one look tells: then none is told. */
  readonly isWhole: boolean
}

/** How many rows are looked at for those of one machine, or for the sagas that moved. */
const LOOK_MAX = 5_000
/** Characters of JSON: a failure has less, with all that it tells. */
const EVENT_LENGTH_MAX = 4_000

export class TransitionFeed {
  readonly #db: Kysely<OrchestratorDatabase>

  constructor(db: Kysely<OrchestratorDatabase>) {
    this.#db = db
  }

  /** Behind all that is committed. */
  async now(): Promise<FeedCursor> {
    const { rows } = await sql<Moment>`select ${MOMENT}`.execute(this.#db)
    const { origin, seen } = firstOf(rows)
    return { origin, seen }
  }

  /**
   * The sagas that had transitions behind the cursor: up to now, or up to where another look ended, which is then the
   * cursor behind them. undefined for a cursor that is none of this database.
   */
  async moved(cursor: FeedCursor, until?: FeedCursor): Promise<Moved | undefined> {
    const { rows } = await movedBetween(cursor, until).execute(this.#db)
    const { origin, seen, looked } = firstOf(rows)
    if (origin !== cursor.origin || isBehind(seen, cursor)) return undefined
    return {
      sagas: rows.filter((line): line is MovedLine & MovedSaga => line.sagaId !== null).map(movedOf),
      cursor: until ?? { origin, seen },
      isWhole: looked < LOOK_MAX,
    }
  }

  /** What was committed behind the cursor; undefined for a cursor that is none of this database. */
  async after(
    cursor: FeedCursor,
    { limit, machine }: { readonly limit: number; readonly machine?: string },
  ): Promise<FeedPage | undefined> {
    const looked = machine === undefined ? limit : LOOK_MAX
    const { rows } = await pageOf(cursor, { limit, looked, machine }).execute(this.#db)
    const first = firstOf(rows)
    const { origin, seen: now, looked: found, last } = first
    if (origin !== cursor.origin || isBehind(now, cursor)) return undefined
    const told = rows.filter((line): line is Line & Told => line.position !== null)
    const page = (end: Position | null | undefined): FeedCursor => {
      if (end === null || end === undefined) throw new Error('a page of the feed has no end')
      return { origin, seen: cursor.seen, page: { until: cursor.page?.until ?? now, after: end } }
    }
    if (told.length === limit) {
      return { rows: told.map(rowOf), cursor: page(told.at(-1)?.position), hasMore: true }
    }
    if (found === looked) return { rows: told.map(rowOf), cursor: page(last), hasMore: true }
    // The end of the difference; if its first page was some time ago, there may be another one.
    const seen = cursor.page?.until ?? now
    return { rows: told.map(rowOf), cursor: { origin, seen }, hasMore: cursor.page !== undefined }
  }
}

interface Moment {
  readonly origin: string
  readonly seen: TransactionsSeen
}

type Position = NonNullable<FeedCursor['page']>['after']

interface Told extends FeedRow {
  readonly position: Position
}

/** Without a row to tell there is one line all the same, without a position. */
type Line = Moment & {
  /** How many rows were looked at, and where the last of them is. */
  readonly looked: number
  readonly last: Position | null
} & (Told | { readonly position: null })

/**
 * Where transactions have the ids that they have: this cluster, this database, and this line of its history, for what a
 * failover lost was done again under the same ids.
 */
const ORIGIN = sql`left(md5(concat_ws('/',
  (select system_identifier from pg_control_system()),
  (select oid from pg_database where datname = current_database()),
  case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end
)), 12)`

const MOMENT = sql`${ORIGIN} as origin, json_build_object(
  'before', pg_snapshot_xmax(pg_current_snapshot())::text,
  'inProgress', (
    select coalesce(json_agg(id::text), '[]') from pg_snapshot_xip(pg_current_snapshot()) as id
  )
) as seen`

function firstOf<Told>([first]: readonly Told[]): Told {
  if (first === undefined) throw new Error('Postgres did not tell its snapshot')
  return first
}

interface Look {
  readonly limit: number
  readonly looked: number
  readonly machine: string | undefined
}

interface Find {
  /** Of the table `t`, beside the position. */
  readonly columns: RawBuilder<unknown>
  readonly where: RawBuilder<SqlBool>
  readonly limit: number
}

/** The first rows, by their position, that a snapshot could not see. */
function unseen({ inProgress, before }: TransactionsSeen, { columns, where, limit }: Find) {
  const inOrder = sql`order by t.committed_in, t.saga_id, t.seq limit ${limit}`
  const found = (isNew: RawBuilder<SqlBool>) => sql`
    select t.partition, t.saga_id, t.seq, t.committed_in ${columns}
    from orchestrator.transition t
    where ${isNew} and ${where}
    ${inOrder}`
  return sql`
    select * from (
      (${found(sql`t.committed_in = any(${inProgress}::xid8[])`)})
      union all
      (${found(sql`t.committed_in >= ${before}::xid8`)})
    ) t
    ${inOrder}`
}

function pageOf({ seen, page }: FeedCursor, { limit, looked, machine }: Look): RawBuilder<Line> {
  const where = page === undefined ? sql<SqlBool>`true` : isOnPage(page)
  const columns = sql`, t.actor, t.event, t.at, t.state`
  return sql`
    with moment as materialized (select ${MOMENT}),
    found as materialized (${unseen(seen, { columns, where, limit: looked })}),
    told as materialized (
      select t.*, s.machine, s.version, s.status
      from found t join orchestrator.saga s on s.partition = t.partition and s.saga_id = t.saga_id
      ${machine === undefined ? sql`` : sql`where s.machine = ${machine}`}
      order by t.committed_in, t.saga_id, t.seq
      limit ${limit}
    )
    select moment.origin, moment.seen,
      (select count(*)::integer from found) as looked,
      (
        select ${POSITION} from (
          select * from found order by committed_in desc, saga_id desc, seq desc limit 1
        ) t
      ) as last,
      t.saga_id as "sagaId", t.machine, t.version, t.seq, t.actor, ${EVENT} as event, t.at, t.state, t.status,
      case when t.saga_id is not null then ${POSITION} end as position
    from moment left join told t on true
    order by t.committed_in, t.saga_id, t.seq`
}

const EVENT = sql`
  case when length(t.event::text) <= ${EVENT_LENGTH_MAX}::integer then t.event
  else json_build_object('type', t.event ->> 'type') end`

const POSITION = sql`
  json_build_object('transaction', t.committed_in::text, 'sagaId', t.saga_id, 'seq', t.seq)`

function isOnPage({ until, after }: NonNullable<FeedCursor['page']>): RawBuilder<SqlBool> {
  const { transaction, sagaId, seq } = after
  return sql`(
    ${isSeen(until)}
    and t.committed_in >= ${transaction}::xid8
    and (t.committed_in, t.saga_id, t.seq) > (${transaction}::xid8, ${sagaId}::uuid, ${seq}::integer)
  )`
}

const isSeen = ({ before, inProgress }: TransactionsSeen) => sql<SqlBool>`
  t.committed_in < ${before}::xid8 and t.committed_in <> all(${inProgress}::xid8[])`

/** Without a saga to tell there is one line all the same, without a saga. */
type MovedLine = Moment & { readonly looked: number } & (MovedSaga | { readonly sagaId: null })

function movedBetween({ seen }: FeedCursor, until: FeedCursor | undefined): RawBuilder<MovedLine> {
  const where = until === undefined ? sql<SqlBool>`true` : isSeen(until.seen)
  return sql`
    with moment as materialized (select ${MOMENT}),
    found as materialized (${unseen(seen, { columns: sql``, where, limit: LOOK_MAX })}),
    moved as (
      select s.* from (
        select distinct partition, saga_id from found where (select count(*) from found) < ${LOOK_MAX}
      ) t
      cross join lateral (
        select saga_id as "sagaId", machine, version, business_key as "businessKey", status, state, step,
          error_code as "errorCode", seq, created_at as "createdAt", updated_at as "updatedAt"
        from orchestrator.saga s
        where s.partition = t.partition and s.saga_id = t.saga_id
        -- One by one: asked for thousands at once, Postgres would rather read the whole table.
        offset 0
      ) s
    )
    select moment.origin, moment.seen, (select count(*)::integer from found) as looked, moved.*
    from moment left join moved on true
    order by moved."updatedAt", moved."sagaId"`
}

/** Of a moment that has not come: the cursor is of another database, or made up. */
function isBehind(now: TransactionsSeen, { seen, page }: FeedCursor): boolean {
  const latest = page === undefined ? seen.before : page.until.before
  return BigInt(now.before) < BigInt(latest)
}

function movedOf({
  origin: _origin,
  seen: _seen,
  looked: _looked,
  ...saga
}: Moment & MovedSaga & { looked: number }): MovedSaga {
  return saga
}

function rowOf({ sagaId, machine, version, seq, actor, event, at, state, status }: Told): FeedRow {
  return { sagaId, machine, version, seq, actor, event, at, state, status }
}
