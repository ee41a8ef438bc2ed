// Where the sagas stand: each has ended, is parked with its reason, or is on its way.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { SagaStatus } from '../../engine/ports.ts'
import { isAbandoned, type Check } from './check.ts'

export interface SagaCounts extends Readonly<Record<SagaStatus, number>> {
  /** Since the last transition of the saga in flight that has been still the longest; null if none is in flight. */
  readonly oldest_in_flight_seconds: number | null
  /** Sagas that were old and are not there any more. */
  readonly removed: number
  /** What sagas from before did, may have been done by one of those; null if there is none. */
  readonly removed_before: string | null
}

/** An hour more than it was, for ids are of the clocks of orchestrators. */
const removedBefore = sql`(select max(ended_until) + interval '1 hour' from orchestrator.removed)`

export async function countSagas(db: Kysely<unknown>): Promise<SagaCounts> {
  const { rows } = await sql<Omit<SagaCounts, 'removed_before'> & { removed_before: Date | null }>`
    select
      (count(*) filter (where status = 'done'))::integer as done,
      (count(*) filter (where status = 'failed'))::integer as failed,
      (count(*) filter (where status = 'parked'))::integer as parked,
      (count(*) filter (where status = 'running'))::integer as running,
      (count(*) filter (where status = 'compensating'))::integer as compensating,
      extract(epoch from now() - min(updated_at) filter (where status in ('running', 'compensating')))::float
        as oldest_in_flight_seconds,
      (select coalesce(sum(sagas), 0)::float from orchestrator.removed) as removed,
      ${removedBefore} as removed_before
    from orchestrator.saga
  `.execute(db)
  const [counts] = rows
  if (counts === undefined) throw new Error('an aggregate without group by has one row')
  return { ...counts, removed_before: counts.removed_before?.toISOString() ?? null }
}

/** `stillForSeconds` is how long a saga may be in flight without a transition; undefined is for ever. */
export function sagaChecks(stillForSeconds: number | undefined): Check[] {
  return [
    ...(stillForSeconds === undefined ? [] : stillFor(stillForSeconds)),
    parkedWithoutReason,
    statusAgainstState,
    unknownKeys,
    keyedCallsOfNobody,
    eventsOfNobody,
  ]
}

/** A timer that is due is heard of within a moment, which must not count as late. */
const WAKING_SECONDS = 5

function stillFor(seconds: number): Check[] {
  return [inFlightTooLong(seconds), unansweredFor(seconds), overdueFor(seconds + WAKING_SECONDS)]
}

const inFlightTooLong = (seconds: number): Check => ({
  name: 'sagas',
  faults: sql`
    select saga_id, format('is %s in %s, and has not moved for %s s', status, state,
      round(extract(epoch from now() - updated_at), 1)) as what
    from orchestrator.saga
    where status in ('running', 'compensating') and updated_at <= clock_timestamp() - ${seconds} * interval '1 second'
  `,
})

const unansweredFor = (seconds: number): Check => ({
  name: 'sagas',
  faults: sql`
    select saga_id, format('was sent %s, and has not answered for %s s', event ->> 'type',
      round(extract(epoch from now() - created_at), 1)) as what
    from orchestrator.inbox
    where outcome is null and created_at <= clock_timestamp() - ${seconds} * interval '1 second'
  `,
})

/** -infinity stands for in flight, infinity for a saga that waits for an event. */
const overdueFor = (seconds: number): Check => ({
  name: 'sagas',
  faults: sql`
    select saga_id, format('waits in %s for a timer that was due %s s ago', state,
      round(extract(epoch from now() - wake_at), 1)) as what
    from orchestrator.saga
    where wake_at > '-infinity' and wake_at <= clock_timestamp() - ${seconds} * interval '1 second'
  `,
})

/** The reason is that of the engine, the chart's own, or the failure that the chart was told of. */
const parkedWithoutReason: Check = {
  name: 'sagas',
  faults: sql`
    select saga.saga_id, 'is parked without a reason' as what
    from orchestrator.saga
    left join orchestrator.transition last using (partition, saga_id, seq)
    where status = 'parked' and problem is null
      and last.snapshot #>> '{context,parked,reason,code}' is null
      and not exists (
        select from orchestrator.transition told
        where (told.partition, told.saga_id) = (saga.partition, saga.saga_id)
          and starts_with(told.event ->> 'type', 'xstate.error.actor.')
      )
  `,
}

const statusAgainstState: Check = {
  name: 'sagas',
  faults: sql`
    select saga_id, format('is %s, but stands in %s', status, state) as what
    from orchestrator.saga
    where machine = 'commande' and problem is null and not ${isAbandoned} and status is distinct from case
      when state in ('done', 'failed', 'parked') then state
      when starts_with(state, 'parked.') then 'parked'
      when starts_with(state, 'doing.') then 'running'
      when starts_with(state, 'undoing.') then 'compensating'
    end
  `,
}

const unknownKeys: Check = {
  name: 'sagas',
  faults: sql`
    select key.saga_id, 'was accepted under an Idempotency-Key, and is missing' as what
    from orchestrator.idempotency_key key
    left join orchestrator.saga using (partition, saga_id)
    where saga.saga_id is null
  `,
}

/**
 * No call comes before the commit that announces it, so whoever sees its effect sees its saga; unless that was removed,
 * for it had ended long ago. Ids tell when sagas began.
 */
const keyedCallsOfNobody: Check = {
  name: 'sagas',
  faults: sql`
    select barrier.saga_id, format('is not in the journal, but called %s (%s %s)', participant, barrier.step, op) as what
    from (
      select 'carts' as participant, saga_id::uuid, step, op from carts.barrier
      union all select 'stocks', saga_id::uuid, step, op from stocks.barrier
      union all select 'produits', saga_id::uuid, step, op from produits.barrier
    ) barrier
    left join orchestrator.saga using (saga_id)
    where saga.saga_id is null and barrier.saga_id >= coalesce((
      select (left(ms, 8) || '-' || right(ms, 4) || '-0000-0000-000000000000')::uuid
      from (select lpad(to_hex((extract(epoch from ${removedBefore}) * 1000)::bigint), 12, '0') as ms) beginning
    ), '00000000-0000-0000-0000-000000000000')
  `,
}

const eventsOfNobody: Check = {
  name: 'sagas',
  faults: sql`
    select inbox.saga_id, format('is missing, but was sent %s', event ->> 'type') as what
    from orchestrator.inbox left join orchestrator.saga using (partition, saga_id)
    where saga.saga_id is null
  `,
}
