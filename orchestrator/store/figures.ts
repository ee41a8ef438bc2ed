/**
 * Figures of the whole database, which are the same at every orchestrator: where unfinished sagas stand, how old the
 * oldest of them are, what waits in the inbox. Sagas that have ended, which are most, are not counted.
 * It only reads: the process may die at any line.
 */
import { sql, type Kysely } from 'kysely'
import type { SagaStatus } from '../engine/ports.ts'
import { IN_FLIGHT_BY_INDEX } from './saga-filter.ts'
import type { OrchestratorDatabase } from './schema.ts'
import { STANDINGS } from './standings.ts'

export interface Figures {
  readonly unfinished: readonly StandingFigure[]
  /** Events that no transition has answered yet. */
  readonly inbox: { readonly waiting: number; readonly oldestSeconds: number }
  /** How many there are, owned or not. */
  readonly partitions: number
}

/** Sagas of one machine, of whichever version, that stand in one place. */
interface StandingFigure {
  readonly machine: string
  readonly status: SagaStatus
  readonly state: string
  readonly sagas: number
  /** Since its start; null where all of them only wait, for a timer or an event, as their chart means them to. */
  readonly oldestSeconds: number | null
}

export async function readFigures(db: Kysely<OrchestratorDatabase>): Promise<Figures> {
  const unfinished = await unfinishedSagas(db)
  return { unfinished, ...(await besideSagas(db)) }
}

/** Ids tell when their sagas began: the least of those at rest is found by the index, and its row read. */
async function unfinishedSagas(db: Kysely<OrchestratorDatabase>): Promise<StandingFigure[]> {
  const { rows } = await sql<StandingRow>`
    with recursive ${STANDINGS},
    counted as (
      select standing.machine, standing.status, standing.state, resting.sagas,
        case when standing.status = 'parked' then (
          select s.created_at from orchestrator.saga s
          where s.machine = standing.machine and s.version = standing.version
            and s.resting_status = standing.status and s.resting_state = standing.state
          order by s.saga_id
          limit 1
        ) end as oldest
      from standing cross join lateral (
        select count(*) as sagas from orchestrator.saga s
        where s.machine = standing.machine and s.version = standing.version
          and s.resting_status = standing.status and s.resting_state = standing.state
      ) resting
      where standing.status not in ('done', 'failed')
      union all
      select machine, status, state, count(*), min(created_at) from orchestrator.saga
      where ${IN_FLIGHT_BY_INDEX}
      group by machine, status, state
    )
    select machine, status, state, sum(sagas) as sagas,
      extract(epoch from now() - min(oldest))::float8 as oldest_seconds
    from counted
    group by machine, status, state
    order by machine, status, state
  `.execute(db)
  return rows.map(({ oldest_seconds: oldestSeconds, sagas, ...where }) => {
    return { ...where, sagas: Number(sagas), oldestSeconds }
  })
}

type StandingRow = Omit<StandingFigure, 'sagas' | 'oldestSeconds'> & {
  /** bigint: pg answers it as text. */
  sagas: string
  oldest_seconds: number | null
}

async function besideSagas(db: Kysely<OrchestratorDatabase>): Promise<Omit<Figures, 'unfinished'>> {
  const { rows } = await sql<{ waiting: string; oldest_seconds: number; partitions: string }>`
    select count(*) as waiting,
      coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds,
      (select count(*) from orchestrator.partition) as partitions
    from orchestrator.inbox where outcome is null
  `.execute(db)
  const [row] = rows
  return {
    inbox: { waiting: Number(row?.waiting), oldestSeconds: Number(row?.oldest_seconds) },
    partitions: Number(row?.partitions),
  }
}
