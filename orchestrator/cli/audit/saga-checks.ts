// Where the sagas stand: each has ended, is parked with its reason, or is on its way.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { SagaStatus } from '../../engine/ports.ts'
import type { Check } from './check.ts'

export interface SagaCounts extends Readonly<Record<SagaStatus, number>> {
  /** Since the last transition of the saga in flight that has been still the longest; null if none is in flight. */
  readonly oldest_in_flight_seconds: number | null
}

export async function countSagas(db: Kysely<unknown>): Promise<SagaCounts> {
  const { rows } = await sql<SagaCounts>`
    select
      (count(*) filter (where status = 'done'))::integer as done,
      (count(*) filter (where status = 'failed'))::integer as failed,
      (count(*) filter (where status = 'parked'))::integer as parked,
      (count(*) filter (where status = 'running'))::integer as running,
      (count(*) filter (where status = 'compensating'))::integer as compensating,
      extract(epoch from now() - min(updated_at) filter (where status in ('running', 'compensating')))::float
        as oldest_in_flight_seconds
    from orchestrator.saga
  `.execute(db)
  const [counts] = rows
  if (counts === undefined) throw new Error('an aggregate without group by has one row')
  return counts
}

/** `stillForSeconds` is how long a saga may be in flight without a transition; undefined is for ever. */
export function sagaChecks(stillForSeconds: number | undefined): Check[] {
  return [
    ...(stillForSeconds === undefined ? [] : [inFlightTooLong(stillForSeconds)]),
    parkedWithoutReason,
    statusAgainstState,
    unknownKeys,
    keyedCallsOfNobody,
  ]
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
    where machine = 'commande' and problem is null and status is distinct from case
      when state in ('done', 'failed', 'parked') then state
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

/** No call comes before the commit that announces it, so whoever sees its effect sees its saga. */
const keyedCallsOfNobody: Check = {
  name: 'sagas',
  faults: sql`
    select barrier.saga_id, format('is not in the journal, but called %s (%s %s)', participant, step, op) as what
    from (
      select 'carts' as participant, saga_id::uuid, step, op from carts.barrier
      union all select 'stocks', saga_id::uuid, step, op from stocks.barrier
      union all select 'produits', saga_id::uuid, step, op from produits.barrier
    ) barrier
    left join orchestrator.saga using (saga_id)
    where saga.saga_id is null
  `,
}
