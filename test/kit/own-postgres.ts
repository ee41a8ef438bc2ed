// A Postgres of a test's own, for what is of a whole cluster: roles, backups, what the server writes into its log.
import pg from 'pg'
import type { Test } from 'tap'
import { startPostgresDaemon } from '../../orchestrator/cli/up/embedded-postgres.ts'
import { freshHome } from './skald-command.ts'

export interface OwnPostgres {
  /** Of its superuser. */
  readonly url: string
  /** The data lies in `<home>/postgres`. */
  readonly home: string
}

/** Ended, and its data removed, at the end of `t`. */
export async function startOwnPostgres(t: Pick<Test, 'teardown'>): Promise<OwnPostgres> {
  const home = await freshHome(t)
  const { url } = await startPostgresDaemon({ home, log: () => undefined })
  return { url, home }
}

/** One statement, on a connection of its own. */
export async function ask<Row extends pg.QueryResultRow = Record<string, unknown>>(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(statement, values)).rows
  } finally {
    await client.end()
  }
}
