/**
 * Notices that wait to be told: written by commits, read and struck out by whoever owns their partition. Each statement
 * is fenced by the epoch of the lease, as a commit is.
 *
 * If the process dies at any line here, a notice is there, or it was delivered. One that was delivered and is still
 * there is told once more, under the same id.
 */
import type { Pool } from 'pg'
import type { Lease } from '../engine/ports.ts'
import { ANSWER_TIMEOUT_MS, run } from './statement.ts'

export interface DueNotice {
  readonly partition: number
  readonly sagaId: string
  /** Of the saga. */
  readonly trace: string | null
  readonly seq: number
  readonly kind: 'parked' | 'failed'
  /** JSON, as it was written. */
  readonly payload: string
  /** How often it was told in vain. */
  readonly tries: number
}

export interface FailedTry {
  /** In short, and without secrets. */
  readonly error: string
  readonly delayMs: number
  /** The receiver wants no such notice: those behind it of the same saga do not wait for it. */
  readonly isRefused: boolean
}

export class NoticeStore {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Those to be told now, the longest due first; of each saga only the oldest. */
  async due(leases: readonly Lease[], limit: number): Promise<DueNotice[]> {
    const partitions = leases.map(({ partition }) => partition)
    const epochs = leases.map(({ epoch }) => epoch)
    const rows = await this.#run<NoticeRow>(DUE, [partitions, epochs, limit])
    return rows.map(({ saga_id: sagaId, ...notice }) => ({ ...notice, sagaId }))
  }

  async delivered(notice: DueNotice, lease: Lease): Promise<void> {
    await this.#run(DELIVERED, keyOf(notice, lease))
  }

  /** It is told again `delayMs` from now, by the database's clock. */
  async failed(notice: DueNotice, lease: Lease, { error, delayMs, isRefused }: FailedTry): Promise<void> {
    await this.#run(FAILED, [...keyOf(notice, lease), error, isRefused, delayMs])
  }

  async #run<Row extends object>(statement: string, values: readonly unknown[]): Promise<Row[]> {
    return await run<Row>(this.#pool, statement, { values, timeoutMs: ANSWER_TIMEOUT_MS })
  }
}

type NoticeRow = Omit<DueNotice, 'sagaId'> & { readonly saga_id: string }

/** With its content: another one may have been written in its place since. */
function keyOf({ sagaId, seq, kind, payload }: DueNotice, { partition, epoch }: Lease) {
  return [partition, epoch, sagaId, seq, kind, payload]
}

/** Partitions, epochs, limit. */
const DUE = `
  select n.partition, n.saga_id, s.trace, n.seq, n.kind, n.payload, n.tries
  from unnest($1::smallint[], $2::bigint[]) as lease (partition, epoch)
  join orchestrator.partition p on p.id = lease.partition and p.epoch = lease.epoch
  cross join lateral (
    select n.partition, n.saga_id, n.seq, n.kind, n.payload::text as payload, n.tries, n.next_try_at
    from orchestrator.notice n
    where n.partition = p.id and n.next_try_at <= now() and not exists (
      select from orchestrator.notice earlier
      where earlier.partition = n.partition and earlier.saga_id = n.saga_id and earlier.seq < n.seq
        and not earlier.refused
    )
    order by n.next_try_at, n.saga_id, n.seq
    limit $3
  ) n
  left join orchestrator.saga s on s.partition = n.partition and s.saga_id = n.saga_id
  order by n.next_try_at, n.saga_id, n.seq
  limit $3`

/** Partition, epoch. */
const OWNED = `
  owned as materialized (
    select id from orchestrator.partition where id = $1::smallint and epoch = $2::bigint for share
  )`

/** And saga id, seq, kind, payload. */
const IS_MEANT = `
  n.partition = owned.id and n.saga_id = $3::uuid and n.seq = $4 and n.kind = $5 and n.payload::text = $6`

const DELIVERED = `with ${OWNED} delete from orchestrator.notice n using owned where ${IS_MEANT}`

/** And the error, whether it is refused, the delay in ms. Those behind it are not looked at before it is told again. */
const FAILED = `
  with ${OWNED},
  failed as (
    update orchestrator.notice n
    set tries = n.tries + 1, last_error = $7, refused = $8,
        next_try_at = now() + $9::float8 * interval '1 millisecond'
    from owned
    where ${IS_MEANT}
    returning n.partition, n.saga_id, n.seq, n.next_try_at, n.refused
  )
  update orchestrator.notice n
  set next_try_at = failed.next_try_at
  from failed
  where n.partition = failed.partition and n.saga_id = failed.saga_id and n.seq > failed.seq
    and not failed.refused and n.next_try_at < failed.next_try_at`
