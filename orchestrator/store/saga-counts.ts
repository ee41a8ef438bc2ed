/**
 * How many sagas stand where. Those at rest are counted in the index that has them by standing, without a look at the
 * table; those in flight, which are few, one by one.
 * It only reads: the process may die at any line.
 */
import { sql, type Kysely } from 'kysely'
import type { SagaStatus } from '../engine/ports.ts'
import { all, IN_FLIGHT_BY_INDEX, standingConditions, type SagaFilter } from './saga-filter.ts'
import type { OrchestratorDatabase } from './schema.ts'
import { STANDING, STANDINGS } from './standings.ts'

export interface SagaCount {
  readonly machine: string
  readonly version: string
  readonly status: SagaStatus
  /** As it is shown: DONE and FAILED for those that have ended. */
  readonly state: string
  readonly sagas: number
}

export async function countSagas(
  db: Kysely<OrchestratorDatabase>,
  filter: Pick<SagaFilter, 'machine' | 'version'>,
): Promise<SagaCount[]> {
  const { rows } = await sql<Omit<SagaCount, 'sagas'> & { sagas: string }>`
    with recursive ${STANDINGS},
    counted as (
      select standing.*, (
        select count(*) from orchestrator.saga s
        where s.machine = standing.machine and s.version = standing.version
          and s.resting_status = standing.status and s.resting_state = standing.state
      ) as sagas
      from standing where ${all(standingConditions(filter, STANDING))}
      union all
      select machine, version, status, state, count(*) from orchestrator.saga
      where ${all([IN_FLIGHT_BY_INDEX, ...standingConditions(filter)])}
      group by machine, version, status, state
    ),
    shown as (
      select machine, version, status,
        case when status in ('done', 'failed') then upper(status) else state end as state, sagas
      from counted
    )
    select machine, version, status, state, sum(sagas) as sagas from shown
    group by machine, version, status, state
    order by machine, version, status, state
  `.execute(db)
  return rows.map((row) => ({ ...row, sagas: Number(row.sagas) }))
}
