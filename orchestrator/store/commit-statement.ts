/**
 * The one statement that writes everything: many sagas, one round trip, one fsync.
 *
 * `owned` share-locks each partition row at the epoch that the write claims. A takeover updates that row, so
 * it passes over writes in flight, and a write behind it finds the epoch gone and matches nothing; also where one
 * batch has a write of before and one of behind, for the partition came back to the process that lost it. Every other
 * part joins what matched, so a saga's transitions, events, key and answers stand or fall with its row.
 *
 * `spent` keeps an event of the inbox from being applied twice, though its owner may have read it once more just
 * before its answer was committed. A write without transitions applies none, and may be written again: it changes
 * nothing then.
 *
 * If the process dies at any line here, Postgres commits the whole statement or none of it.
 */
import type { SagaWrite, WakeAt } from '../engine/ports.ts'
import { isSingle, singleCommitOf } from './single-commit.ts'

const SPENT = `
answer as materialized (
  select * from json_to_recordset($4::json) as a(saga_id uuid, id bigint, outcome text)
),
spent as materialized (
  select a.saga_id from answer a join orchestrator.inbox i on i.id = a.id where i.outcome is not null
),
`

const ANSWERED = `,
answered as (
  update orchestrator.inbox i
  set outcome = a.outcome
  from answer a join matched m on m.saga_id = a.saga_id
  where i.id = a.id and i.partition = m.partition and i.saga_id = m.saga_id and i.outcome is null
)`

const NOTICED = `,
noticed as (
  insert into orchestrator.notice (partition, saga_id, seq, kind, payload)
  select m.partition, m.saga_id, n.seq, n.kind, n.payload
  from json_to_recordset($5::json) as n(saga_id uuid, seq integer, kind text, payload json)
  join matched m on m.saga_id = n.saga_id
  -- Written again, or a second problem where it stands: whoever was not told of the first, is told of the last.
  on conflict (partition, saga_id, seq, kind) do update
  set payload = excluded.payload, next_try_at = now(), tries = 0, last_error = null, refused = false
)`

interface Parts {
  readonly answers: boolean
  readonly notices: boolean
}

/** Executor start-up is most of a small batch: the parts for inbox and notices are there only when they are needed. */
const commit = ({ answers, notices }: Parts) => `
with write as materialized (
  select * from json_to_recordset($1::json) as w(
    partition smallint, epoch bigint, saga_id uuid, from_seq integer, to_seq integer,
    status text, state text, problem json, step text, trouble json, wake_at timestamptz,
    machine text, version text, business_key text, input json, key text, fingerprint text,
    trace text
  )
),
owned as materialized (
  select id, epoch from orchestrator.partition
  where (id, epoch) in (select partition, epoch from write)
  order by id
  for share
),
${answers ? SPENT : ''}fenced as materialized (
  select w.* from write w
  where (w.partition, w.epoch) in (select id, epoch from owned) ${
    answers ? 'and (w.to_seq = w.from_seq or w.saga_id not in (select saga_id from spent))' : ''
  }
),
claimed as (
  insert into orchestrator.idempotency_key (key, fingerprint, partition, saga_id)
  select key, fingerprint, partition, saga_id from fenced where from_seq < 0 and key is not null
  on conflict (key) do nothing
  returning saga_id
),
started as (
  insert into orchestrator.saga
    (partition, saga_id, machine, version, business_key, input, status, state, seq, epoch, problem,
     step, trouble, wake_at, trace)
  select partition, saga_id, machine, version, business_key, input, status, state, to_seq, epoch, problem,
    step, trouble, wake_at, trace
  from fenced
  where from_seq < 0 and (key is null or saga_id in (select saga_id from claimed))
  on conflict do nothing
  returning partition, saga_id
),
advanced as (
  update orchestrator.saga s
  set seq = f.to_seq, status = f.status, state = f.state, epoch = f.epoch, problem = f.problem,
      step = f.step, trouble = f.trouble, version = coalesce(f.version, s.version), wake_at = f.wake_at,
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
)${answers ? ANSWERED : ''}${notices ? NOTICED : ''}
select saga_id from matched
`

const COMMIT = { name: 'skald-commit-5', text: commit({ answers: false, notices: false }) }
const COMMIT_ANSWERING = {
  name: 'skald-commit-answering-4',
  text: commit({ answers: true, notices: false }),
}
/** With both, for sagas that park or fail are few. */
const COMMIT_NOTIFYING = {
  name: 'skald-commit-notifying-4',
  text: commit({ answers: true, notices: true }),
}

export interface Commit {
  /** To be prepared under: planning the statement costs more than running it. */
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
}

/** Throws if something in the writes is no JSON. */
export function commitOf(batch: readonly SagaWrite[]): Commit {
  const single = isSingle(batch) ? singleCommitOf(batch[0], timestampOf(batch[0].wakeAt)) : undefined
  if (single !== undefined) return single
  const writes: string[] = []
  const transitions: string[] = []
  const events: string[] = []
  const answers: string[] = []
  const notices: string[] = []
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
        step: write.step,
        trouble: write.trouble,
        wake_at: timestampOf(write.wakeAt),
        machine: start?.machine,
        version: start?.version ?? write.version,
        business_key: start?.businessKey,
        input: start?.input,
        key: start?.idempotency?.key,
        fingerprint: start?.idempotency?.fingerprint,
        trace: start?.trace,
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
    for (const { id, outcome } of write.consumed) {
      answers.push(JSON.stringify({ saga_id: sagaId, id, outcome }))
    }
    if (write.notice !== null) notices.push(JSON.stringify({ saga_id: sagaId, ...write.notice }))
  }
  const values = [jsonArray(writes), jsonArray(transitions), jsonArray(events)]
  if (notices.length > 0)
    return { ...COMMIT_NOTIFYING, values: [...values, jsonArray(answers), jsonArray(notices)] }
  if (answers.length === 0) return { ...COMMIT, values }
  return { ...COMMIT_ANSWERING, values: [...values, jsonArray(answers)] }
}

/** Where the saga stands once the write is in. */
export function toSeqOf(write: SagaWrite): number {
  return write.fromSeq + write.transitions.length
}

/** A timer behind this is looked at then, and armed again. */
const LATEST_WAKE = Date.UTC(9999, 0)

function timestampOf(wakeAt: WakeAt): string | null {
  switch (wakeAt) {
    case 'in_flight':
      return '-infinity'
    case 'on_event':
      return 'infinity'
    case 'ended':
      return null
    default:
      return new Date(Math.min(wakeAt, LATEST_WAKE)).toISOString()
  }
}

const jsonArray = (texts: readonly string[]) => `[${texts.join(',')}]`
