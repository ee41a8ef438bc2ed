/**
 * The engine's journal, sagas and inbox on Postgres.
 *
 * Promises what the ports say. In particular a batch whose outcome is unknown (the connection broke, the
 * server went away) may be written again: what had been applied is found by reading, never guessed.
 *
 * If the process dies at any line here, a batch is in the database as a whole or not at all.
 */
import type { Pool } from 'pg'
import type {
  DueSaga,
  InboxEvent,
  Lease,
  Problem,
  SagaStore,
  SagaWrite,
  StoredSaga,
  Trouble,
  WriteOutcome,
} from '../engine/ports.ts'
import { commitOf, toSeqOf, type Commit } from './commit-statement.ts'
import { BY_IDS, DISMISS, DUE, IN_FLIGHT, PENDING_EVENTS } from './owned-reads.ts'
import { ANSWER_TIMEOUT_MS, run } from './statement.ts'

/** No uuid is less. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

const COMMITTED: WriteOutcome = { kind: 'committed' }

export class PostgresSagaStore implements SagaStore {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async write(batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]> {
    let matched: Set<string>
    let commit: Commit
    try {
      commit = commitOf(batch)
    } catch (error) {
      // Something in one of them is no JSON, and never will be.
      return await this.#isolate(batch, error)
    }
    try {
      const rows = await run<{ saga_id: string }>(this.#pool, commit.text, {
        name: commit.name,
        values: commit.values,
        timeoutMs: ANSWER_TIMEOUT_MS,
      })
      matched = new Set(rows.map((row) => row.saga_id))
    } catch (error) {
      if (!isRefusal(error)) throw error
      return await this.#isolate(batch, error)
    }
    if (matched.size === batch.length) return batch.map(() => COMMITTED)
    const rest = batch.filter((write) => !matched.has(write.sagaId))
    const outcomes = await this.#outcomesOf(rest)
    return batch.map((write) => outcomes.get(write.sagaId) ?? COMMITTED)
  }

  async inFlight(
    lease: Lease,
    { after, limit }: { readonly after: string | null; readonly limit: number },
  ): Promise<StoredSaga[]> {
    return await this.#sagas(IN_FLIGHT, [lease], [after ?? BEFORE_ALL, limit])
  }

  async due(
    leases: readonly Lease[],
    {
      until,
      after,
      limit,
    }: { readonly until: number; readonly after: DueSaga | null; readonly limit: number },
  ): Promise<DueSaga[]> {
    const from = after === null ? ['-infinity', BEFORE_ALL] : [new Date(after.dueAt), after.sagaId]
    const rows = await this.#rows<DueRow>(DUE, leases, [new Date(until), limit, ...from])
    return rows.map(([row, lease]) => ({ ...storedOf(row, lease), dueAt: row.due_at }))
  }

  async byIds(leases: readonly Lease[], sagaIds: readonly string[]): Promise<StoredSaga[]> {
    return await this.#sagas(BY_IDS, leases, [sagaIds])
  }

  async inbox(leases: readonly Lease[], limit: number, after = '0'): Promise<InboxEvent[]> {
    const values = [...columnsOf(leases), limit, after]
    const rows = await run<EventRow>(this.#pool, PENDING_EVENTS, { values, timeoutMs: ANSWER_TIMEOUT_MS })
    return rows.map(({ id, saga_id, partition, event }) => ({ id, sagaId: saga_id, partition, event }))
  }

  async dismiss(leases: readonly Lease[], eventIds: readonly string[]): Promise<void> {
    await run(this.#pool, DISMISS, { values: [...columnsOf(leases), eventIds], timeoutMs: ANSWER_TIMEOUT_MS })
  }

  async #sagas(statement: string, leases: readonly Lease[], rest: readonly unknown[]): Promise<StoredSaga[]> {
    const rows = await this.#rows<SagaRow>(statement, leases, rest)
    return rows.map(([row, lease]) => storedOf(row, lease))
  }

  /** Each with the lease that it was read under. */
  async #rows<Row extends SagaRow>(
    statement: string,
    leases: readonly Lease[],
    rest: readonly unknown[],
  ): Promise<(readonly [Row, Lease])[]> {
    const values = [...columnsOf(leases), ...rest]
    const rows = await run<Row>(this.#pool, statement, { values, timeoutMs: ANSWER_TIMEOUT_MS })
    const leaseOf = new Map(leases.map((lease) => [lease.partition, lease]))
    return rows.flatMap((row) => {
      const lease = leaseOf.get(row.partition)
      return lease === undefined ? [] : [[row, lease] as const]
    })
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
    const values = [JSON.stringify(writes.map(rowToLookUp))]
    const rows = await run<StandsRow>(this.#pool, STANDS, { values, timeoutMs: ANSWER_TIMEOUT_MS })
    const found = new Map(rows.map((row) => [row.saga_id, row]))
    return new Map(
      writes.map((write): [string, WriteOutcome] => {
        const row = found.get(write.sagaId)
        if (row === undefined || Number(row.epoch) !== write.lease.epoch)
          return [write.sagaId, { kind: 'lost' }]
        // Under our own epoch nobody but us can have brought the saga to where the write leads. A write without
        // transitions leads nowhere else, so it matches as often as it is tried and is not looked up here.
        if (row.seq === toSeqOf(write)) return [write.sagaId, COMMITTED]
        const hasKey = write.start !== null && write.start.idempotency !== null
        // Where nobody has the key any more, whoever had it was old, and was removed since the write found it taken.
        if (hasKey && row.seq === null && row.key_owner !== write.sagaId)
          return [write.sagaId, { kind: 'key_taken' }]
        return [write.sagaId, { kind: 'lost' }]
      }),
    )
  }
}

/** Where the sagas of some writes stand, their partitions' epochs, and who has their keys. */
const STANDS = `
  select w.saga_id, s.seq, p.epoch, k.saga_id as key_owner
  from json_to_recordset($1::json) as w(partition smallint, saga_id uuid, key text)
  join orchestrator.partition p on p.id = w.partition
  left join orchestrator.saga s on s.partition = w.partition and s.saga_id = w.saga_id
  left join orchestrator.idempotency_key k on k.key = w.key`

interface StandsRow {
  readonly saga_id: string
  readonly seq: number | null
  readonly epoch: string
  readonly key_owner: string | null
}

interface SagaRow {
  readonly partition: number
  readonly saga_id: string
  readonly machine: string
  readonly version: string
  readonly trace: string | null
  readonly started_at: number
  readonly moved_at: number
  readonly seq: number
  readonly problem: Problem | null
  readonly trouble: Trouble | null
  readonly snapshot: unknown
}

interface DueRow extends SagaRow {
  readonly due_at: number
}

interface EventRow {
  readonly id: string
  readonly saga_id: string
  readonly partition: number
  readonly event: InboxEvent['event']
}

function storedOf(row: SagaRow, lease: Lease): StoredSaga {
  const { saga_id: sagaId, machine, version, trace, started_at: startedAt, moved_at: movedAt } = row
  const { seq, problem, trouble, snapshot } = row
  const identity = { sagaId, machine, version, trace }
  return { ...identity, lease, startedAt, movedAt, seq, problem, trouble, snapshot }
}

/** As two arrays, for unnest. */
const columnsOf = (leases: readonly Lease[]) => [
  leases.map(({ partition }) => partition),
  leases.map(({ epoch }) => epoch),
]

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
