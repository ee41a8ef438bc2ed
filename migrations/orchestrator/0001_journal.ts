/**
 * The orchestrator's journal. `partition` leads every primary key, so that one orchestrator's sagas lie
 * together and the schema spreads over a distributed Postgres; what must be unique over all partitions has a
 * table of its own.
 */
import { sql, type Kysely } from 'kysely'

/** How many slices all sagas are cut into, for ever: a saga never leaves its own. */
const PARTITIONS = 64

export async function up(db: Kysely<unknown>): Promise<void> {
  await createPartitions(db)
  await createSagas(db)
  await createJournal(db)
  await createIdempotencyKeys(db)
}

async function createPartitions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table orchestrator.partition (
      id smallint primary key,
      owner text,
      -- Rises with each new owner: a write under an older one matches nothing.
      epoch bigint not null default 0,
      expires_at timestamptz
    )
  `.execute(db)
  await sql`
    insert into orchestrator.partition (id) select generate_series(0, ${sql.lit(PARTITIONS - 1)})
  `.execute(db)
}

async function createSagas(db: Kysely<unknown>): Promise<void> {
  // Updated at every commit: room on the page keeps those updates off the indexes.
  await sql`
    create table orchestrator.saga (
      partition smallint not null,
      saga_id uuid not null,
      machine text not null,
      version text not null,
      business_key text,
      input json not null,
      status text not null,
      state text not null,
      seq integer not null,
      epoch bigint not null,
      problem json,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint saga_pkey primary key (partition, saga_id),
      constraint saga_status_known check (status in ('running', 'compensating', 'parked', 'done', 'failed')),
      constraint saga_problem_is_parked check (problem is null or status = 'parked')
    ) with (fillfactor = 70)
  `.execute(db)
  // Serves resume: what a new owner of a partition has to load. Ended sagas are most of the table.
  await sql`
    create index saga_unfinished_idx on orchestrator.saga (partition, saga_id)
    where status in ('running', 'compensating', 'parked')
  `.execute(db)
  // Serves reads by id, and lists, newest first: ids are uuid v7.
  await sql`create index saga_newest_idx on orchestrator.saga (saga_id)`.execute(db)
  // Serves the search by cart_id and the like.
  await sql`create index saga_business_key_idx on orchestrator.saga (business_key)`.execute(db)
}

async function createJournal(db: Kysely<unknown>): Promise<void> {
  // json and not jsonb: the journal keeps the bytes it was given.
  await sql`
    create table orchestrator.transition (
      partition smallint not null,
      saga_id uuid not null,
      seq integer not null,
      actor text,
      event json not null,
      timer text,
      at timestamptz not null,
      state text not null,
      snapshot json not null,
      constraint transition_pkey primary key (partition, saga_id, seq)
    )
  `.execute(db)

  await sql`
    create table orchestrator.business_event (
      partition smallint not null,
      saga_id uuid not null,
      seq integer not null,
      ordinal smallint not null,
      type text not null,
      payload json not null,
      created_at timestamptz not null default now(),
      constraint business_event_pkey primary key (partition, saga_id, seq, ordinal)
    )
  `.execute(db)
}

async function createIdempotencyKeys(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table orchestrator.idempotency_key (
      key text constraint idempotency_key_pkey primary key,
      fingerprint text not null,
      partition smallint not null,
      saga_id uuid not null,
      created_at timestamptz not null default now()
    )
  `.execute(db)
}
