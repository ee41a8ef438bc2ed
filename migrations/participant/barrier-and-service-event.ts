/**
 * The two tables that every participant has in its own schema, as of the first migration of each.
 *
 * Frozen like the migrations that call it: a later change is a new file beside this one.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function createBarrierAndServiceEvent(db: Kysely<unknown>, schema: string): Promise<void> {
  const barrier = sql.id(schema, 'barrier')
  const serviceEvent = sql.id(schema, 'service_event')

  // One row per step of a saga and direction. A 'do' row without fingerprint is a tombstone: the
  // compensation came first. status and response are what is answered when the call comes again.
  await sql`
    create table ${barrier} (
      saga_id text not null,
      step text not null,
      op text not null,
      fingerprint text,
      status integer,
      response json,
      created_at timestamptz not null default now(),
      constraint barrier_once_per_step primary key (saga_id, step, op),
      constraint barrier_op_known check (op in ('do', 'undo')),
      constraint barrier_tombstone_is_a_do check (fingerprint is not null or op = 'do'),
      constraint barrier_tombstone_has_no_answer check
        (fingerprint is not null or (status is null and response is null))
    )
  `.execute(db)

  await sql`
    create table ${serviceEvent} (
      id bigint generated always as identity constraint service_event_pkey primary key,
      action text not null,
      outcome text not null,
      correlation_id text,
      detail json not null,
      created_at timestamptz not null default now(),
      constraint service_event_outcome_known check (outcome in ('SUCCESS', 'FAILURE'))
    )
  `.execute(db)

  // Serves GET …/events/?correlation_id, newest first.
  await sql`create index service_event_correlation_idx on ${serviceEvent} (correlation_id, id desc)`.execute(
    db,
  )
}
