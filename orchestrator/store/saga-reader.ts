/**
 * What the API reads. Everything comes from committed rows, so any orchestrator can answer for any saga.
 * It only reads: the process may die at any line.
 */
import { sql, type Kysely } from 'kysely'
import type { Problem, SagaStatus, Trouble } from '../engine/ports.ts'
import { JournalTail } from './journal-tail.ts'
import { countSagas, type SagaCount } from './saga-counts.ts'
import { SagaFilm } from './saga-film.ts'
import type { SagaFilter } from './saga-filter.ts'
import { sagaPage, type SagaPage } from './saga-page.ts'
import { sagasWithSnapshot } from './sagas-with-snapshot.ts'
import type { OrchestratorDatabase } from './schema.ts'
import { stateStats, type StateStats } from './state-stats.ts'
import { TransitionFeed } from './transition-feed.ts'

export interface SagaRecord {
  readonly sagaId: string
  readonly machine: string
  readonly version: string
  readonly businessKey: string | null
  /** The trace context of the call that started it. */
  readonly trace: string | null
  readonly status: SagaStatus
  readonly state: string
  readonly seq: number
  readonly input: unknown
  readonly problem: Problem | null
  /** The step whose call is open, or that keeps failing. */
  readonly step: string | null
  /** Null too for a saga that last moved before its row told of it. */
  readonly trouble: Trouble | null
  readonly errorCode: string | null
  readonly snapshot: SnapshotRecord
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface Standing {
  readonly status: SagaStatus
  /** What the machine put out, once the saga has ended. */
  readonly output: unknown
}

/** The members of a persisted snapshot that people are shown. */
interface SnapshotRecord {
  readonly output?: unknown
  readonly context: Readonly<Record<string, unknown>>
  readonly timers?: Readonly<Record<string, { readonly dueAt: number }>>
}

export class SagaReader {
  /** Of all sagas. */
  readonly feed: TransitionFeed
  /** Of a few, as they grow. */
  readonly journals: JournalTail
  /** Of one, moment by moment. */
  readonly film: SagaFilm
  readonly #db: Kysely<OrchestratorDatabase>

  constructor(db: Kysely<OrchestratorDatabase>) {
    this.feed = new TransitionFeed(db)
    this.journals = new JournalTail(db)
    this.film = new SagaFilm(db)
    this.#db = db
  }

  async byId(sagaId: string): Promise<SagaRecord | undefined> {
    const row = await recordsOf(this.#db).where('saga.saga_id', '=', sagaId).executeTakeFirst()
    return row && recordOf(row)
  }

  /** The saga that was started under this idempotency key, and the fingerprint of its request. */
  async byKey(key: string): Promise<{ sagaId: string; fingerprint: string } | undefined> {
    const row = await this.#db
      .selectFrom('idempotency_key')
      .select(['saga_id', 'fingerprint'])
      .where('key', '=', key)
      .executeTakeFirst()
    return row && { sagaId: row.saga_id, fingerprint: row.fingerprint }
  }

  /** Rejects, or does not answer, while the database can't be read. */
  async ping(): Promise<void> {
    await sql`select 1`.execute(this.#db)
  }

  /** How many sagas at once stand, for those who wait for them; unknown ones are missing. */
  async standings(sagaIds: readonly string[]): Promise<Map<string, Standing>> {
    const rows = await sagasWithSnapshot(this.#db)
      .where(sql<boolean>`saga.saga_id = any(${sagaIds}::uuid[])`)
      .select(['saga.saga_id', 'status', sql`snapshot -> 'output'`.as('output')])
      .execute()
    return new Map(
      rows.map(({ saga_id, status, output }) => [saga_id, { status, output: output ?? undefined }]),
    )
  }

  /** Newest first. */
  async list(filter: SagaFilter, page: Omit<SagaPage, 'filter'>): Promise<SagaRecord[]> {
    const rows = await recordsOf(this.#db)
      .innerJoin(sagaPage({ filter, ...page }).as('page'), (join) =>
        join.onRef('page.partition', '=', 'saga.partition').onRef('page.saga_id', '=', 'saga.saga_id'),
      )
      .orderBy('saga.saga_id', 'desc')
      .execute()
    return rows.map(recordOf)
  }

  /** By machine, version, status and state. */
  async counts(filter: Pick<SagaFilter, 'machine' | 'version'>): Promise<SagaCount[]> {
    return countSagas(this.#db, filter)
  }

  /** Of the last hour. */
  async stateStats(): Promise<StateStats> {
    return stateStats(this.#db)
  }

  /** Business events, oldest first. */
  async events(sagaId: string): Promise<{ type: string; payload: unknown; created_at: Date }[]> {
    return await this.#db
      .selectFrom('business_event')
      .innerJoin('saga', (join) =>
        join
          .onRef('saga.partition', '=', 'business_event.partition')
          .onRef('saga.saga_id', '=', 'business_event.saga_id'),
      )
      .select(['type', 'payload', 'business_event.created_at'])
      .where('saga.saga_id', '=', sagaId)
      .orderBy('business_event.seq')
      .orderBy('ordinal')
      .execute()
  }

  /** The journal from `fromSeq` on, oldest first. */
  async transitions(sagaId: string, { fromSeq, limit }: { fromSeq: number; limit: number }) {
    return await this.#db
      .selectFrom('transition')
      .innerJoin('saga', (join) =>
        join
          .onRef('saga.partition', '=', 'transition.partition')
          .onRef('saga.saga_id', '=', 'transition.saga_id'),
      )
      .select(['transition.seq', 'actor', 'event', 'timer', 'at', 'transition.state', 'snapshot'])
      .where('saga.saga_id', '=', sagaId)
      .where('transition.seq', '>=', fromSeq)
      .orderBy('transition.seq')
      .limit(limit)
      .execute()
  }
}

function recordsOf(db: Kysely<OrchestratorDatabase>) {
  return sagasWithSnapshot(db).select([
    'saga.saga_id',
    'machine',
    'version',
    'business_key',
    'trace',
    'status',
    'saga.state',
    'saga.seq',
    'input',
    'problem',
    'step',
    'trouble',
    'error_code',
    'snapshot',
    'saga.created_at',
    'saga.updated_at',
  ])
}

type RecordRow = Awaited<ReturnType<ReturnType<typeof recordsOf>['executeTakeFirstOrThrow']>>

function recordOf(row: RecordRow): SagaRecord {
  return {
    sagaId: row.saga_id,
    machine: row.machine,
    version: row.version,
    businessKey: row.business_key,
    trace: row.trace,
    status: row.status,
    state: row.state,
    seq: row.seq,
    input: row.input,
    problem: row.problem as Problem | null,
    step: row.step,
    trouble: row.trouble as Trouble | null,
    errorCode: row.error_code,
    snapshot: row.snapshot as SnapshotRecord,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
