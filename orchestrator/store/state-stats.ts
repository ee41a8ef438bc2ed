/**
 * What states have seen of late: how many sagas entered each, how often its step failed, how long sagas stayed.
 *
 * The journal has no index by time, and needs none: transactions begin nearly in the order of time, so the newest rows
 * are the end of the index of those. So many of them are read and no more, however many are stored; in a house where
 * more happens in the window than that, the answer begins later, and says so.
 *
 * A stay is of a saga in a state: from the row that led there until the first one that led elsewhere, for rows between
 * may leave it where it is. One that began before the window began is followed back, a limited number of rows.
 *
 * It only reads: the process may die at any line.
 */
import { sql, type Kysely } from 'kysely'
import type { OrchestratorDatabase } from './schema.ts'

export interface StateStats {
  /** Since when: the beginning of the window, or of what could be read of it. */
  readonly since: Date
  /** False if more has happened than is read. */
  readonly isWhole: boolean
  readonly states: readonly StateStat[]
}

interface StateStat {
  readonly machine: string
  readonly version: string
  /** As it is shown: DONE and FAILED for those that have ended. */
  readonly state: string
  readonly transitions: number
  /** How many times a saga came here from elsewhere, or began here. */
  readonly entered: number
  /** How many steps failed here. */
  readonly errors: number
  /** Of all stays that ended, 95 in 100 took no longer; null if none ended. */
  readonly p95Ms: number | null
}

const HOUR = sql.raw("interval '1 hour'")
const ROWS_MAX = sql.lit(50_000)
/** Read first: the window may begin among them. */
const FEW_ROWS = sql.lit(2_000)
/** How far back a stay is followed that began before all that is read. */
const ROWS_BEFORE_MAX = sql.lit(20)
/** Nobody needs it so badly that commits should wait behind it. */
const TIMEOUT_MS = 5_000

interface Line extends Omit<StateStat, 'machine'> {
  readonly since: Date
  readonly isWhole: boolean
  /** Null in the one line that there is if nothing happened. */
  readonly machine: string | null
}

export async function stateStats(db: Kysely<OrchestratorDatabase>): Promise<StateStats> {
  const lines = await db.transaction().execute(async (trx) => {
    await sql`set local statement_timeout = ${sql.lit(TIMEOUT_MS)}`.execute(trx)
    // What it sorts is a few megabytes: in files it takes twice the time.
    await sql`set local work_mem = '32MB'`.execute(trx)
    return (await STATS.execute(trx)).rows
  })
  const [first] = lines
  if (first === undefined) throw new Error('Postgres did not tell since when')
  const { since, isWhole } = first
  return { since, isWhole, states: lines.flatMap(statOf) }
}

function statOf({ since: _since, isWhole: _isWhole, machine, ...stat }: Line): StateStat[] {
  return machine === null ? [] : [{ machine, ...stat }]
}

/**
 * From the newest rows to those in the window, with the rows that led to them; from each row to where its saga came from
 * and how long it had been there; from that to the states.
 */
const STATS = sql<Line>`
  with newest as materialized (
    select partition, saga_id, seq, at, state, starts_with(event ->> 'type', 'xstate.error.actor.') as failed
    from orchestrator.transition
    order by committed_in desc
    limit (
      -- In a quiet house few rows reach back far enough.
      select case when min(at) < now() - ${HOUR} then ${FEW_ROWS} else ${ROWS_MAX} end
      from (select at from orchestrator.transition order by committed_in desc limit ${FEW_ROWS}) few
    )
  ),
  span as materialized (
    select count(*) < ${ROWS_MAX} or min(at) < now() - ${HOUR} as whole,
      case when count(*) < ${ROWS_MAX} then now() - ${HOUR} else greatest(min(at), now() - ${HOUR}) end as since
    from newest
  ),
  told as (
    select newest.* from newest cross join span where newest.at >= span.since
  ),
  moved as (
    select saga.*, s.*
    from (select partition, saga_id, min(seq) as first_seq from told group by partition, saga_id) saga
    cross join lateral (
      select machine, version, status, seq as last_seq from orchestrator.saga s
      where s.partition = saga.partition and s.saga_id = saga.saga_id
      -- One by one: asked for thousands at once, Postgres would rather read the whole table.
      offset 0
    ) s
  ),
  line as (
    select told.*, true as is_told from told
    union all
    select saga.partition, saga.saga_id, before.*, false, false
    from moved saga cross join lateral (
      select seq, at, state from orchestrator.transition t
      where t.partition = saga.partition and t.saga_id = saga.saga_id and t.seq < saga.first_seq
        and t.seq >= coalesce(
          -- Back to where it came from, and no further: what was before is most of a long journal.
          (
            select seq from orchestrator.transition e
            where e.partition = saga.partition and e.saga_id = saga.saga_id
              and e.seq between saga.first_seq - ${ROWS_BEFORE_MAX} and saga.first_seq - 2
              and e.state <> (
                select state from orchestrator.transition l
                where l.partition = saga.partition and l.saga_id = saga.saga_id and l.seq = saga.first_seq - 1
              )
            order by seq desc limit 1
          ),
          saga.first_seq - ${ROWS_BEFORE_MAX}
        )
      offset 0
    ) before
  ),
  shown as (
    select saga.machine, saga.version, line.partition, line.saga_id, line.seq, line.at, line.failed, line.is_told,
      case when line.seq = saga.last_seq and saga.status in ('done', 'failed') then upper(saga.status)
        else line.state end as state
    from line join moved saga on saga.partition = line.partition and saga.saga_id = line.saga_id
  ),
  step as (
    select shown.*, lag(state) over saga as from_state from shown
    window saga as (partition by partition, saga_id order by seq)
  ),
  arrival as (
    select machine, version, state, from_state, is_told,
      -- Where the row is the first that is known of a longer journal, nobody knows when the saga came there.
      at - lag(case when from_state is not null or seq = 0 then at end) over saga as stayed
    from step
    where state is distinct from from_state
    window saga as (partition by partition, saga_id order by seq)
  ),
  entered as (
    select machine, version, state, count(*)::integer as transitions,
      (count(*) filter (where state <> from_state or seq = 0))::integer as entered
    from step where is_told group by machine, version, state
  ),
  errors as (
    select machine, version, from_state as state, count(*)::integer as errors
    from step where is_told and failed group by machine, version, from_state
  ),
  stays as (
    select machine, version, from_state as state,
      (extract(epoch from percentile_cont(0.95) within group (order by stayed)) * 1000)::float8 as "p95Ms"
    from arrival where is_told and stayed is not null group by machine, version, from_state
  ),
  stat as (
    select machine, version, state, coalesce(transitions, 0) as transitions, coalesce(entered, 0) as entered,
      coalesce(errors, 0) as errors, "p95Ms"
    from entered full join errors using (machine, version, state) full join stays using (machine, version, state)
  )
  select span.since, span.whole as "isWhole", stat.*
  from span left join stat on true
  order by machine, version, state`
