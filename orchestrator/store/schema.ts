/** The orchestrator's tables as Kysely sees them. The migrations are the truth; see there for the why. */
import type { Generated } from 'kysely'
import type { SagaStatus } from '../engine/ports.ts'

export interface OrchestratorDatabase {
  partition: {
    id: number
    owner: string | null
    /** bigint: pg answers it as text, and so do we pass it on. */
    epoch: string
    expires_at: Date | null
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
}
