/**
 * The orchestrator's tables spread over the nodes of a Citus cluster: those that have a partition by it, side by side,
 * so that all rows of a saga lie on one node; what must be unique over all partitions by its own key; and what is small
 * and read beside the others on every node.
 *
 * One transaction makes them all, so a process that dies at any line leaves the tables as they were; what is distributed
 * already is left alone.
 *
 * It was never run on Citus by those who wrote it, and the statements of this version do not all work on such tables:
 * docs/database.md tells which Citus refuses by its own word.
 */
import pg from 'pg'
import { DatabaseRefusedError } from './database.ts'

/** How a table is spread. */
export type Spread =
  /** By this column. Rows with the same value lie on one node, for all tables that are placed with another one. */
  | { readonly by: string; readonly with?: string }
  /** Whole, on every node. */
  | 'everywhere'

/** In the order that they are made in: a table that others refer to, or are placed with, comes first. */
export const SPREADS: Readonly<Record<string, Spread>> = {
  saga: { by: 'partition' },
  partition: { by: 'id', with: 'saga' },
  transition: { by: 'partition', with: 'saga' },
  business_event: { by: 'partition', with: 'saga' },
  inbox: { by: 'partition', with: 'saga' },
  notice: { by: 'partition', with: 'saga' },
  idempotency_key: { by: 'key' },
  member: 'everywhere',
  removed: 'everywhere',
  machine_definition: 'everywhere',
  bulk: 'everywhere',
  bulk_saga: { by: 'bulk_id' },
}

/** The first with identity columns in distributed tables. */
const OLDEST_CITUS = 12

export interface DistributeOptions {
  /** Of the owner, to the coordinator. The schemas are migrated. */
  readonly url: string
  readonly applicationName: string
}

/** Resolves where tables can be spread. Throws DatabaseRefusedError where not. */
export async function checkDistributable(options: DistributeOptions): Promise<void> {
  await connected(options, checkCitus)
}

/** Resolves with the tables that were spread now. Throws DatabaseRefusedError for an operator's mistake. */
export async function distribute(options: DistributeOptions): Promise<string[]> {
  return await connected(options, async (client) => {
    await checkCitus(client)
    await client.query('begin')
    await checkNobodyRuns(client)
    // Tables that refer to one that is whole on every node are made one connection at a time.
    await client.query(`set local citus.multi_shard_modify_mode to 'sequential'`)
    const spread = await client.query<{ name: string }>(SPREAD_ALREADY)
    const done = new Set(spread.rows.map(({ name }) => name))
    const missing = Object.entries(SPREADS).filter(([table]) => !done.has(table))
    for (const [table, how] of missing) await client.query(statementOf(table, how))
    await client.query('commit')
    return missing.map(([table]) => table)
  })
}

async function connected<Value>(
  { url, applicationName }: DistributeOptions,
  work: (client: pg.Client) => Promise<Value>,
): Promise<Value> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const SPREAD_ALREADY = `
  select c.relname as name from pg_dist_partition d join pg_class c on c.oid = d.logicalrelid
  where c.relnamespace = 'orchestrator'::regnamespace`

function statementOf(table: string, how: Spread): string {
  const name = `'orchestrator.${table}'`
  if (how === 'everywhere') return `select create_reference_table(${name})`
  const place = how.with === undefined ? 'none' : `orchestrator.${how.with}`
  return `select create_distributed_table(${name}, '${how.by}', colocate_with => '${place}')`
}

async function checkCitus(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    `select extversion as version from pg_extension where extname = 'citus'`,
  )
  const version = rows[0]?.version
  if (version === undefined)
    throw refused(
      'This database has no Citus: install its extension on every node and make it by "create extension citus", or scale as docs/database.md tells without it.',
    )
  if (Number.parseInt(version, 10) < OLDEST_CITUS)
    throw refused(`The Citus of this database is version ${version}; upgrade it to ${OLDEST_CITUS} or newer.`)
  const setting = await client.query<{ factor: string; workers: number }>(`
    select current_setting('citus.shard_replication_factor') as factor,
      (select count(*)::int from pg_dist_node where shouldhaveshards and noderole = 'primary') as workers`)
  const { factor, workers } = setting.rows[0] ?? { factor: '', workers: 0 }
  if (factor !== '1')
    throw refused(
      `citus.shard_replication_factor is ${factor}, and Citus locks no rows of copied shards; set it to 1, and keep copies by streaming replication.`,
    )
  if (workers === 0)
    throw refused('No node of this cluster takes shards; add one by "select citus_add_node(host, port)".')
}

/** A commit that is under way would find its tables gone elsewhere. */
async function checkNobodyRuns(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select name from orchestrator.member where expires_at > now() order by name',
  )
  if (rows.length === 0) return
  const names = rows.map(({ name }) => name).join(', ')
  throw refused(`Orchestrators run on this database (${names}); stop them all first.`)
}

const refused = (message: string) => new DatabaseRefusedError('NOT_DISTRIBUTABLE', message)
