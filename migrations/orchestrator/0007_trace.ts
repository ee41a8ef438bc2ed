/** The W3C trace context of the call that started a saga: whoever drives the saga next goes on with the same trace. */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // A traceparent, or both as traceparent;tracestate. Written once, with the start; null needs no rewrite of the rows.
  await sql`alter table orchestrator.saga add column trace text`.execute(db)
}
