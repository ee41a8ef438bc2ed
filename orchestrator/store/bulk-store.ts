/**
 * One verb for many sagas. Whoever takes the next page holds the row of the bulk for it: what the page sends, what it
 * refuses and where it ends are one transaction, so each saga is looked at once, whoever dies in between.
 *
 * If the process dies at any line here, a page was taken as a whole or not at all, and any orchestrator takes the
 * next one.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import { answersOf, pageOf, type Candidate, type Judgement } from './bulk-page.ts'
import {
  orderOf,
  recordOf,
  type BulkOrder,
  type BulkOutcome,
  type BulkRecord,
  type NewBulk,
} from './bulk-record.ts'
import { filtered, type SagaFilter } from './saga-filter.ts'
import type { OrchestratorDatabase } from './schema.ts'

export type BulkCreation =
  | { readonly kind: 'created' | 'repeated'; readonly bulk: BulkRecord }
  /** Nothing was made: the key belongs to another one. */
  | { readonly kind: 'key_reused' }

/** One turn at a bulk. */
export type Turn =
  | { readonly kind: 'taken'; readonly bulkId: string; readonly looked: number }
  /** Nothing is to be taken now; `nextMs` says when something may be, undefined that nothing is under way. */
  | { readonly kind: 'idle'; readonly nextMs: number | undefined }

export type Judge = (order: BulkOrder, saga: Candidate) => Judgement | Promise<Judgement>

export interface TurnOptions {
  /** What this orchestrator can drive, as `id@version`. */
  readonly machines: readonly string[]
  /** Pure: what is possible where a saga stands. */
  readonly judge: Judge
}

/** So many events of one bulk wait for their answers at once: those of others must find their way between them. */
const PENDING_MAX = 1_000
/** How often what was sent is looked at, when there is nothing more to send. */
const COLLECT_MS = 250
/** How long one whose turn failed waits for its next. */
const FAILED_MS = 5_000

export class BulkStore {
  readonly #db: Kysely<OrchestratorDatabase>

  constructor(db: Kysely<OrchestratorDatabase>) {
    this.#db = db
  }

  /** Resolves after its commit. */
  async create(bulk: NewBulk): Promise<BulkCreation> {
    return await this.#db.transaction().execute(async (trx) => {
      const inserted = await insert(trx, bulk)
      if (inserted !== undefined) return { kind: 'created', bulk: recordOf(inserted) }
      const known = await trx
        .selectFrom('bulk')
        .selectAll()
        .where('key', '=', bulk.key)
        .executeTakeFirstOrThrow()
      if (known.fingerprint !== bulk.fingerprint) return { kind: 'key_reused' }
      return { kind: 'repeated', bulk: recordOf(known) }
    })
  }

  async byId(bulkId: string): Promise<BulkRecord | undefined> {
    const query = this.#db.selectFrom('bulk').selectAll().where('bulk_id', '=', bulkId)
    const row = await query.executeTakeFirst()
    return row && recordOf(row)
  }

  /** Newest first. */
  async list({ before, limit }: { readonly before?: string; readonly limit: number }): Promise<BulkRecord[]> {
    let query = this.#db.selectFrom('bulk').selectAll().orderBy('bulk_id', 'desc').limit(limit)
    if (before !== undefined) query = query.where('bulk_id', '<', before)
    return (await query.execute()).map(recordOf)
  }

  /** What became of each saga, newest first. */
  async sagas(bulkId: string, { outcome, before, limit }: SagasPage) {
    let query = this.#db
      .selectFrom('bulk_saga')
      .select(['saga_id', 'outcome', 'why'])
      .where('bulk_id', '=', bulkId)
      .orderBy('saga_id', 'desc')
      .limit(limit)
    if (outcome !== undefined) query = query.where('outcome', '=', outcome)
    if (before !== undefined) query = query.where('saga_id', '<', before)
    return await query.execute()
  }

  /**
   * Stops it, or lets it go on; once this resolves, nothing more is sent. As it is then: one that is done stays so.
   * undefined if there is none.
   */
  async change(bulkId: string, did: 'stop' | 'resume', by: { actor: string; reason: string }) {
    const [from, to] = did === 'stop' ? (['running', 'stopped'] as const) : (['stopped', 'running'] as const)
    const entry = JSON.stringify([{ did, actor: by.actor, reason: by.reason }])
    await this.#db
      .updateTable('bulk')
      .set({
        status: to,
        due_at: sql`now()`,
        history: sql`
          (history::jsonb || jsonb_set(${entry}::jsonb, '{0,at}', to_jsonb(now())))::json`,
      })
      .where('bulk_id', '=', bulkId)
      .where('status', '=', from)
      .execute()
    return await this.byId(bulkId)
  }

  async count(filter: SagaFilter): Promise<number> {
    return await countOf(this.#db, filter)
  }

  /** The first of those that a filter finds, newest first, as they stand. */
  async candidates(filter: SagaFilter, page: { readonly before: string | null; readonly limit: number }) {
    return await pageOf(this.#db, { filter, ...page })
  }

  /**
   * Looks at the next sagas of a bulk that is due, if there is one: sends the verb to those that allow it, and notes
   * why the others do not.
   */
  async turn({ machines, judge }: TurnOptions): Promise<Turn> {
    // Mostly there is none, and then one small statement is all.
    const nextMs = await this.#nextMs(machines)
    if (nextMs === undefined || nextMs > 0) return { kind: 'idle', nextMs }
    let bulkId: string | undefined
    try {
      const taken = await this.#db.transaction().execute(async (trx) => {
        const row = await take(trx, machines)
        bulkId = row?.bulk_id
        return row === undefined ? undefined : await turnOf(trx, row, judge)
      })
      return taken ?? { kind: 'idle', nextMs: 0 }
    } catch (error) {
      if (bulkId !== undefined) await this.#postpone(bulkId)
      throw error
    }
  }

  /** What was at fault may be the bulk itself: the others have their turn before it is tried again. */
  async #postpone(bulkId: string): Promise<void> {
    await this.#db
      .updateTable('bulk')
      .set({ due_at: sql<Date>`now() + ${FAILED_MS}::float8 * interval '1 millisecond'` })
      .where('bulk_id', '=', bulkId)
      .execute()
  }

  async #nextMs(machines: readonly string[]): Promise<number | undefined> {
    const row = await active(this.#db, machines)
      .select(sql<number>`extract(epoch from due_at - clock_timestamp())::float8 * 1000`.as('ms'))
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst()
    return row?.ms
  }
}

