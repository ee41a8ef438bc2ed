/**
 * The sagas of one page of a bulk, and the answers to what was sent before. Within the transaction of whoever has the
 * bulk: if the process dies at any line here, nothing of it was done.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Problem, SagaStatus } from '../engine/ports.ts'
import type { OperatorEvent } from '../engine/verbs/operator-event.ts'
import type { Condition, SagaFilter } from './saga-filter.ts'
import { sagaPage } from './saga-page.ts'
import { sagasWithSnapshot } from './sagas-with-snapshot.ts'
import type { OrchestratorDatabase } from './schema.ts'

/** A saga that a bulk may be about, as it stands. */
export interface Candidate {
  readonly partition: number
  readonly sagaId: string
  readonly machine: string
  readonly version: string
  readonly status: SagaStatus
  readonly state: string
  readonly problem: Problem | null
  readonly snapshot: unknown
}

export type Judgement =
  | { readonly kind: 'allowed'; readonly event: OperatorEvent }
  /** Nothing is sent; why, in words. */
  | { readonly kind: 'refused'; readonly why: string }

interface Page {
  readonly filter: SagaFilter
  /** Only sagas older than this one. */
  readonly before: string | null
  readonly limit: number
  /** Only sagas that there were when this bulk was made. */
  readonly bulk?: { readonly bulkId: string; readonly newestSagaId: string }
}

/** Newest first. */
export async function pageOf(
  db: Kysely<OrchestratorDatabase>,
  { filter, before, limit, bulk }: Page,
): Promise<Candidate[]> {
  const page = sagaPage({ filter, before, limit, also: bulk === undefined ? [] : [wasThere(bulk)] })
  const rows = await sagasWithSnapshot(db)
    .innerJoin(page.as('page'), (join) =>
      join.onRef('page.partition', '=', 'saga.partition').onRef('page.saga_id', '=', 'saga.saga_id'),
    )
    .select([
      'saga.partition',
      'saga.saga_id',
      'machine',
      'version',
      'status',
      'saga.state',
      'problem',
      'snapshot',
    ])
    .orderBy('saga.saga_id', 'desc')
    .execute()
  return rows.map(({ saga_id: sagaId, problem, ...saga }) => ({
    ...saga,
    sagaId,
    problem: problem as Problem | null,
  }))
}

/** By id, for an index leads there; but ids tell the time of processes, of which one may be slow, so by the database's clock. */
const wasThere = ({ bulkId, newestSagaId }: NonNullable<Page['bulk']>): Condition => sql`
  (saga.saga_id <= ${newestSagaId}
    and saga.created_at <= (select created_at from orchestrator.bulk where bulk_id = ${bulkId}))`

export interface Answers {
  readonly total: number
  readonly applied: number
  readonly ignored: number
  /** Of sagas that were removed before anybody looked. */
  readonly unknown: number
}

/** Keeps the answers that have come since: the inbox loses them when its saga is removed. */
export async function answersOf(trx: Transaction<OrchestratorDatabase>, bulkId: string): Promise<Answers> {
  const { rows } = await sql<{ outcome: 'applied' | 'ignored' | 'unknown' }>`
    with answer as materialized (
      select b.saga_id, case when i.id is null then 'unknown' else i.outcome end as outcome
      from orchestrator.bulk_saga b
      left join orchestrator.inbox i on i.id = b.event_id
      where b.bulk_id = ${bulkId} and b.outcome = 'pending' and (i.id is null or i.outcome is not null)
    )
    update orchestrator.bulk_saga b
    set outcome = answer.outcome
    from answer
    where b.bulk_id = ${bulkId} and b.saga_id = answer.saga_id
    returning b.outcome
  `.execute(trx)
  const count = (wanted: string) => rows.filter(({ outcome }) => outcome === wanted).length
  return {
    total: rows.length,
    applied: count('applied'),
    ignored: count('ignored'),
    unknown: count('unknown'),
  }
}
