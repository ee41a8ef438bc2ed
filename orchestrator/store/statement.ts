/**
 * A statement that runs again and again, straight through pg: Kysely has no named prepared statements, and no
 * limit on how long an answer may take. It is one statement, so if the process dies at any line here, Postgres
 * commits all of it or nothing.
 */
import type { Pool, QueryResultRow } from 'pg'

export interface Statement {
  /** It is prepared under this name, once for each connection: planning it costs more than running it. */
  readonly name: string
  readonly text: string
}

export interface StatementOptions {
  readonly values: readonly unknown[]
  /** A server that froze, or was cut off, gives no error. Past this its answer counts as lost. */
  readonly timeoutMs: number
}

export async function run<Row extends QueryResultRow>(
  pool: Pool,
  { name, text }: Statement,
  { values, timeoutMs }: StatementOptions,
): Promise<Row[]> {
  const query = { name, text, values: [...values], query_timeout: timeoutMs }
  return (await pool.query<Row>(query)).rows
}
