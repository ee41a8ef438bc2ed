/**
 * What an owner reads of its partitions. Each reads under the epochs that its reader believes in: one that lost its
 * lease finds nothing, instead of sagas that it would call for in vain. How many rows are looked at depends on how
 * many are asked for, never on how many sagas are stored.
 *
 * They only read: the process may die at any line.
 */

const SAGA = `
  s.partition, s.saga_id, s.machine, s.version, s.trace, s.seq, s.problem, s.trouble,
  (extract(epoch from s.created_at) * 1000)::float8 as started_at`
const MOVED = '(extract(epoch from t.at) * 1000)::float8 as moved_at, t.snapshot'
const OWNED = `
  unnest($1::smallint[], $2::bigint[]) as lease (partition, epoch)
  join orchestrator.partition p on p.id = lease.partition and p.epoch = lease.epoch`
const SNAPSHOT = `
  join orchestrator.transition t on t.partition = s.partition and t.saga_id = s.saga_id and t.seq = s.seq`

/** Partitions, epochs, the saga_id behind which to begin, limit. */
export const IN_FLIGHT = `
  select s.*, ${MOVED}
  from ${OWNED}
  cross join lateral (
    select ${SAGA}
    from orchestrator.saga s
    where s.partition = p.id and s.wake_at = '-infinity' and s.saga_id > $3
    order by s.saga_id
    limit $4
  ) s ${SNAPSHOT}
  order by s.saga_id
  limit $4`

/** Partitions, epochs, the time until which, limit, the time and the saga_id behind which to begin. */
export const DUE = `
  select s.*, (extract(epoch from s.wake_at) * 1000)::float8 as due_at, ${MOVED}
  from (
    select s.*
    from ${OWNED}
    cross join lateral (
      select ${SAGA}, s.wake_at
      from orchestrator.saga s
      where s.partition = p.id and (s.wake_at, s.saga_id) > ($5::timestamptz, $6::uuid)
        and s.wake_at > '-infinity' and s.wake_at <= $3
      order by s.wake_at, s.saga_id
      limit $4
    ) s
    order by s.wake_at, s.saga_id
    limit $4
  ) s ${SNAPSHOT}
  order by s.wake_at, s.saga_id`

/** Partitions, epochs, saga ids. */
export const BY_IDS = `
  select ${SAGA}, ${MOVED}
  from ${OWNED}
  join orchestrator.saga s on s.partition = p.id and s.saga_id = any($3::uuid[]) and s.wake_at is not null
  ${SNAPSHOT}`

/** Partitions, epochs, limit. */
export const PENDING_EVENTS = `
  select i.*
  from ${OWNED}
  cross join lateral (
    select i.id, i.saga_id, i.partition, i.event
    from orchestrator.inbox i
    where i.partition = p.id and i.outcome is null and i.id > $4
    order by i.id
    limit $3
  ) i
  order by i.id
  limit $3`

/** Partitions, epochs, event ids. It writes, so it is fenced as a commit is. */
export const DISMISS = `
  with owned as materialized (
    select id from orchestrator.partition
    where (id, epoch) in (select * from unnest($1::smallint[], $2::bigint[]))
    order by id
    for share
  )
  update orchestrator.inbox i
  set outcome = 'ignored'
  from owned, orchestrator.saga s
  where i.id = any($3::bigint[]) and i.outcome is null and i.partition = owned.id
    and s.partition = i.partition and s.saga_id = i.saga_id and s.wake_at is null`
