/**
 * One saga as it is looked at moment by moment: thousands of transitions, of which each is shown, and a few are opened.
 * So lines come without contexts: Postgres takes out of each snapshot where it stands and what is open. How much comes
 * at a time is bounded by what the rows take in the store, so that a page of large ones is a short one.
 *
 * It only reads: the process may die at any line.
 */
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { SagaStatus } from '../engine/ports.ts'
import { isMigration } from './migration-row.ts'
import type { OrchestratorDatabase } from './schema.ts'

type Db = Kysely<OrchestratorDatabase>

export interface FilmedSaga {
  readonly partition: number
  readonly saga_id: string
  readonly machine: string
  readonly version: string
  /** The one that it began with. */
  readonly first_version: string
  readonly status: SagaStatus
  readonly seq: number
  /** Where it went to another version, in order. */
  readonly moves: readonly { readonly seq: number; readonly to: string }[]
}

export interface FilmLine {
  readonly seq: number
  readonly version: string
  readonly actor: string | null
  /** Of a long one what people are told of it. */
  readonly event: unknown
  readonly timer: string | null
  readonly at: number
  readonly state: string
  /** XState's value of the snapshot; null if it has none. */
  readonly value: unknown
  readonly open: readonly string[]
}

/** A row as text, and how many bytes each part has; what is larger than asked for is null. */
export interface FilmMoment {
  readonly seq: number
  readonly at: number
  readonly actor: string | null
  readonly state: string
  readonly event: string | null
  readonly context: string | null
  readonly snapshot: string | null
  readonly bytes: Readonly<Record<'event' | 'context' | 'snapshot', number>>
}

export interface TextRow {
  readonly seq: number
  readonly actor: string | null
  readonly event: string
  readonly timer: string | null
  readonly at: number
  readonly snapshot: string
}

/** Of a page: what it takes in the store. Unpacked it may be a hundred times as much, which Postgres reads in seconds. */
const STORED_BYTES_MAX = 2 * 1_048_576
/** Characters of JSON that an event may have to be told whole. */
const EVENT_LENGTH_MAX = 2_000
const WORDS_MAX = 1_000

export class SagaFilm {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  async find(sagaId: string): Promise<FilmedSaga | undefined> {
    const saga = await this.#db
      .selectFrom('saga')
      .select(['partition', 'saga_id', 'machine', 'version', 'status', 'seq'])
      .where('saga_id', '=', sagaId)
      .executeTakeFirst()
    if (saga === undefined) return undefined
    const { rows } = await sql<{ seq: number; from: string | null; to: string | null }>`
      select seq, event ->> 'from' as "from", event ->> 'to' as "to"
      from orchestrator.transition
      where ${journalOf(saga)} and seq <= ${saga.seq} and actor is null and ${isMigration(sql`event`)}
      order by seq
    `.execute(this.#db)
    const moves = rows.map(({ seq, to }) => ({ seq, to: to ?? saga.version }))
    return { ...saga, first_version: rows[0]?.from ?? saga.version, moves }
  }

