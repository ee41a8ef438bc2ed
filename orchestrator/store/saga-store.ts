/**
 * The engine's journal and partitions on Postgres.
 *
 * Promises what the ports say. In particular a batch whose outcome is unknown (the connection broke, the
 * server went away) may be written again: what had been applied is found by reading, never guessed.
 *
 * If the process dies at any line here, a batch is in the database as a whole or not at all.
 */
import { sql, type Kysely } from 'kysely'
import type { Pool } from 'pg'
import type { Lease, Problem, SagaStore, SagaWrite, StoredSaga, WriteOutcome } from '../engine/ports.ts'
import { COMMIT_STATEMENT, COMMIT_STATEMENT_NAME, commitParameters, toSeqOf } from './commit-statement.ts'
import { sagasWithSnapshot } from './sagas-with-snapshot.ts'
import type { OrchestratorDatabase } from './schema.ts'

const RESUME_PAGE = 500

/** A server that froze, or was cut off, gives no error. Past this its answer counts as lost. */
const COMMIT_TIMEOUT_MS = 10_000

const COMMITTED: WriteOutcome = { kind: 'committed' }

export class PostgresSagaStore implements SagaStore {
  readonly #db: Kysely<OrchestratorDatabase>
  readonly #pool: Pool

  constructor(db: Kysely<OrchestratorDatabase>, pool: Pool) {
    this.#db = db
    this.#pool = pool
  }

  async write(batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]> {
    let matched: Set<string>
    let values: string[]
    try {
      values = commitParameters(batch)
    } catch (error) {
      // Something in one of them is no JSON, and never will be.
      return await this.#isolate(batch, error)
    }
    try {
      // Straight through pg, for Kysely has no named prepared statements.
      const statement = {
        name: COMMIT_STATEMENT_NAME,
        text: COMMIT_STATEMENT,
        values,
        query_timeout: COMMIT_TIMEOUT_MS,
      }
      const result = await this.#pool.query<{ saga_id: string }>(statement)
      matched = new Set(result.rows.map((row) => row.saga_id))
    } catch (error) {
      if (!isRefusal(error)) throw error
      return await this.#isolate(batch, error)
    }
    if (matched.size === batch.length) return batch.map(() => COMMITTED)
    const rest = batch.filter((write) => !matched.has(write.sagaId))
    const outcomes = await this.#outcomesOf(rest)
    return batch.map((write) => outcomes.get(write.sagaId) ?? COMMITTED)
  }

  async claimPartitions(owner: string): Promise<readonly Lease[]> {
    const rows = await this.#db
      .updateTable('partition')
      .set((eb) => ({ owner, epoch: eb('epoch', '+', '1') }))
      .returning(['id', 'epoch'])
      .execute()
    return rows.map((row) => ({ partition: row.id, epoch: Number(row.epoch) }))
  }

  async *unfinished(leases: readonly Lease[]): AsyncIterable<StoredSaga> {
    for (const lease of leases) {
      let after = '00000000-0000-0000-0000-000000000000'
      for (;;) {
        const page = await this.#unfinishedAfter(lease, after)
        yield* page
        const last = page.at(-1)
        if (last === undefined || page.length < RESUME_PAGE) break
        after = last.sagaId
      }
    }
  }

  async #unfinishedAfter(lease: Lease, after: string): Promise<StoredSaga[]> {
    const rows = await sagasWithSnapshot(this.#db)
      .where('saga.partition', '=', lease.partition)
      .where('saga.status', 'in', ['running', 'compensating', 'parked'])
      .where('saga.saga_id', '>', after)
      .orderBy('saga.saga_id')
      .limit(RESUME_PAGE)
      .select(['saga.saga_id', 'machine', 'version', 'saga.seq', 'problem', 'snapshot'])
      .execute()
    return rows.map((row) => ({
      sagaId: row.saga_id,
      lease,
      machine: row.machine,
      version: row.version,
      seq: row.seq,
      problem: row.problem as Problem | null,
      snapshot: row.snapshot,
    }))
  }

  /** One write that Postgres can't take must not hold up the others of its batch. */
  async #isolate(batch: readonly SagaWrite[], error: unknown): Promise<readonly WriteOutcome[]> {
    if (batch.length === 1) return [{ kind: 'refused', message: String(error) }]
    const outcomes: WriteOutcome[] = []
    for (const write of batch) outcomes.push(...(await this.write([write])))
    return outcomes
  }

  /**
   * What became of writes that did not match. A fresh statement, for the first one's snapshot may be older
   * than the write of a broken connection that it had to wait for.
   */
  async #outcomesOf(writes: readonly SagaWrite[]): Promise<Map<string, WriteOutcome>> {
    const { rows } = await sql<{
      saga_id: string
      seq: number | null
      epoch: string
      key_owner: string | null
    }>`
      select w.saga_id, s.seq, p.epoch, k.saga_id as key_owner
      from json_to_recordset(${JSON.stringify(writes.map(rowToLookUp))}::json)
        as w(partition smallint, saga_id uuid, key text)
      join orchestrator.partition p on p.id = w.partition
      left join orchestrator.saga s on s.partition = w.partition and s.saga_id = w.saga_id
      left join orchestrator.idempotency_key k on k.key = w.key
    `.execute(this.#db)
    const found = new Map(rows.map((row) => [row.saga_id, row]))
    return new Map(
      writes.map((write): [string, WriteOutcome] => {
        const row = found.get(write.sagaId)
        if (row === undefined || Number(row.epoch) !== write.lease.epoch)
          return [write.sagaId, { kind: 'lost' }]
        // Under our own epoch nobody but us can have brought the saga to where the write leads.
        if (row.seq === toSeqOf(write)) return [write.sagaId, COMMITTED]
        if (row.key_owner !== null && row.key_owner !== write.sagaId)
          return [write.sagaId, { kind: 'key_taken' }]
        return [write.sagaId, { kind: 'lost' }]
      }),
    )
  }
}

const rowToLookUp = ({ lease, sagaId, start }: SagaWrite) => ({
  partition: lease.partition,
  saga_id: sagaId,
  key: start?.idempotency?.key ?? null,
})

/**
 * SQLSTATE classes that speak of the data itself: 22 data exception, 23 integrity, 54 program limit. All else
 * (connection, resources, shutdown, lock, disk, read-only) may pass, and is tried again.
 */
function isRefusal(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(22|23|54)/.test(code)
}
