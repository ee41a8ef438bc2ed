/** Old sagas are removed: how they are found, what is remembered of them, and a vacuum that keeps up. */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await tellWhenItEnded(db)
  await rememberRemoved(db)
  await tuneVacuum(db)
}

async function tellWhenItEnded(db: Kysely<unknown>): Promise<void> {
  // Not updated_at itself: an index of that would be written with every transition, partial or not.
  await sql`
    alter table orchestrator.saga add column ended_at timestamptz
      generated always as (case when wake_at is null then updated_at end) stored
  `.execute(db)
  // Serves retention: the oldest of those that ended so.
  await sql`
    create index saga_ended_idx on orchestrator.saga (resting_status, ended_at) where ended_at is not null
  `.execute(db)
}

async function rememberRemoved(db: Kysely<unknown>): Promise<void> {
  // Participants keep what they did for a saga that was removed: this tells it from a saga that got lost.
  await sql`
    create table orchestrator.removed (
      status text constraint removed_pkey primary key,
      sagas bigint not null,
      -- No saga that ended later has been removed.
      ended_until timestamptz not null,
      removed_at timestamptz not null default now(),
      constraint removed_status_has_ended check (status in ('done', 'failed'))
    )
  `.execute(db)
}

/** What goes and comes, by table. */
const CHURNING = ['saga', 'transition', 'business_event', 'inbox', 'idempotency_key', 'notice']

async function tuneVacuum(db: Kysely<unknown>): Promise<void> {
  // By itself Postgres waits until a fifth of a table is dead: of ten million sagas two million, each of them still in
  // the index of those in flight, which is read at every takeover. ADR 24 has the sizes with and without.
  for (const table of CHURNING)
    await sql`
      alter table orchestrator.${sql.id(table)} set (
        autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000,
        toast.autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_threshold = 1000
      )
    `.execute(db)
}
