/**
 * The one statement that writes everything: many sagas, one round trip, one fsync.
 *
 * `owned` share-locks each partition row at the epoch that the write claims. A takeover updates that row, so
 * it waits for writes in flight, and a write behind it finds the epoch gone and matches nothing. Every other
 * part joins what matched, so a saga's transitions, events and key stand or fall with its row.
 *
 * If the process dies at any line here, Postgres commits the whole statement or none of it.
 */
import type { SagaWrite } from '../engine/ports.ts'

/** Run as a prepared statement under this name: planning it costs more than running it. */
export const COMMIT_STATEMENT_NAME = 'skald-commit-1'

export const COMMIT_STATEMENT = `
with write as materialized (
  select * from json_to_recordset($1::json) as w(
    partition smallint, epoch bigint, saga_id uuid, from_seq integer, to_seq integer,
    status text, state text, problem json,
    machine text, version text, business_key text, input json, key text, fingerprint text
  )
),
owned as materialized (
  select id from orchestrator.partition
  where (id, epoch) in (select partition, epoch from write)
  for share
),
fenced as materialized (
  select w.* from write w where w.partition in (select id from owned)
),
claimed as (
  insert into orchestrator.idempotency_key (key, fingerprint, partition, saga_id)
  select key, fingerprint, partition, saga_id from fenced where from_seq < 0 and key is not null
  on conflict (key) do nothing
  returning saga_id
),
started as (
  insert into orchestrator.saga
    (partition, saga_id, machine, version, business_key, input, status, state, seq, epoch, problem)
  select partition, saga_id, machine, version, business_key, input, status, state, to_seq, epoch, problem
  from fenced
  where from_seq < 0 and (key is null or saga_id in (select saga_id from claimed))
  on conflict do nothing
  returning partition, saga_id
),
advanced as (
  update orchestrator.saga s
  set seq = f.to_seq, status = f.status, state = f.state, epoch = f.epoch, problem = f.problem,
      updated_at = now()
  from fenced f
  where s.partition = f.partition and s.saga_id = f.saga_id and s.seq = f.from_seq and f.from_seq >= 0
  returning s.partition, s.saga_id
),
matched as (
  select partition, saga_id from started union all select partition, saga_id from advanced
),
journalled as (
  insert into orchestrator.transition (partition, saga_id, seq, actor, event, timer, at, state, snapshot)
  select m.partition, m.saga_id, t.seq, t.actor, t.event, t.timer,
         timestamptz 'epoch' + t.at * interval '1 millisecond', t.state, t.snapshot
  from json_to_recordset($2::json) as t(
    saga_id uuid, seq integer, actor text, event json, timer text, at bigint, state text, snapshot json
  ) join matched m on m.saga_id = t.saga_id
),
told as (
  insert into orchestrator.business_event (partition, saga_id, seq, ordinal, type, payload)
  select m.partition, m.saga_id, e.seq, e.ordinal, e.type, e.payload
  from json_to_recordset($3::json) as e(
    saga_id uuid, seq integer, ordinal smallint, type text, payload json
  ) join matched m on m.saga_id = e.saga_id
)
select saga_id from matched
`

/** The statement's parameters: writes, their transitions, their business events, as JSON texts. */
export function commitParameters(batch: readonly SagaWrite[]): [string, string, string] {
  const writes: string[] = []
  const transitions: string[] = []
  const events: string[] = []
  for (const write of batch) {
    const { sagaId, start, lease } = write
    writes.push(
      JSON.stringify({
        partition: lease.partition,
        epoch: lease.epoch,
        saga_id: sagaId,
        from_seq: write.fromSeq,
        to_seq: toSeqOf(write),
        status: write.status,
        state: write.state,
        problem: write.problem,
        machine: start?.machine,
        version: start?.version,
        business_key: start?.businessKey,
        input: start?.input,
        key: start?.idempotency?.key,
        fingerprint: start?.idempotency?.fingerprint,
      }),
    )
    for (const { seq, actor, event, timer, at, state, snapshot, emitted } of write.transitions) {
      const row = JSON.stringify({ saga_id: sagaId, seq, actor, event, timer, at, state })
      // The snapshot is JSON text already; parsing it only to print it again would cost more than all the rest.
      transitions.push(`${row.slice(0, -1)},"snapshot":${snapshot}}`)
      emitted.forEach(({ type, ...payload }, ordinal) => {
        events.push(JSON.stringify({ saga_id: sagaId, seq, ordinal, type, payload }))
      })
    }
  }
  return [jsonArray(writes), jsonArray(transitions), jsonArray(events)]
}

/** Where the saga stands once the write is in. */
export function toSeqOf(write: SagaWrite): number {
  return write.fromSeq + write.transitions.length
}

const jsonArray = (texts: readonly string[]) => `[${texts.join(',')}]`
