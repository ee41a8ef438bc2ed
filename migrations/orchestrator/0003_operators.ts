/**
 * What an operator asks of many sagas at once: which stand where, and why; who is told of those that need a person;
 * what was committed since one looked last.
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await tellWhatIsWrong(db)
  await indexStandings(db)
  await createNotices(db)
  await createFeed(db)
}

async function tellWhatIsWrong(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table orchestrator.saga
      -- The step whose call is open, or that keeps failing while the saga is parked.
      add column step text,
      -- Why it is being undone, and what keeps failing now.
      add column trouble json,
      add column error_code text generated always as (
        coalesce(problem ->> 'code', trouble -> 'failing' ->> 'code', trouble -> 'cause' ->> 'code')
      ) stored,
      -- Null while it is in flight, so that the indexes below are not written with every transition.
      add column resting_status text generated always as (
        case when wake_at = timestamptz '-infinity' and problem is null then null else status end
      ) stored,
      add column resting_state text generated always as (
        case when wake_at = timestamptz '-infinity' and problem is null then null else state end
      ) stored
  `.execute(db)
}

async function indexStandings(db: Kysely<unknown>): Promise<void> {
  // Serves counts, and lists of those that stand somewhere, newest first. Those in flight are
  // found by saga_wake_idx: they are few, and a saga that begins is not written here.
  await sql`
    create index saga_standing_idx
    on orchestrator.saga (machine, version, resting_status, resting_state, saga_id)
    where resting_status is not null
  `.execute(db)
  // Serves lists of what went wrong, newest first; sagas that went well, which are most, are not in it.
  await sql`
    create index saga_error_code_idx on orchestrator.saga (error_code, saga_id) where error_code is not null
  `.execute(db)
  // Serves the search by the beginning of a cart_id and the like, whatever the collation of the database.
  await sql`drop index orchestrator.saga_business_key_idx`.execute(db)
  await sql`
    create index saga_business_key_idx on orchestrator.saga (business_key text_pattern_ops)
  `.execute(db)
  // Serves retention, which removes the key with its saga.
  await sql`create index idempotency_key_saga_idx on orchestrator.idempotency_key (saga_id)`.execute(db)
}

async function createNotices(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table orchestrator.notice (
      partition smallint not null,
      saga_id uuid not null,
      seq integer not null,
      kind text not null,
      payload json not null,
      created_at timestamptz not null default now(),
      -- When it is to be sent next; a notice that was delivered is deleted.
      next_try_at timestamptz not null default now(),
      tries integer not null default 0,
      last_error text,
      constraint notice_pkey primary key (partition, saga_id, seq, kind),
      constraint notice_kind_known check (kind in ('parked', 'failed'))
    )
  `.execute(db)
  // Serves whoever sends them.
  await sql`create index notice_next_idx on orchestrator.notice (partition, next_try_at)`.execute(db)
}

async function createFeed(db: Kysely<unknown>): Promise<void> {
  // The transaction that committed the row: with two snapshots of Postgres it tells what came between them.
  await sql`
    alter table orchestrator.transition add column committed_in xid8 not null default pg_current_xact_id()
  `.execute(db)
  await sql`create index transition_feed_idx on orchestrator.transition (committed_in)`.execute(db)
}