export interface SagasPage {
  readonly outcome?: BulkOutcome
  readonly before?: string
  readonly limit: number
}

type Row = Awaited<ReturnType<typeof take>> & object

/** Those that still have something to do, and that an orchestrator with these machines can judge. */
function active(db: Kysely<OrchestratorDatabase>, machines: readonly string[]) {
  return db
    .selectFrom('bulk')
    .where('status', '<>', 'done')
    .where(sql<boolean>`(status = 'running' or sent > applied + ignored + unknown)`)
    .where(sql<boolean>`needs <@ ${machines}::text[]`)
}

async function take(trx: Transaction<OrchestratorDatabase>, machines: readonly string[]) {
  return await active(trx, machines)
    .selectAll()
    .where('due_at', '<=', sql<Date>`now()`)
    .orderBy('due_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
}

async function turnOf(trx: Transaction<OrchestratorDatabase>, row: Row, judge: Judge): Promise<Turn> {
  const answers = await answersOf(trx, row.bulk_id)
  const pending = row.sent - row.applied - row.ignored - row.unknown - answers.total
  const sends = row.status === 'running' && !row.all_seen && pending < PENDING_MAX
  const page = sends ? await look(trx, row, judge) : { looked: 0, sent: 0, refused: 0, allSeen: row.all_seen }
  const isDone = page.allSeen && pending + page.sent === 0
  await trx
    .updateTable('bulk')
    .set((eb) => ({
      applied: eb('applied', '+', answers.applied),
      ignored: eb('ignored', '+', answers.ignored),
      unknown: eb('unknown', '+', answers.unknown),
      sent: eb('sent', '+', page.sent),
      refused: eb('refused', '+', page.refused),
      all_seen: page.allSeen,
      ...(page.last !== undefined && { cursor: page.last }),
      ...(isDone && { status: 'done' as const, ended_at: sql<Date>`now()` }),
      due_at: nextDue(row.rate, page.looked),
    }))
    .where('bulk_id', '=', row.bulk_id)
    .execute()
  return { kind: 'taken', bulkId: row.bulk_id, looked: page.looked }
}

/** What was late is made good, but for more than a second: a pause must not be followed by a flood. */
function nextDue(rate: number, looked: number) {
  const ms = looked === 0 ? COLLECT_MS : (looked * 1_000) / rate
  const from = looked === 0 ? sql`now()` : sql`greatest(due_at, now() - interval '1 second')`
  return sql<Date>`${from} + ${ms}::float8 * interval '1 millisecond'`
}

interface Looked {
  readonly looked: number
  readonly sent: number
  readonly refused: number
  readonly allSeen: boolean
  readonly last?: string
}

const PAGE_MAX = 100
/** A page is what the rate allows in this time: what is sent, is sent evenly. */
const PAGE_MS = 200

async function look(trx: Transaction<OrchestratorDatabase>, row: Row, judge: Judge): Promise<Looked> {
  const limit = Math.min(PAGE_MAX, Math.ceil((row.rate * PAGE_MS) / 1_000))
  const order = orderOf(row)
  const sagas = await pageOf(trx, {
    filter: row.filter as SagaFilter,
    before: row.cursor,
    limit,
    bulk: { bulkId: row.bulk_id, newestSagaId: row.newest_saga_id },
  })
  const judged: { saga: Candidate; judgement: Judgement }[] = []
  for (const saga of sagas) judged.push({ saga, judgement: await judge(order, saga) })
  const sent = await send(trx, row.bulk_id, judged)
  const last = sagas.at(-1)?.sagaId
  return {
    looked: sagas.length,
    sent,
    refused: sagas.length - sent,
    allSeen: sagas.length < limit,
    ...(last !== undefined && { last }),
  }
}

/** Under the key of the bulk: in the inbox of each saga it is there once, whatever happens. */
async function send(
  trx: Transaction<OrchestratorDatabase>,
  bulkId: string,
  judged: readonly { readonly saga: Candidate; readonly judgement: Judgement }[],
): Promise<number> {
  const key = `bulk:${bulkId}`
  const rows = judged.map(({ saga, judgement }) => ({
    partition: saga.partition,
    saga_id: saga.sagaId,
    ...(judgement.kind === 'allowed' ? { event: judgement.event } : { why: judgement.why }),
  }))
  const { rows: noted } = await sql<{ outcome: BulkOutcome }>`
    with judged as materialized (
      select * from json_to_recordset(${JSON.stringify(rows)}::json) as j(
        partition smallint, saga_id uuid, event json, why text
      )
    ),
    sent as (
      insert into orchestrator.inbox (partition, saga_id, key, fingerprint, event)
      select partition, saga_id, ${key}, ${key}, event from judged where why is null
      on conflict (partition, saga_id, key) do nothing
      returning saga_id, id
    )
    insert into orchestrator.bulk_saga (bulk_id, saga_id, outcome, event_id, why)
    select ${bulkId}, j.saga_id, case when s.id is null then 'refused' else 'pending' end, s.id,
      case when s.id is null then coalesce(j.why, 'an event under the key of this bulk is there already') end
    from judged j left join sent s on s.saga_id = j.saga_id
    returning outcome
  `.execute(trx)
  return noted.filter(({ outcome }) => outcome === 'pending').length
}

async function insert(trx: Transaction<OrchestratorDatabase>, bulk: NewBulk) {
  const newest = await trx
    .selectFrom('saga')
    .select('saga_id')
    .orderBy('saga_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const values = {
    bulk_id: bulk.bulkId,
    key: bulk.key,
    fingerprint: bulk.fingerprint,
    verb: bulk.verb,
    asked: JSON.stringify(bulk.asked),
    filter: JSON.stringify(bulk.filter),
    details: JSON.stringify(bulk.details),
    actor: bulk.actor,
    reason: bulk.reason,
    needs: [...bulk.needs],
    rate: bulk.rate,
    total: await countOf(trx, bulk.filter),
    newest_saga_id: newest?.saga_id ?? bulk.bulkId,
  }
  const conflict = trx
    .insertInto('bulk')
    .values(values)
    .onConflict((on) => on.column('key').doNothing())
  return await conflict.returningAll().executeTakeFirst()
}

async function countOf(db: Kysely<OrchestratorDatabase>, filter: SagaFilter): Promise<number> {
  const all = db.selectFrom('saga').select(({ fn }) => fn.countAll<string>().as('count'))
  const { count } = await filtered(all, filter).executeTakeFirstOrThrow()
  return Number(count)
}
