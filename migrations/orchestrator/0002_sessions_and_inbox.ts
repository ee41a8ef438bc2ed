/**
 * Many orchestrators on one database: who lives, when a saga must next be in some memory, and events that wait for
 * the owner of their saga.
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createMembers(db)
  await tellWhenToWake(db)
  await createInbox(db)
}

async function createMembers(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table orchestrator.member (
      -- Another one for each life of an orchestrator.
      id text constraint member_pkey primary key,
      name text not null constraint member_name_lives_once unique,
      -- Every machine version that it can drive, as id@version.
      machines text[] not null,
      expires_at timestamptz not null
    )
  `.execute(db)
  // What expires is the session of the owner.
  await sql`
    alter table orchestrator.partition
      drop column expires_at,
      -- Machines (id@version) that its sagas need and that not every orchestrator has.
      add column needs text[]
  `.execute(db)
  // An orchestrator of the version before would start sagas that nothing wakes: from here on it matches nothing.
  await sql`update orchestrator.partition set owner = null, epoch = epoch + 1`.execute(db)
}

async function tellWhenToWake(db: Kysely<unknown>): Promise<void> {
  // -infinity: in flight. A time: that of its first timer. infinity: waits for an event. Null: it has ended.
  await sql`alter table orchestrator.saga add column wake_at timestamptz`.execute(db)
  await sql`
    update orchestrator.saga set wake_at = '-infinity' where status in ('running', 'compensating', 'parked')
  `.execute(db)
  await sql`
    alter table orchestrator.saga add constraint saga_wakes_until_it_ended
      check ((wake_at is null) = (status in ('done', 'failed')))
  `.execute(db)
  await sql`drop index orchestrator.saga_unfinished_idx`.execute(db)
  // Serves resume, by saga_id within -infinity, and the look-up of what is due. Ended sagas are most of the table.
  // While a saga is in flight none of this changes, so its updates stay off the indexes.
  await sql`
    create index saga_wake_idx on orchestrator.saga (partition, wake_at, saga_id) where wake_at is not null
  `.execute(db)
  // One commit moves many sagas of one page. With half of it free every update finds room there, but for a saga's
  // last: 75 % of all instead of 57 %, at 64 sagas at a time.
  await sql`alter table orchestrator.saga set (fillfactor = 50)`.execute(db)
}

async function createInbox(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table orchestrator.inbox (
      partition smallint not null,
      saga_id uuid not null,
      -- Rises in the order of acceptance.
      id bigint not null generated always as identity,
      key text not null,
      fingerprint text not null,
      event json not null,
      -- Null while no transition has answered it.
      outcome text,
      created_at timestamptz not null default now(),
      constraint inbox_key_is_of_one_event primary key (partition, saga_id, key),
      constraint inbox_outcome_known check (outcome in ('applied', 'ignored'))
    )
  `.execute(db)
  // Serves the owner that looks for what waits. Answered events are most of the table.
  await sql`
    create index inbox_pending_idx on orchestrator.inbox (partition, id) where outcome is null
  `.execute(db)
  // Serves commits, which answer events, and callers that wait for the answer.
  await sql`create index inbox_id_idx on orchestrator.inbox (id)`.execute(db)
}
