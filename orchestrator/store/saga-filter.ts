/**
 * Which sagas are meant, for all that speak of many at once: lists, exports, verbs in bulk. The words of the filter
 * are those of the API.
 * It only reads: the process may die at any line.
 */
import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely'
import { SAGA_STATUSES, type SagaStatus } from '../engine/ports.ts'
import { isUuid } from '../uuid.ts'

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
  /** Only sagas that have ended, or only those that have not. */
  readonly ended?: boolean
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

export type Condition = RawBuilder<SqlBool>

/** Where sagas stand is indexed of those at rest only: what is in flight changes with every transition, and is few. */
const IN_FLIGHT = sql<SqlBool>`(saga.wake_at = timestamptz '-infinity' and saga.resting_status is null)`

/** With each partition named, an index leads to those in flight, past all that only wait. */
export const IN_FLIGHT_BY_INDEX = sql<SqlBool>`
  (saga.partition = any(array(select id from orchestrator.partition)) and ${IN_FLIGHT})`

export function conditionsOf(filter: SagaFilter): Condition[] {
  const { machine, version, ...rest } = filter
  const atRest = standingConditions(rest, { status: 'saga.resting_status', state: 'saga.resting_state' })
  const inFlight = standingConditions(rest, { status: 'saga.status', state: 'saga.state' })
  return [
    ...standingConditions({
      ...(machine !== undefined && { machine }),
      ...(version !== undefined && { version }),
    }),
    ...(atRest.length === 0 ? [] : [sql<SqlBool>`(${all(atRest)} or (${IN_FLIGHT} and ${all(inFlight)}))`]),
    ...otherConditions(filter),
  ]
}

/** The columns that tell where a saga stands, as the query calls them. */
interface StandingColumns {
  readonly machine?: string
  readonly version?: string
  readonly status?: string
  readonly state?: string
}

export function standingConditions(
  { machine, version, status, state }: SagaFilter,
  columns: StandingColumns = {},
): Condition[] {
  // Not sql.ref: a query builder that adds the schema would add it to an alias too.
  const column = (name: keyof StandingColumns) => sql.raw(columns[name] ?? `saga.${name}`)
  const shown = SAGA_STATUSES.find((known) => known.toUpperCase() === state)
  return [
    ...(machine === undefined ? [] : [sql<SqlBool>`${column('machine')} = ${machine}`]),
    ...(version === undefined ? [] : [sql<SqlBool>`${column('version')} = ${version}`]),
    ...(status === undefined ? [] : [sql<SqlBool>`${column('status')} = ${status}`]),
    ...(shown === undefined ? [] : [sql<SqlBool>`${column('status')} = ${shown}`]),
    ...(state === undefined || shown !== undefined ? [] : [isWithin(column('state'), state)]),
  ]
}

/** Those that have nothing to do with where a saga stands. */
export function otherConditions({
  step,
  errorCode,
  ended,
  createdBefore,
  createdSince,
  q,
}: SagaFilter): Condition[] {
  return [
    // Nothing is open, nor fails, where a saga has ended: the index of those that have not serves it.
    ...(step === undefined ? [] : [sql<SqlBool>`saga.step = ${step} and saga.wake_at is not null`]),
    ...(errorCode === undefined ? [] : [sql<SqlBool>`saga.error_code = ${errorCode}`]),
    ...(ended === undefined
      ? []
      : [ended ? sql<SqlBool>`saga.wake_at is null` : sql<SqlBool>`saga.wake_at is not null`]),
    ...(createdBefore === undefined ? [] : [sql<SqlBool>`saga.saga_id < ${firstIdOf(createdBefore)}`]),
    ...(createdSince === undefined ? [] : [sql<SqlBool>`saga.saga_id >= ${firstIdOf(createdSince)}`]),
    ...(q === undefined ? [] : [isCalled(q)]),
  ]
}

export const all = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`

const isWithin = (column: RawBuilder<unknown>, state: string): Condition =>
  sql`(${column} = ${state} or starts_with(${column}, ${`${state}.`}))`

function isCalled(q: string): Condition {
  const begins = sql<SqlBool>`saga.business_key like ${`${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`}`
  return isUuid(q) ? sql`(${begins} or saga.saga_id = ${q})` : begins
}

/** The least uuid v7 of that millisecond: ids tell when their sagas were created, and are indexed. */
function firstIdOf(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
