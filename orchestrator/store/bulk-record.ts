/** A bulk as it is asked for, and as it stands in its row. It does nothing that a process could die in. */
import type { Selectable } from 'kysely'
import type { Verb } from '../engine/verbs/operator-event.ts'
import type { SagaFilter } from './saga-filter.ts'
import type { OrchestratorDatabase } from './schema.ts'

type Row = Selectable<OrchestratorDatabase['bulk']>

export type BulkVerb = Verb | 'migrate'
export type BulkOutcome = OrchestratorDatabase['bulk_saga']['outcome']

/** What is asked of each saga, by whom, and why. */
export interface BulkOrder {
  readonly verb: BulkVerb
  readonly actor: string
  readonly reason: string
  readonly details: BulkDetails
}

/** What some verbs have beside who and why. */
export interface BulkDetails {
  readonly step?: string
  readonly input?: unknown
  readonly output?: unknown
  /** Of `migrate`: the version. */
  readonly to?: string
}

export interface NewBulk extends BulkOrder {
  /** A fresh uuid, version 7. */
  readonly bulkId: string
  readonly key: string
  /** Tells a repeated call from another one under the same key. */
  readonly fingerprint: string
  /** The filter in the words of the caller, and as it is used. */
  readonly asked: unknown
  readonly filter: SagaFilter
  /** Machine versions (`id@version`) without which nobody can tell what is possible. */
  readonly needs: readonly string[]
  /** Sagas a second. */
  readonly rate: number
}

/** Who stopped it, or let it go on. */
interface HistoryEntry {
  readonly did: 'stop' | 'resume'
  readonly actor: string
  readonly reason: string
  readonly at: string
}

export interface BulkRecord extends BulkOrder {
  readonly bulkId: string
  readonly asked: unknown
  readonly filter: SagaFilter
  readonly rate: number
  readonly status: 'running' | 'stopped' | 'done'
  /** How many it was about when it was made. */
  readonly total: number
  readonly sent: number
  readonly applied: number
  readonly ignored: number
  readonly unknown: number
  readonly refused: number
  readonly history: readonly HistoryEntry[]
  readonly createdAt: Date
  readonly endedAt: Date | null
}

export function orderOf(row: Pick<Row, 'verb' | 'actor' | 'reason' | 'details'>): BulkOrder {
  const { verb, actor, reason } = row
  return { verb, actor, reason, details: row.details as BulkDetails }
}

export function recordOf(row: Row): BulkRecord {
  const { rate, status, total, sent, applied, ignored, unknown, refused } = row
  return {
    rate,
    status,
    total,
    sent,
    applied,
    ignored,
    unknown,
    refused,
    ...orderOf(row),
    bulkId: row.bulk_id,
    asked: row.asked,
    filter: row.filter as SagaFilter,
    history: row.history as HistoryEntry[],
    createdAt: row.created_at,
    endedAt: row.ended_at,
  }
}
