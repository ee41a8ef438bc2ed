/**
 * One verb for many sagas: what was asked, how far it has come, and what became of each saga. And a mark for notices
 * that their receiver has refused.
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createBulks(db)
  await createSagasOfBulks(db)
  await markRefusedNotices(db)
}

async function createBulks(db: Kysely<unknown>): Promise<void> {
  // Like members and keys it belongs to no partition: any orchestrator takes its next page.
  await sql`
    create table orchestrator.bulk (
      bulk_id uuid not null constraint bulk_pkey primary key,
      key text not null constraint bulk_key_is_of_one_bulk unique,
      fingerprint text not null,
      verb text not null,
      -- As it was asked for, and as it is used: ages have become moments.
      asked json not null,
      filter json not null,
      -- step, input, output and to, where the verb has them.
      details json not null,
      actor text not null,
      reason text not null,
      -- Machine versions (id@version) without which an orchestrator can't tell what is possible.
      needs text[] not null default '{}',
      -- Sagas a second.
      rate integer not null,
      status text not null default 'running',
      -- How many it was about when it was made.
      total integer not null,
      -- Sagas that began later are not in it.
      newest_saga_id uuid not null,
      -- The last saga that was looked at, newest first; null before the first.
      cursor uuid,
      all_seen boolean not null default false,
      sent integer not null default 0,
      applied integer not null default 0,
      ignored integer not null default 0,
      unknown integer not null default 0,
      refused integer not null default 0,
      -- Who stopped it and let it go on, and why.
      history json not null default '[]',
      due_at timestamptz not null default now(),
      created_at timestamptz not null default now(),
      ended_at timestamptz,
      constraint bulk_verb_known
        check (verb in ('retry', 'skip', 'complete', 'compensate', 'cancel', 'abandon', 'migrate')),
      constraint bulk_status_known check (status in ('running', 'stopped', 'done')),
      constraint bulk_rate_positive check (rate > 0),
      constraint bulk_answers_were_sent check (sent >= applied + ignored + unknown),
      constraint bulk_ended_when_done check ((ended_at is null) = (status <> 'done'))
    )
  `.execute(db)
  // Serves whoever takes the next page. Those that are done are most of the table.
  await sql`create index bulk_due_idx on orchestrator.bulk (due_at) where status <> 'done'`.execute(db)
}

async function createSagasOfBulks(db: Kysely<unknown>): Promise<void> {
  // It outlives its saga, and the event in the inbox: who did what to which saga, and why, is kept as long as the bulk.
  await sql`
    create table orchestrator.bulk_saga (
      bulk_id uuid not null,
      saga_id uuid not null,
      outcome text not null,
      -- The event in the inbox of the saga; null where none was sent.
      event_id bigint,
      -- Of a refusal, in words.
      why text,
      constraint bulk_saga_pkey primary key (bulk_id, saga_id),
      constraint bulk_saga_is_of_a_bulk foreign key (bulk_id) references orchestrator.bulk on delete cascade,
      constraint bulk_saga_outcome_known
        check (outcome in ('pending', 'applied', 'ignored', 'unknown', 'refused')),
      constraint bulk_saga_refused_for_a_reason check ((outcome = 'refused') = (why is not null)),
      constraint bulk_saga_sent_by_event check ((outcome = 'refused') = (event_id is null))
    )
  `.execute(db)
  // Serves the look at what became of events that were sent: at any time some hundred of all.
  await sql`
    create index bulk_saga_pending_idx on orchestrator.bulk_saga (bulk_id, event_id) where outcome = 'pending'
  `.execute(db)
}

async function markRefusedNotices(db: Kysely<unknown>): Promise<void> {
  // Its receiver wants no such notice: those behind it of the same saga do not wait for it.
  await sql`alter table orchestrator.notice add column refused boolean not null default false`.execute(db)
}
