/**
 * Journals as they grow, for those who watch a few sagas: what is behind a row that they have seen, of several sagas
 * in one look. What is too long to be watched is cut here, so that a saga with megabytes in its context costs
 * Postgres some time, and nobody else memory.
 * It only reads: the process may die at any line.
 */
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { SagaStatus } from '../engine/ports.ts'
import { isMigration } from './migration-row.ts'
import type { SagaFilter } from './saga-filter.ts'
import { sagaPage } from './saga-page.ts'
import type { OrchestratorDatabase } from './schema.ts'

/** Of JSON: longer events, contexts and outputs are told by their length alone. */
const WATCHED_BYTES_MAX = 65_536

export interface WatchedSaga {
  readonly sagaId: string
  readonly machine: string
  /** The version that it began with. */
  readonly firstVersion: string
}

export interface TailRow {
  readonly seq: number
  /** Id of the nested machine that processed the event; null for the saga itself. */
  readonly actor: string | null
  readonly event: { readonly type: string; readonly [member: string]: unknown }
  readonly at: Date
  /** As persisted. */
  readonly snapshot: unknown
}

export interface Tail {
  readonly sagaId: string
  /** From the row on that was asked for, without a gap. */
  readonly rows: readonly TailRow[]
  /** As the saga stood when it was looked at; its last row may be behind those that are here. */
  readonly version: string
  readonly status: SagaStatus
  readonly seq: number
}

export interface TailFrom {
  readonly sagaId: string
  readonly fromSeq: number
}

export class JournalTail {
  readonly #db: Kysely<OrchestratorDatabase>

  constructor(db: Kysely<OrchestratorDatabase>) {
    this.#db = db
  }

  /** Newest first; none if no saga is meant. */
  async find(filter: SagaFilter, limit: number): Promise<WatchedSaga[]> {
    return this.#watched(sql`${sagaPage({ filter, limit })}`)
  }

  async byId(sagaId: string): Promise<WatchedSaga | undefined> {
    const [saga] = await this.#watched(
      sql`(select partition, saga_id from orchestrator.saga where saga_id = ${sagaId})`,
    )
    return saga
  }

  async #watched(page: RawBuilder<unknown>): Promise<WatchedSaga[]> {
    const { rows } = await sql<WatchedSaga>`
      select saga.saga_id as "sagaId", saga.machine, coalesce(moved.from_version, saga.version) as "firstVersion"
      from ${page} page
      join orchestrator.saga on saga.partition = page.partition and saga.saga_id = page.saga_id
      left join lateral (
        select t.event ->> 'from' as from_version
        from orchestrator.transition t
        where t.partition = saga.partition and t.saga_id = saga.saga_id and ${isMigration(sql`t.event`)}
        order by t.seq
        limit 1
      ) moved on true
      order by saga.saga_id desc
    `.execute(this.#db)
    return rows
  }

  /** Up to `rowsMax` of each. A saga that was removed is missing. */
  async after(sagas: readonly TailFrom[], rowsMax: number): Promise<Tail[]> {
    const { rows } = await sql<TailLine>`
      select saga.saga_id as "sagaId", saga.version, saga.status, saga.seq as last, row.*
      from unnest(
        ${sagas.map(({ sagaId }) => sagaId)}::uuid[], ${sagas.map(({ fromSeq }) => fromSeq)}::integer[]
      ) as wanted (saga_id, from_seq)
      join orchestrator.saga on saga.saga_id = wanted.saga_id
      left join lateral (
        select t.seq, t.actor, ${EVENT} as event, t.at, ${SNAPSHOT} as snapshot
        from orchestrator.transition t
        where t.partition = saga.partition and t.saga_id = saga.saga_id and t.seq >= wanted.from_seq
        order by t.seq
        limit ${rowsMax}
      ) row on true
      order by saga.saga_id, row.seq
    `.execute(this.#db)
    return [...Map.groupBy(rows, ({ sagaId }) => sagaId).values()].flatMap((lines) => {
      const [first] = lines
      if (first === undefined) return []
      const { sagaId, version, status, last } = first
      return [{ sagaId, version, status, seq: last, rows: lines.filter(hasRow).map(rowOf) }]
    })
  }
}

type TailLine = Pick<Tail, 'sagaId' | 'version' | 'status'> & { last: number } & (TailRow | { seq: null })

const hasRow = (line: TailLine): line is TailLine & TailRow => line.seq !== null

const rowOf = ({ seq, actor, event, at, snapshot }: TailRow): TailRow => ({ seq, actor, event, at, snapshot })

const EVENT = sql`
  case when octet_length(t.event::text) <= ${sql.lit(WATCHED_BYTES_MAX)} then t.event
  else json_build_object(
    'type', t.event ->> 'type', 'actorId', t.event ->> 'actorId', 'left_out_bytes', octet_length(t.event::text)
  ) end`

const cut = (member: string) => {
  const column = sql.ref(`long.${member}`)
  return sql`
    case when octet_length(${column}::text) <= ${sql.lit(WATCHED_BYTES_MAX)} then ${column}
    when ${column} is not null then json_build_object('left_out_bytes', octet_length(${column}::text)) end`
}

/** Parsed once, for that takes most of the time: of a long one what a chart needs, and of its children how they are. */
const SNAPSHOT = sql`
  case when octet_length(t.snapshot::text) <= ${sql.lit(WATCHED_BYTES_MAX)} then t.snapshot
  else (
    select json_build_object(
      'status', long.status, 'value', long.value, 'historyValue', long."historyValue",
      'context', ${cut('context')}, 'output', ${cut('output')}, 'error', ${cut('error')},
      'children', (
        select coalesce(json_object_agg(key, json_build_object(
          'src', child -> 'src',
          'snapshot', json_build_object('status', child #> '{snapshot,status}', 'value', child #> '{snapshot,value}')
        )), '{}')
        from json_each(long.children) as children (key, child)
      )
    )
    from json_to_record(t.snapshot) as long (
      status text, value json, "historyValue" json, context json, output json, error json, children json
    )
  ) end`
