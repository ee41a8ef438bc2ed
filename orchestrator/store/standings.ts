/**
 * Where sagas at rest stand: each place (machine, version, status, state) that any of them is in, found in the index by
 * leaping from one to the next. There are some dozens, however many sagas are stored.
 * It only reads: the process may die at any line.
 */
import { sql } from 'kysely'

/** CTEs, for `with recursive`: `standing (machine, version, status, state)`. */
export const STANDINGS = sql`
  known as (
    (
      select machine, version from orchestrator.saga s
      where s.resting_status is not null
      order by machine, version
      limit 1
    )
    union all
    select next.machine, next.version
    from known cross join lateral (
      select machine, version from orchestrator.saga s
      where (s.machine, s.version) > (known.machine, known.version) and s.resting_status is not null
      order by s.machine, s.version
      limit 1
    ) next
  ),
  standing as (
    select known.machine, known.version, first.resting_status as status, first.resting_state as state
    from known cross join lateral (
      select resting_status, resting_state from orchestrator.saga s
      where s.machine = known.machine and s.version = known.version and s.resting_status is not null
      order by s.resting_status, s.resting_state
      limit 1
    ) first
    union all
    select standing.machine, standing.version, next.resting_status, next.resting_state
    from standing cross join lateral (
      select resting_status, resting_state from orchestrator.saga s
      where s.machine = standing.machine and s.version = standing.version
        and (s.resting_status, s.resting_state) > (standing.status, standing.state)
        -- Postgres can't tell from a comparison of rows that the index has it.
        and s.resting_status is not null
      order by s.resting_status, s.resting_state
      limit 1
    ) next
  )`

/** Its columns, by what they are called in a filter. */
export const STANDING = {
  machine: 'standing.machine',
  version: 'standing.version',
  status: 'standing.status',
  state: 'standing.state',
}
