/**
 * The commit of one write alone: most of them, when few sagas are at work. It does what the general statement
 * (commit-statement.ts) does, in the same order and under the same fence, for one saga and one transition. Setting
 * up the executor for many is most of what they cost, so this one takes a third of it (ADR 16).
 *
 * If the process dies at any line here, Postgres commits the whole statement or none of it.
 */
import type { SagaWrite, Transition } from '../engine/ports.ts'
import { isStorable } from '../storable.ts'

const OWNED = `
owned as materialized (
  select id from orchestrator.partition where id = $1::smallint and epoch = $2::bigint for share
)`

const FOLLOWS = `
journalled as (
  insert into orchestrator.transition (partition, saga_id, seq, actor, event, timer, at, state, snapshot)
  select partition, saga_id, seq, $8::text, $9::json, $10::text,
         timestamptz 'epoch' + $11::bigint * interval '1 millisecond', $6::text, $12::json
  from matched
),
told as (
  insert into orchestrator.business_event (partition, saga_id, seq, ordinal, type, payload)
  select m.partition, m.saga_id, m.seq, e.ordinal, e.type, e.payload
  from matched m, json_to_recordset($13::json) as e(ordinal smallint, type text, payload json)
)
select saga_id from matched
`

const ADVANCE = {
  name: 'skald-advance-2',
  text: `
with ${OWNED},
matched as (
  update orchestrator.saga s
  set seq = s.seq + 1, status = $5::text, state = $6::text, epoch = $2::bigint, problem = null,
      wake_at = $7::timestamptz, step = $14::text, trouble = $15::json, updated_at = now()
  from owned
  where s.partition = owned.id and s.saga_id = $3::uuid and s.seq = $4::integer
  returning s.partition, s.saga_id, s.seq
),${FOLLOWS}`,
}

const START = {
  name: 'skald-start-3',
  text: `
with ${OWNED},
matched as (
  insert into orchestrator.saga
    (partition, saga_id, machine, version, business_key, input, status, state, seq, epoch, wake_at, step,
     trouble, trace)
  select id, $3::uuid, $16::text, $17::text, $18::text, $19::json, $5::text, $6::text, $4::integer + 1,
    $2::bigint, $7::timestamptz, $14::text, $15::json, $20::text
  from owned
  on conflict do nothing
  returning partition, saga_id, seq
),${FOLLOWS}`,
}

/** One write that has nothing but one transition of an unchanged version, no key to claim and nobody to notify. */
export interface SingleWrite extends SagaWrite {
  readonly transitions: readonly [Transition]
}

export function isSingle(batch: readonly SagaWrite[]): batch is readonly [SingleWrite] {
  const [write] = batch
  if (write === undefined || batch.length > 1) return false
  const { transitions, problem, consumed, start, version, notice } = write
  const hasKey = start !== null && start.idempotency !== null
  const isPlain = problem === null && version === null && notice === null
  return transitions.length === 1 && isPlain && consumed.length === 0 && !hasKey
}

/**
 * undefined for text that a json column takes, and that nobody could read in SQL: the general statement refuses it.
 * Throws if something in the write is no JSON. `wakeAt` is what the column takes.
 */
export function singleCommitOf(write: SingleWrite, wakeAt: string | null) {
  const { sagaId, lease, fromSeq, status, state, start } = write
  const [{ actor, event, timer, at, snapshot, emitted }] = write.transitions
  const eventText = JSON.stringify(event)
  const told = JSON.stringify(emitted.map(({ type, ...payload }, ordinal) => ({ ordinal, type, payload })))
  const input = start === null ? '' : JSON.stringify(start.input)
  const trouble = write.trouble === null ? null : JSON.stringify(write.trouble)
  if (![snapshot, eventText, told, input, trouble ?? ''].every(isStorable)) return undefined
  const where = [lease.partition, lease.epoch, sagaId, fromSeq, status, state, wakeAt]
  const what = [actor, eventText, timer, at, snapshot, told, write.step, trouble]
  if (start === null) return { ...ADVANCE, values: [...where, ...what] }
  const whence = [start.machine, start.version, start.businessKey, input, start.trace]
  return { ...START, values: [...where, ...what, ...whence] }
}
