/**
 * A statement straight through pg: Kysely has no named prepared statements, and no limit on how long an answer may
 * take. It is one statement, so if the process dies at any line here, Postgres commits all of it or nothing.
 */
import type { Pool, QueryResultRow } from 'pg'

/** Past this the server ends a statement, so that none goes on waiting for a lock when nobody waits for it. */
export const STATEMENT_TIMEOUT_MS = 8_000

/** Past this, with some time for the way, the server itself counts as gone. */
export const ANSWER_TIMEOUT_MS = 10_000

export interface StatementOptions {
  readonly values: readonly unknown[]
  /** A server that froze, or was cut off, gives no error. Past this its answer counts as lost. */
  readonly timeoutMs: number
  /**
   * Prepared under this name, once for each connection. Only where planning costs more than running: a plan that is
   * kept was made for tables of another size. Without a name each run is planned for the tables as they are.
   */
  readonly name?: string
}

export async function run<Row extends QueryResultRow>(
  pool: Pool,
  text: string,
  { values, timeoutMs, name }: StatementOptions,
): Promise<Row[]> {
  const query = { text, values: [...values], query_timeout: timeoutMs, ...(name !== undefined && { name }) }
  return (await pool.query<Row>(query)).rows
}
