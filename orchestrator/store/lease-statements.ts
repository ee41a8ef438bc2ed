/**
 * The statements of the lease store. `now()` is the moment a statement began, so a session never ends later than
 * its owner, who counts from when it sent the renewal, believes; and a member that was looked at as expired can't
 * come back, for its row is deleted under the lock that a renewal needs.
 *
 * If the process dies at any line here, Postgres commits the whole statement or none of it.
 */

/**
 * Member id, name, machines, lease in ms, whether to end an earlier life of this name. Such a row becomes ours: the
 * renewal of that life finds no such id, and its partitions no such owner. A join whose answer got lost may come
 * again.
 */
export const JOIN = `
  insert into orchestrator.member (id, name, machines, expires_at)
  values ($1, $2, $3, now() + $4 * interval '1 millisecond')
  on conflict (name) do update
  set id = excluded.id, machines = excluded.machines, expires_at = excluded.expires_at
  where member.expires_at <= now() or member.id = excluded.id or $5
  returning id`

/** Name. */
export const SESSION_OF_NAME = `
  select (extract(epoch from expires_at) * 1000)::float8 as expires_at
  from orchestrator.member where name = $1`

/** A partition whose owner lives no more, or that has none. `gone` names the expired ones. */
const isFree = (gone: string) => `
  (p.owner is null or p.owner in (${gone}) or p.owner not in (select id from orchestrator.member))`

/** What `me` may drive, or nobody who lives better than `me`. */
const IS_FOR_ME = `
  (p.needs is null or p.needs <@ me.machines
    or not exists (select from living l where l.machines @> p.needs))`

const LIVING = `
  living as materialized (select id, machines from orchestrator.member where expires_at > now())`

/** Member id, lease in ms. */
export const BEAT = `
  with renewed as (
    update orchestrator.member set expires_at = now() + $2 * interval '1 millisecond'
    where id = $1 and expires_at > now()
    returning machines
  ),
  ${LIVING},
  free as (
    select p.needs is not null and exists (select from living l where l.machines @> p.needs) as pinned
    from orchestrator.partition p, renewed me
    where ${isFree('select id from orchestrator.member where expires_at <= now()')} and ${IS_FOR_ME}
  )
  select
    (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
    (
      select coalesce(json_agg(json_build_object(
        'partition', id, 'epoch', epoch, 'needs', coalesce(needs, '{}')) order by id), '[]')
      from orchestrator.partition where owner = $1
    ) as owned,
    (select json_agg(json_build_object('id', id, 'machines', machines) order by id) from living) as members,
    (select count(*)::int from orchestrator.partition) as partitions,
    (select count(*)::int from free where not pinned) as free_unpinned,
    (select count(*)::int from free where pinned) as free_pinned
  from renewed`

/**
 * Member id, count. Passes over partitions that somebody is at work on: another who acquires, or the last write of
 * an owner that is gone. The next time they are free. One that another took since this statement began has another
 * epoch by the time its row is locked.
 */
export const ACQUIRE = `
  with reaped as (
    delete from orchestrator.member where expires_at <= now() returning id
  ),
  ${LIVING},
  me as materialized (
    select id, machines from orchestrator.member where id = $1 and expires_at > now() for key share
  ),
  free as materialized (
    select p.id, p.epoch, p.needs
    from orchestrator.partition p, me
    where ${isFree('select id from reaped')} and ${IS_FOR_ME}
  ),
  chosen as materialized (
    select p.id
    from orchestrator.partition p
    join free on free.id = p.id and free.epoch = p.epoch
    order by free.needs is null, p.id
    limit $2
    for update of p skip locked
  )
  update orchestrator.partition p set owner = $1, epoch = p.epoch + 1
  from chosen
  where p.id = chosen.id`

/**
 * Member id, partitions, needs. What is needed adds up: two that each lack what the other has would otherwise send
 * the partition back and forth, past a third that has both.
 */
export const RELEASE = `
  with mine as materialized (
    select id, nullif(array(select unnest(needs) union select unnest($3::text[])), '{}') as needs
    from orchestrator.partition where id = any($2::smallint[]) and owner = $1
    order by id
    for update
  )
  update orchestrator.partition p set owner = null, needs = mine.needs
  from mine
  where p.id = mine.id`

/** Member id. Locks in the order of commits, or it and one of them could wait for each other. */
export const UNPIN = `
  with mine as materialized (
    select id from orchestrator.partition p
    where p.owner = $1 and p.needs is not null and not exists (
      select from orchestrator.saga s
      where s.partition = p.id and s.wake_at is not null and s.machine || '@' || s.version = any(p.needs)
    )
    order by id
    for update of p
  )
  update orchestrator.partition p set needs = null
  from mine
  where p.id = mine.id`

/** Member id. */
export const LEAVE = `
  with gone as (delete from orchestrator.member where id = $1),
  mine as materialized (
    select id from orchestrator.partition where owner = $1 order by id for update
  )
  update orchestrator.partition p set owner = null
  from mine
  where p.id = mine.id`
