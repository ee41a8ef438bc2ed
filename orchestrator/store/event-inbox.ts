/**
 * Events for sagas, accepted by whichever orchestrator got them and answered by the one that owns the saga.
 *
 * If the process dies at any line here, an event is in the inbox or not. Whoever was not told sends it again under
 * the same key, and it is there once.
 */
import type { Pool } from 'pg'
import type { AnyEventObject } from 'xstate'
import { ANSWER_TIMEOUT_MS, run } from './statement.ts'

/** The second look tells which event it was that came under the same key at the same moment. */
const TRIES = 2

export interface SentEvent {
  readonly sagaId: string
  /** Chosen by the sender, once for each event that it means to send to this saga. */
  readonly key: string
  /** Tells an event that is sent again from another one under the same key. */
  readonly fingerprint: string
  readonly event: AnyEventObject
  /** How many may wait for the saga. As many more get in as come at the very same moment. */
  readonly max: number
}

export type Acceptance =
  /** It is in the inbox now, or was there already. */
  | { readonly kind: 'accepted' | 'repeated'; readonly id: string }
  /** Nothing was accepted: the saga has ended. */
  | { readonly kind: 'ended' }
  /** Nothing was accepted: there is no such saga. */
  | { readonly kind: 'unknown_saga' }
  /** Nothing was accepted: another event was sent to the saga under this key. */
  | { readonly kind: 'key_reused' }
  /** Nothing was accepted: too many wait for the saga. */
  | { readonly kind: 'full' }

/** `pending` while no transition has answered it; `ignored` means that no state listened to it. */
export type EventOutcome = 'applied' | 'ignored' | 'pending'

export class EventInbox {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Resolves after its commit. */
  async accept({ sagaId, key, fingerprint, event, max }: SentEvent): Promise<Acceptance> {
    const values = [sagaId, key, fingerprint, JSON.stringify(event), max]
    for (let tries = 0; tries < TRIES; tries++) {
      const [row] = await run<AcceptRow>(this.#pool, ACCEPT, { values, timeoutMs: ANSWER_TIMEOUT_MS })
      if (row === undefined) return { kind: 'unknown_saga' }
      if (row.accepted_id !== null) return { kind: 'accepted', id: row.accepted_id }
      if (row.known_id !== null) {
        if (row.known_fingerprint !== fingerprint) return { kind: 'key_reused' }
        return { kind: 'repeated', id: row.known_id }
      }
      if (row.has_ended) return { kind: 'ended' }
      if (row.is_full) return { kind: 'full' }
    }
    throw new Error(`an event under the key ${key} is neither in the inbox nor let into it`)
  }

  /** What became of events that were accepted; those that never were are missing. */
  async outcomes(ids: readonly string[]): Promise<Map<string, EventOutcome>> {
    const values = [ids]
    const rows = await run<{ id: string; outcome: EventOutcome }>(this.#pool, OUTCOMES, {
      values,
      timeoutMs: ANSWER_TIMEOUT_MS,
    })
    return new Map(rows.map(({ id, outcome }) => [id, outcome]))
  }
}

interface AcceptRow {
  readonly has_ended: boolean
  readonly is_full: boolean
  readonly known_id: string | null
  readonly known_fingerprint: string | null
  readonly accepted_id: string | null
}

/** Saga id, key, fingerprint, event, how many may wait. */
const ACCEPT = `
  with target as materialized (
    select s.partition, s.saga_id, s.wake_at is null as has_ended,
      k.id as known_id, k.fingerprint as known_fingerprint,
      (
        select count(*) >= $5 from (
          select from orchestrator.inbox w
          where w.partition = s.partition and w.saga_id = s.saga_id and w.outcome is null
          limit $5
        ) waiting
      ) as is_full
    from orchestrator.saga s
    left join orchestrator.inbox k on k.partition = s.partition and k.saga_id = s.saga_id and k.key = $2
    where s.saga_id = $1
  ),
  accepted as (
    insert into orchestrator.inbox (partition, saga_id, key, fingerprint, event)
    select partition, saga_id, $2, $3, $4 from target
    where known_id is null and not has_ended and not is_full
    on conflict (partition, saga_id, key) do nothing
    returning id
  )
  select has_ended, is_full, known_id, known_fingerprint, accepted.id as accepted_id
  from target left join accepted on true`

/** Ids. */
const OUTCOMES = `
  select id, coalesce(outcome, 'pending') as outcome
  from orchestrator.inbox where id = any($1::bigint[])`
