/** What machines look like, kept beside the sagas that ran on them: a chart outlives the code that it was written in. */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table orchestrator.machine_definition (
      machine text not null,
      version text not null,
      -- Of its structure. Two under one version are a mistake that people made, and both of them are true.
      hash text not null,
      definition json not null,
      first_seen_at timestamptz not null default now(),
      constraint machine_definition_pkey primary key (machine, version, hash)
    )
  `.execute(db)
}
