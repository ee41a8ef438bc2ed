/** The orchestrator's tables as Kysely sees them. The migrations are the truth; see there for the why. */
import type { Generated, GeneratedAlways } from 'kysely'
import type { SagaStatus } from '../engine/ports.ts'
import type { Verb } from '../engine/verbs/operator-event.ts'

export interface OrchestratorDatabase {
  partition: {
    id: number
    owner: string | null
    /** bigint: pg answers it as text, and so do we pass it on. */
    epoch: string
    needs: string[] | null
  }
  member: {
    id: string
    name: string
    machines: string[]
    expires_at: Date
  }
  saga: {
    partition: number
    saga_id: string
    machine: string
    version: string
    business_key: string | null
    input: unknown
    status: SagaStatus
    state: string
    seq: number
    epoch: string
    problem: unknown
    step: string | null
    trouble: unknown
    error_code: GeneratedAlways<string | null>
    resting_status: GeneratedAlways<SagaStatus | null>
    resting_state: GeneratedAlways<string | null>
    /** Infinite on either side too, and then pg answers a number. */
    wake_at: Date | number | null
    trace: string | null
    created_at: Generated<Date>
    updated_at: Generated<Date>
    ended_at: GeneratedAlways<Date | null>
  }
  transition: {
    partition: number
    saga_id: string
    seq: number
    actor: string | null
    event: unknown
    timer: string | null
    at: Date
    state: string
    snapshot: unknown
    /** xid8: pg answers it as text. */
    committed_in: GeneratedAlways<string>
  }
  business_event: {
    partition: number
    saga_id: string
    seq: number
    ordinal: number
    type: string
    payload: unknown
    created_at: Generated<Date>
  }
  idempotency_key: {
    key: string
    fingerprint: string
    partition: number
    saga_id: string
    created_at: Generated<Date>
  }
  inbox: {
    partition: number
    saga_id: string
    id: Generated<string>
    key: string
    fingerprint: string
    event: unknown
    outcome: 'applied' | 'ignored' | null
    created_at: Generated<Date>
  }
  notice: {
    partition: number
    saga_id: string
    seq: number
    kind: 'parked' | 'failed'
    payload: unknown
    created_at: Generated<Date>
    next_try_at: Generated<Date>
    tries: Generated<number>
    last_error: string | null
    refused: Generated<boolean>
  }
  bulk: {
    bulk_id: string
    key: string
    fingerprint: string
    verb: Verb | 'migrate'
    asked: unknown
    filter: unknown
    details: unknown
    actor: string
    reason: string
    needs: Generated<string[]>
    rate: number
    status: Generated<'running' | 'stopped' | 'done'>
    total: number
    newest_saga_id: string
    cursor: string | null
    all_seen: Generated<boolean>
    sent: Generated<number>
    applied: Generated<number>
    ignored: Generated<number>
    unknown: Generated<number>
    refused: Generated<number>
    history: Generated<unknown>
    due_at: Generated<Date>
    created_at: Generated<Date>
    ended_at: Date | null
  }
  bulk_saga: {
    bulk_id: string
    saga_id: string
    outcome: 'pending' | 'applied' | 'ignored' | 'unknown' | 'refused'
    event_id: string | null
    why: string | null
  }
  machine_definition: {
    machine: string
    version: string
    hash: string
    definition: unknown
    first_seen_at: Generated<Date>
  }
  removed: {
    status: 'done' | 'failed'
    /** bigint: pg answers it as text. */
    sagas: string
    ended_until: Date
    removed_at: Generated<Date>
  }
}
