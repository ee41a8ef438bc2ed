// The orchestrator's schema on a database of its own, and writes to put into its journal.
import type { Kysely } from 'kysely'
import type { Pool } from 'pg'
import type { Test } from 'tap'
import { v7 as newSagaId } from 'uuid'
import { openPool, openSchema } from '../../migrations/database.ts'
import type { Lease, Member, SagaStart, SagaWrite, Transition } from '../../orchestrator/engine/ports.ts'
import { EventInbox } from '../../orchestrator/store/event-inbox.ts'
import { PostgresLeaseStore } from '../../orchestrator/store/lease-store.ts'
import { SagaReader } from '../../orchestrator/store/saga-reader.ts'
import { PostgresSagaStore } from '../../orchestrator/store/saga-store.ts'
import { STATEMENT_TIMEOUT_MS } from '../../orchestrator/store/statement.ts'
import type { OrchestratorDatabase } from '../../orchestrator/store/schema.ts'
import { freshDatabase } from './database.ts'
import { until } from './until.ts'

export interface JournalDatabase {
  readonly url: string
  readonly db: Kysely<OrchestratorDatabase>
  readonly store: PostgresSagaStore
  readonly leaseStore: PostgresLeaseStore
  readonly inbox: EventInbox
  readonly reader: SagaReader
  readonly pool: Pool
}

/** Long enough for whatever a test does meanwhile. */
export const LEASE_MS = 600_000

export async function openJournal(t: Pick<Test, 'teardown'>): Promise<JournalDatabase> {
  const { url } = await freshDatabase(t, { untold: 'its rows are made up' })
  return await openJournalAt(t, url)
}

/** Once more on a database that is there, say by another way. */
export async function openJournalAt(t: Pick<Test, 'teardown'>, url: string): Promise<JournalDatabase> {
  const schema = await openSchema<OrchestratorDatabase>({
    url,
    schema: 'orchestrator',
    migrations: new URL('../../migrations/orchestrator/', import.meta.url),
    poolMax: 4,
    applicationName: 'test journal',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  })
  t.teardown(schema.close)
  const leasePool = openPool({ url, poolMax: 4, applicationName: 'test leases' })
  t.teardown(() => leasePool.end())
  const { db, pool } = schema
  return {
    url,
    db,
    store: new PostgresSagaStore(pool),
    leaseStore: new PostgresLeaseStore(leasePool, { timeoutMs: 5_000 }),
    inbox: new EventInbox(pool),
    reader: new SagaReader(db),
    pool,
  }
}

/** Another life of an orchestrator. */
export function memberOf(name: string, machines: readonly string[] = ['commande@1']): Member {
  return { id: newSagaId(), name, machines }
}

/** Joins as `name`, ending what lived under it, and takes every partition, whoever has it. */
export async function ownAll(
  { leaseStore, pool }: Pick<JournalDatabase, 'leaseStore' | 'pool'>,
  name = 'owner',
): Promise<readonly [Lease, ...Lease[]]> {
  const member = memberOf(name)
  await pool.query('delete from orchestrator.member')
  await leaseStore.join(member, { leaseMs: LEASE_MS, takeOverName: true })
  await leaseStore.acquire(member, 1_000)
  const beat = await leaseStore.beat(member, LEASE_MS)
  const [first, ...rest] = beat?.owned ?? []
  if (first === undefined) throw new Error('there are no partitions')
  return [leaseOf(first), ...rest.map(leaseOf)]
}

const leaseOf = ({ partition, epoch }: Lease): Lease => ({ partition, epoch })

export interface StartOptions {
  readonly sagaId?: string
  readonly key?: string
  readonly machine?: string
  readonly businessKey?: string
  readonly state?: string
  readonly status?: SagaWrite['status']
  readonly trace?: string
}

/** The first write of a saga. */
export function startOf(lease: Lease, options: StartOptions = {}): SagaWrite {
  const { sagaId = newSagaId(), key, machine = 'commande', businessKey = `cart of ${sagaId}` } = options
  const { state = 'doing.lock', status = 'running', trace = null } = options
  const start: SagaStart = {
    machine,
    version: '1',
    input: { cart_id: businessKey },
    businessKey,
    idempotency: key === undefined ? null : { key, fingerprint: `fingerprint of ${sagaId}` },
    trace,
  }
  return {
    sagaId,
    lease,
    fromSeq: -1,
    transitions: [transition(0, state)],
    status,
    state,
    problem: null,
    step: null,
    trouble: null,
    version: null,
    notice: null,
    wakeAt: status === 'done' || status === 'failed' ? 'ended' : 'in_flight',
    start,
    consumed: [],
  }
}

/** The write that goes on from the end of this one. */
export function nextOf(write: SagaWrite, state = 'doing.reserve', status = write.status): SagaWrite {
  const fromSeq = write.fromSeq + write.transitions.length
  return {
    ...write,
    fromSeq,
    transitions: [transition(fromSeq + 1, state)],
    status,
    state,
    wakeAt: status === 'done' || status === 'failed' ? 'ended' : 'in_flight',
    start: null,
    consumed: [],
  }
}

function transition(seq: number, state: string): Transition {
  return {
    seq,
    actor: null,
    event: { type: `to ${state}` },
    timer: null,
    at: Date.UTC(2026, 0, 1) + seq,
    state,
    snapshot: JSON.stringify({ status: 'active', value: state, context: { seq } }),
    emitted: [{ type: 'FIRST', seq }, { type: 'SECOND' }],
  }
}

/** Keeps every write of this saga waiting until the returned function is called. */
export async function holdSaga(pool: Pool, sagaId: string): Promise<() => Promise<void>> {
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from orchestrator.saga where saga_id = $1 for update', [sagaId])
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

/**
 * Keeps every statement that renews or reaps this member waiting until the returned function is called; it is
 * `reaped` then, or as before.
 */
export async function holdMember(pool: Pool, { id }: Member, then: 'as before' | 'reaped' = 'as before') {
  const client = await pool.connect()
  await client.query('begin')
  if (then === 'reaped') await client.query('delete from orchestrator.member where id = $1', [id])
  else await client.query('select from orchestrator.member where id = $1 for update', [id])
  return async () => {
    await client.query('commit')
    client.release()
  }
}

/** Resolves with the pids of the backends that wait for a lock, once there are so many. */
export async function untilWaiting(pool: Pool, count: number): Promise<number[]> {
  return until(`${count} statements wait for a lock`, async () => {
    const { rows } = await pool.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where wait_event_type = 'Lock' and datname = current_database() order by query_start`,
    )
    return rows.length === count && rows.map(({ pid }) => pid)
  })
}
