/** The four schemas that Skald keeps in its database, and where their migrations are. */
import { migrateSchema } from './database.ts'

export const SCHEMAS = ['orchestrator', 'carts', 'stocks', 'produits'] as const
export type SchemaName = (typeof SCHEMAS)[number]

export interface MigratedSchema {
  readonly schema: SchemaName
  /** The migrations that were run now; none if it was up to date. */
  readonly migrations: readonly string[]
}

export interface MigrateSchemasOptions {
  /** Of a user that may make schemas. */
  readonly url: string
  /** Shown in pg_stat_activity. */
  readonly applicationName: string
}

/**
 * Brings each of them up to date, one after the other: if the process dies at any line, some are as before and the
 * next run goes on from there.
 *
 * Throws DatabaseRefusedError for an operator's mistake.
 */
export async function migrateSchemas(options: MigrateSchemasOptions): Promise<MigratedSchema[]> {
  const migrated: MigratedSchema[] = []
  for (const schema of SCHEMAS) {
    const migrations = await migrateSchema({
      ...options,
      schema,
      migrations: new URL(`${schema}/`, import.meta.url),
    })
    migrated.push({ schema, migrations })
  }
  return migrated
}
