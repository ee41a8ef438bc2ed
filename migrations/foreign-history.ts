/**
 * A dump that was loaded into another cluster keeps the transaction ids of the old one, and the feed of transitions
 * would tell those rows as new when the new cluster comes to these ids (ADR 21). Rows of a transaction that is yet to
 * come can't be there otherwise, so they are found by that, and struck out.
 *
 * It is one statement: if the process dies at any line, all of them are struck out or none. Before anybody writes there
 * must be a first run of it, for a transaction that has come to such an id looks like the one that wrote them.
 */
import pg from 'pg'

const STRIKE_OUT = `
  update orchestrator.transition set committed_in = '0'
  where committed_in >= pg_snapshot_xmax(pg_current_snapshot())`

export interface ForeignHistoryOptions {
  /** Of the owner of the schema orchestrator, which is migrated. */
  readonly url: string
  readonly applicationName: string
}

/** Resolves with how many transitions came from another cluster. */
export async function forgetForeignHistory({ url, applicationName }: ForeignHistoryOptions): Promise<number> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName })
  client.on('error', () => undefined)
  await client.connect()
  try {
    // By transition_feed_idx, which ends where they would begin: the journal may have many millions of rows.
    await client.query('set enable_seqscan = off')
    return (await client.query(STRIKE_OUT)).rowCount ?? 0
  } finally {
    await client.end()
  }
}
