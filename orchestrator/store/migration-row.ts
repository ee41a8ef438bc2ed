/** The rows of a journal that moved their saga to another version. It only reads: the process may die at any line. */
import { sql, type RawBuilder, type SqlBool } from 'kysely'

/** Who moved it, where to and why is not long; a reply of some megabytes is not even unpacked. */
export const isMigration = (event: RawBuilder<unknown>): RawBuilder<SqlBool> =>
  sql<SqlBool>`(pg_column_size(${event}) < 20000 and ${event} ->> 'type' = 'skald.migrate')`
