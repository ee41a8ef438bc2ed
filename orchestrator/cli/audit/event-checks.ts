// The service events: each effect is told once, and what a saga did and undid agrees with how it ended; unless a person
// answered for a step, and did by other ways what it was about.
import { sql } from 'kysely'
import { isAbandoned, type Check } from './check.ts'

/** Of all three participants, those that tell of an effect for a known saga. */
const told = sql`
  select saga_id, action from (
    select correlation_id, action, outcome from carts.service_event
    union all select correlation_id, action, outcome from stocks.service_event
    union all select correlation_id, action, outcome from produits.service_event
  ) event
  join orchestrator.saga on correlation_id = saga_id::text
  where outcome = 'SUCCESS'
`

/** The rows of the barrier that stand for an effect, or for its undoing; not the tombstones. */
const kept = sql`
  select saga_id::uuid, step, op from (
    select saga_id, step, op, status from carts.barrier
    union all select saga_id, step, op, status from stocks.barrier
    union all select saga_id, step, op, status from produits.barrier
  ) barrier
  where status < 400
`

const steps = sql`(values
  ('lock', 'LOCK_CART', 'UNLOCK_CART'),
  ('reserve', 'CREATE_RESERVATION', 'RELEASE_RESERVATION'),
  ('create', 'CREATE_VENTE', 'DELETE_VENTE')
) as step (name, does, undoes)`

export const eventChecks: Check[] = [
  {
    name: 'service events',
    faults: sql`
      select saga_id, format('has %s SUCCESS events of %s', count(*), action) as what
      from (${told}) told group by saga_id, action having count(*) > 1
    `,
  },
  {
    name: 'service events',
    faults: sql`
      with told as (${told}), kept as (
        select saga_id, case op when 'do' then does else undoes end as action
        from (${kept}) kept join ${steps} on step.name = kept.step
      )
      select saga_id, case when kept.action is null
        then format('has a SUCCESS event of %s without its effect', action)
        else format('has an effect of %s without its SUCCESS event', action)
      end as what
      from (select distinct saga_id, action from told) told
      full join kept using (saga_id, action)
      join orchestrator.saga using (saga_id)
      where machine = 'commande' and (kept.action is null or told.action is null)
    `,
  },
  {
    name: 'service events',
    faults: sql`
      with told as (select distinct saga_id, action from (${told}) told),
      answered_for as (
        select saga_id from orchestrator.transition where event ->> 'type' in ('skald.skip', 'skald.complete')
      )
      select saga.saga_id, case
        when status = 'failed' then format('has failed, but %s was never followed by %s', does, undoes)
        when undone.action is not null then format('is done, but %s has succeeded', undoes)
        else format('is done, but %s has not succeeded', does)
      end as what
      from orchestrator.saga
      cross join ${steps}
      left join told as done on (done.saga_id, done.action) = (saga.saga_id, does)
      left join told as undone on (undone.saga_id, undone.action) = (saga.saga_id, undoes)
      where machine = 'commande' and not ${isAbandoned} and saga.saga_id not in (select saga_id from answered_for)
        and case status
        when 'failed' then done.action is not null and undone.action is null
        when 'done' then done.action is null or undone.action is not null
        else false
      end
    `,
  },
]
