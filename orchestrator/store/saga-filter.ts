/**
 * Which sagas are meant, for all that speak of many at once: lists, exports, verbs in bulk. The words of the filter
 * are those of the API; the clauses are written so that an index serves each of them.
 * It only reads: the process may die at any line.
 */
import { expressionBuilder, sql, type Expression, type SqlBool } from 'kysely'
import { SAGA_STATUSES, type SagaStatus } from '../engine/ports.ts'
import type { OrchestratorDatabase } from './schema.ts'

/** What is missing filters nothing. Plain JSON, so that it can be kept and used again: it means the same later. */
export interface SagaFilter {
  readonly machine?: string
  readonly version?: string
  readonly status?: SagaStatus
  /** As it is shown (DONE, FAILED), or the whole path, as in `doing.lock`, or the beginning of it up to a dot. */
  readonly state?: string
  /** The step that is open, or that keeps failing. */
  readonly step?: string
  readonly errorCode?: string
  /** Milliseconds since the epoch: only sagas that were created before. */
  readonly createdBefore?: number
  /** Milliseconds since the epoch: only sagas that were created then or later. */
  readonly createdSince?: number
  /** A saga_id, or the beginning of a business key. */
  readonly q?: string
}

interface Filterable<Query> {
  where(condition: Expression<SqlBool>): Query
}

/** `query` for those sagas only. It reads the table `saga` under that name. */
export function filtered<Query extends Filterable<Query>>(query: Query, filter: SagaFilter): Query {
  return conditionsOf(filter).reduce((narrowed: Query, condition) => narrowed.where(condition), query)
}

const eb = expressionBuilder<OrchestratorDatabase, 'saga'>()
const IN_FLIGHT = sql<SqlBool>`(saga.wake_at = timestamptz '-infinity' and saga.resting_status is null)`

function conditionsOf(filter: SagaFilter): Expression<SqlBool>[] {
  const { machine, version, status, state, step, errorCode, createdBefore, createdSince, q } = filter
  return [
    ...(machine === undefined ? [] : [eb('saga.machine', '=', machine)]),
    ...(version === undefined ? [] : [eb('saga.version', '=', version)]),
    ...(status === undefined ? [] : [hasStatus(status)]),
    ...(state === undefined ? [] : [isIn(state)]),
    // Nothing is open, nor fails, where a saga has ended: the index of those that have not serves it.
    ...(step === undefined ? [] : [eb('saga.step', '=', step), eb('saga.wake_at', 'is not', null)]),
    ...(errorCode === undefined ? [] : [eb('saga.error_code', '=', errorCode)]),
    ...(createdBefore === undefined ? [] : [eb('saga.saga_id', '<', firstIdOf(createdBefore))]),
    ...(createdSince === undefined ? [] : [eb('saga.saga_id', '>=', firstIdOf(createdSince))]),
    ...(q === undefined ? [] : [isCalled(q)]),
  ]
}

/** Only what rests is indexed by it; what has ended rests for ever, and those in flight are few. */
function hasStatus(status: SagaStatus): Expression<SqlBool> {
  const rests = eb('saga.resting_status', '=', status)
  if (status === 'done' || status === 'failed') return rests
  return eb.or([rests, eb.and([IN_FLIGHT, eb('saga.status', '=', status)])])
}

function isIn(state: string): Expression<SqlBool> {
  const status = SAGA_STATUSES.find((known) => known.toUpperCase() === state)
  if (status !== undefined) return hasStatus(status)
  const within = (column: 'saga.resting_state' | 'saga.state') =>
    eb.or([eb(column, '=', state), sql<SqlBool>`starts_with(${sql.ref(column)}, ${`${state}.`})`])
  return eb.or([within('saga.resting_state'), eb.and([IN_FLIGHT, within('saga.state')])])
}

function isCalled(q: string): Expression<SqlBool> {
  const begins = eb('saga.business_key', 'like', `${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`)
  return isUuid(q) ? eb.or([begins, eb('saga.saga_id', '=', q)]) : begins
}

/** The least uuid v7 of that millisecond: ids tell when their sagas were created, and are indexed. */
function firstIdOf(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
