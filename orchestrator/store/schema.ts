/** The orchestrator's tables as Kysely sees them. The migrations are the truth; see there for the why. */
import type { Generated, GeneratedAlways } from 'kysely'
import type { SagaStatus } from '../engine/ports.ts'

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
    created_at: Generated<Date>
    updated_at: Generated<Date>
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
  }
}
