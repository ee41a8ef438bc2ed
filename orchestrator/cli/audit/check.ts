// What the audit asks of the database: each check is one query that finds what is wrong, and nothing when all is well.
import { sql } from 'kysely'
import type { Kysely, RawBuilder } from 'kysely'

export const CHECK_NAMES = [
  'sagas',
  'stock',
  'carts',
  'reservations',
  'ventes',
  'service events',
  'journal',
  'replay',
] as const
export type CheckName = (typeof CHECK_NAMES)[number]

export interface Finding {
  readonly check: CheckName
  /** Null for what belongs to no saga. */
  readonly saga_id: string | null
  /** A clause that completes "saga X …", or a sentence of its own where there is no saga. */
  readonly what: string
}

/** Its rows are `saga_id` (uuid, or null) and `what`, each a fault. */
export interface Check {
  readonly name: CheckName
  readonly faults: RawBuilder<unknown>
}

/** Given up by a person, and so left as it stood: of the row `saga`. */
export const isAbandoned = sql`exists (
  select from orchestrator.business_event abandoned
  where (abandoned.partition, abandoned.saga_id) = (saga.partition, saga.saga_id) and abandoned.type = 'ABANDONED'
)`

/** Enough to see a pattern; the rest is counted. A database that is wrong all over must not fill the memory. */
const TOLD_MAX = 100

export interface Found {
  readonly findings: readonly Finding[]
  /** Faults that are there beyond those told. */
  readonly untold: number
}

export async function run(db: Kysely<unknown>, { name, faults }: Check): Promise<Found> {
  const { rows } = await sql<{ saga_id: string | null; what: string; total: number }>`
    select saga_id, what, (count(*) over ())::integer as total
    from (${faults}) fault
    order by saga_id nulls first, what
    limit ${TOLD_MAX}
  `.execute(db)
  const findings = rows.map(({ saga_id, what }) => ({ check: name, saga_id, what }))
  return { findings, untold: (rows[0]?.total ?? 0) - findings.length }
}
