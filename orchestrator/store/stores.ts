/**
 * All that an orchestrator keeps on its database, and the connections to it: one pool for commits and what is read of
 * what is owned, one for sessions and leases, one for what the API asks. So nothing waits for a connection behind
 * something slower: a renewal that comes too late loses every lease.
 *
 * If the process dies at any line here, nothing was written yet, or a statement as a whole.
 */
import type { Pool } from 'pg'
import { openPool, openSchema } from '../../migrations/database.ts'
import { BulkStore } from './bulk-store.ts'
import { EventInbox } from './event-inbox.ts'
import { readFigures, type Figures } from './figures.ts'
import { PostgresLeaseStore } from './lease-store.ts'
import { MachineDefinitions } from './machine-definitions.ts'
import { NoticeStore } from './notice-store.ts'
import { ensurePartitions } from './partitions.ts'
import { SagaExports } from './saga-exports.ts'
import { SagaReader } from './saga-reader.ts'
import { PostgresSagaStore } from './saga-store.ts'
import type { OrchestratorDatabase } from './schema.ts'
import { STATEMENT_TIMEOUT_MS } from './statement.ts'

const READ_CONNECTIONS = 10
const JOURNAL_CONNECTIONS = 4
const LEASE_CONNECTIONS = 2

/**
 * The journal's statements are planned once, and before Postgres has counted the rows of a new database; by index
 * they are right for any number of rows.
 */
const BY_INDEX = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
}

export interface Stores {
  readonly sagas: PostgresSagaStore
  readonly leases: PostgresLeaseStore
  readonly inbox: EventInbox
  readonly bulks: BulkStore
  readonly notices: NoticeStore
  readonly reader: SagaReader
  readonly exports: SagaExports
  readonly definitions: MachineDefinitions
  /** Of the whole database. */
  figures(): Promise<Figures>
  /** The connections, by what they are for. */
  readonly pools: Readonly<Record<'api' | 'journal' | 'leases', Pool>>
  close(): Promise<void>
}

export interface StoresOptions {
  readonly url: string
  /** Shown in pg_stat_activity. */
  readonly applicationName: string
  /** Of a session: an answer that takes half as long counts as lost. */
  readonly leaseMs: number
  /** How many there have to be; what the database has if undefined. */
  readonly partitions: number | undefined
}

/** Throws DatabaseRefusedError for what the operator has to mend. */
export async function openStores({
  url,
  applicationName,
  leaseMs,
  partitions,
}: StoresOptions): Promise<Stores> {
  const schema = await openSchema<OrchestratorDatabase>({
    url,
    schema: 'orchestrator',
    migrations: new URL('../../migrations/orchestrator/', import.meta.url),
    poolMax: READ_CONNECTIONS,
    applicationName,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    // Leaping through an index looks dearer than it is: compiling what then takes milliseconds would take longer.
    settings: { jit: 'off' },
  })
  try {
    await ensurePartitions(schema.db, partitions)
  } catch (error) {
    await schema.close()
    throw error
  }
  const journal = openPool({
    url,
    poolMax: JOURNAL_CONNECTIONS,
    applicationName: `${applicationName} journal`,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    settings: BY_INDEX,
  })
  const timeoutMs = Math.floor(leaseMs / 2)
  const leases = openPool({
    url,
    poolMax: LEASE_CONNECTIONS,
    applicationName: `${applicationName} leases`,
    statementTimeoutMs: timeoutMs,
  })
  return {
    sagas: new PostgresSagaStore(journal),
    leases: new PostgresLeaseStore(leases, { timeoutMs }),
    inbox: new EventInbox(schema.pool),
    bulks: new BulkStore(schema.db),
    notices: new NoticeStore(schema.pool),
    reader: new SagaReader(schema.db),
    exports: new SagaExports(schema.db),
    definitions: new MachineDefinitions(schema.db),
    figures: () => readFigures(schema.db),
    pools: { api: schema.pool, journal, leases },
    async close() {
      await leases.end()
      await journal.end()
      await schema.close()
    },
  }
}
