/**
 * A page of the sagas that a filter means, newest first, found by index: how many rows are looked at depends on the
 * size of the page and on how many sagas are in flight, not on how many are stored. Asked in one piece, Postgres would
 * guess between sorting all that match and walking back through all that there are; for a version that has not been
 * started for months, or a pair that does not occur, either is the whole table.
 * It only reads: the process may die at any line.
 */
import { sql, type RawBuilder, type SqlBool } from 'kysely'
import {
  all,
  conditionsOf,
  IN_FLIGHT_BY_INDEX,
  otherConditions,
  standingConditions,
  type Condition,
  type SagaFilter,
} from './saga-filter.ts'
import { STANDING, STANDINGS } from './standings.ts'

export interface SagaPage {
  readonly filter: SagaFilter
  /** Only sagas older than this one. */
  readonly before?: string | null
  /** What the caller asks for beside; it reads the table `saga` under that name. */
  readonly also?: readonly Condition[]
  readonly limit: number
}

/** A subquery: partition and id of each. Whoever joins it has to order by saga_id again. */
export function sagaPage(asked: SagaPage): RawBuilder<{ partition: number; saga_id: string }> {
  const { filter, before = null, also = [], limit } = asked
  const asWell = [...(before === null ? [] : [sql<SqlBool>`saga.saga_id < ${before}`]), ...also]
  const newest = sql`order by saga.saga_id desc limit ${limit}`
  const { step, errorCode, q, ended = step === undefined ? undefined : false } = filter
  const isByStanding = ended !== undefined || standingConditions(filter).length > 0
  // Both have an index of their own; and newest first needs none but that of the ids.
  if (q !== undefined || errorCode !== undefined || !isByStanding) {
    return sql`(${select([...conditionsOf(filter), ...asWell])} ${newest})`
  }
  const others = [...otherConditions(filter), ...asWell]
  return sql`(
    with recursive ${STANDINGS},
    in_flight as materialized (${select([IN_FLIGHT_BY_INDEX, ...standingConditions(filter), ...others])})
    select partition, saga_id from (
      select found.* from standing cross join lateral (${select([STANDS_THERE, ...others])} ${newest}) found
      where ${all([...standingConditions(filter, STANDING), ...endedConditions(ended)])}
      union all
      select * from in_flight
    ) saga ${newest}
  )`
}

const select = (conditions: readonly Condition[]) =>
  sql`select saga.partition, saga.saga_id from orchestrator.saga where ${all(conditions)}`

const STANDS_THERE = sql<SqlBool>`saga.machine = standing.machine and saga.version = standing.version
  and saga.resting_status = standing.status and saga.resting_state = standing.state`

/** No step is open, nor keeps failing, where a saga has ended. */
function endedConditions(ended: boolean | undefined): Condition[] {
  if (ended === undefined) return []
  const isOver = sql<SqlBool>`standing.status in ('done', 'failed')`
  return [ended ? isOver : sql<SqlBool>`not ${isOver}`]
}