  /** As many as `limit`, or fewer if they are large, but one at least where there is one. */
  async lines(
    saga: FilmedSaga,
    { fromSeq, limit }: { readonly fromSeq: number; readonly limit: number },
  ): Promise<FilmLine[]> {
    const { rows } = await sql<Omit<FilmLine, 'version' | 'at'> & { readonly at: Date }>`
      select page.seq, page.actor, page.timer, page.at, page.state,
        ${cutEvent(sql`page.event`)} as event,
        told.value,
        array(
          select child.key from json_each(
            case json_typeof(told.children) when 'object' then told.children else '{}' end
          ) child
          where child.value -> 'snapshot' ->> 'status' = 'active'
        ) as open
      from (${pageOf(saga, { fromSeq, limit, storedBytesMax: STORED_BYTES_MAX })}) page
      cross join lateral json_to_record(page.snapshot) as told (value json, children json)
      order by page.seq
    `.execute(this.#db)
    return rows.map((row) => ({ ...row, at: row.at.getTime(), version: versionAt(saga, row.seq) }))
  }

  /** Of these, those that are there; each part of more than `bytesMax` is null. */
  async moments(saga: FilmedSaga, seqs: readonly number[], bytesMax: number): Promise<FilmMoment[]> {
    const ifSmall = (text: RawBuilder<unknown>) =>
      sql<string | null>`case when octet_length(${text}) <= ${bytesMax} then ${text} end`
    const { rows } = await sql<Omit<FilmMoment, 'at'> & { readonly at: Date }>`
      select seq, at, actor, state,
        ${ifSmall(sql`told.event`)} as event,
        ${ifSmall(sql`told.context`)} as context,
        ${ifSmall(sql`told.snapshot`)} as snapshot,
        json_build_object(
          'event', octet_length(told.event),
          'context', coalesce(octet_length(told.context), 0),
          'snapshot', octet_length(told.snapshot)
        ) as bytes
      from orchestrator.transition
      cross join lateral (
        select event::text as event, snapshot::text as snapshot, (snapshot -> 'context')::text as context
        offset 0
      ) told
      where ${journalOf(saga)} and seq = any(${seqs}::int[])
      order by seq
    `.execute(this.#db)
    return rows.map((row) => ({ ...row, at: row.at.getTime() }))
  }

  /** JSON, as it is stored. */
  async snapshot(saga: FilmedSaga, seq: number): Promise<string | undefined> {
    const { rows } = await sql<{ snapshot: string }>`
      select snapshot::text from orchestrator.transition where ${journalOf(saga)} and seq = ${seq}
    `.execute(this.#db)
    return rows[0]?.snapshot
  }

  /** What the whole journal takes in the store. */
  async storedBytes(saga: FilmedSaga): Promise<number> {
    const { rows } = await sql<{ bytes: string | null }>`
      select sum(pg_column_size(snapshot) + pg_column_size(event)) as bytes
      from orchestrator.transition where ${journalOf(saga)} and seq <= ${saga.seq}
    `.execute(this.#db)
    return Number(rows[0]?.bytes ?? 0)
  }

  /** Rows as they are stored, in pages of bounded size, up to where the saga stood when it was found. */
  async *rows(saga: FilmedSaga, { pageBytes }: { readonly pageBytes: number }): AsyncGenerator<TextRow[]> {
    for (let fromSeq = 0; fromSeq <= saga.seq;) {
      const page = pageOf(saga, { fromSeq, limit: 500, storedBytesMax: pageBytes })
      const { rows } = await sql<Omit<TextRow, 'at'> & { readonly at: Date }>`
        select seq, actor, event::text, timer, at, snapshot::text from (${page}) page order by seq
      `.execute(this.#db)
      const last = rows.at(-1)
      if (last === undefined) return
      yield rows.map((row) => ({ ...row, at: row.at.getTime() }))
      fromSeq = last.seq + 1
    }
  }

  /** What it told the business up to there, as it was told; at most so many. */
  async events(saga: FilmedSaga, limit: number): Promise<{ seq: number; type: string; payload: unknown }[]> {
    return await this.#db
      .selectFrom('business_event')
      .select(['seq', 'type', 'payload'])
      .where('partition', '=', saga.partition)
      .where('saga_id', '=', saga.saga_id)
      .where('seq', '<=', saga.seq)
      .orderBy('seq')
      .orderBy('ordinal')
      .limit(limit)
      .execute()
  }
}

function versionAt({ first_version, moves }: FilmedSaga, seq: number): string {
  return moves.findLast((move) => move.seq <= seq)?.to ?? first_version
}

type Key = Pick<FilmedSaga, 'partition' | 'saga_id'>

const journalOf = ({ partition, saga_id }: Key) => sql`partition = ${partition} and saga_id = ${saga_id}`

interface Page {
  readonly fromSeq: number
  readonly limit: number
  readonly storedBytesMax: number
}

/** Measured by what is stored, for that is known without unpacking anything. */
function pageOf(saga: FilmedSaga, { fromSeq, limit, storedBytesMax }: Page): RawBuilder<unknown> {
  return sql`
    select * from (
      select seq, actor, event, timer, at, state, snapshot,
        sum(pg_column_size(snapshot) + pg_column_size(event)) over (order by seq) as stored,
        row_number() over (order by seq) as place
      from (
        select seq, actor, event, timer, at, state, snapshot
        from orchestrator.transition
        where ${journalOf(saga)} and seq between ${fromSeq} and ${saga.seq}
        order by seq
        limit ${limit}
      ) found
    ) measured
    where stored <= ${storedBytesMax} or place = 1
  `
}

const words = (of: RawBuilder<unknown>, name: string) => sql`left(${of} ->> ${sql.lit(name)}, ${WORDS_MAX})`

/** Of a long one, such as the answer of a participant with a thousand lines, what tells who did what, and what failed. */
function cutEvent(event: RawBuilder<unknown>): RawBuilder<unknown> {
  const members = ['type', 'actorId', 'actor', 'reason', 'step', 'from', 'to']
  const told = members.map((name) => sql`${sql.lit(name)}, ${words(event, name)}`)
  const error = sql`(${event} -> 'error')`
  const failure = ['name', 'message', 'code', 'step'].map(
    (name) => sql`${sql.lit(name)}, ${words(error, name)}`,
  )
  return sql`
    case when octet_length(${event}::text) <= ${EVENT_LENGTH_MAX} then ${event} else json_strip_nulls(
      json_build_object(${sql.join(told)}, 'error',
        case json_typeof(${error}) when 'object' then json_build_object(
          ${sql.join(failure)}, 'status', ${error} -> 'status', 'inDoubt', ${error} -> 'inDoubt'
        ) end
      )
    ) end
  `
}
