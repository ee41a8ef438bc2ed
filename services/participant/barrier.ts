/**
 * The barrier: makes an action effective once and a compensation safe to send at any time.
 *
 * One row (saga_id, step, op) stands for "this action" or "this compensation". It commits together
 * with the business write and its service event, so a process that dies at any line leaves all of
 * them or none, and the caller, who repeats the call, cannot tell the difference.
 *
 * Why every interleaving of do, do, undo, undo comes out right under READ COMMITTED: each
 * transaction begins by inserting its row, and `on conflict do nothing` waits for a transaction
 * that inserted the same row and has not ended yet. Hence
 *
 * - do and do: one inserts. The other waits; if the first commits it inserts nothing, and its next
 *   statement, with a snapshot of its own, reads the stored answer; if the first rolls back, it
 *   inserts and is itself the first. The same holds for undo and undo.
 * - do and undo: undo also inserts the do row, as a tombstone. If do was first, undo waits, then
 *   reads what do answered and undoes it. If undo was first, do waits and finds the tombstone. No
 *   third order exists, as both want the same key.
 * - Nobody waits in a circle: do takes (do row, business rows), undo takes (undo row, do row,
 *   business rows), always in this order.
 */
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import type { Call } from './call.ts'
import { problem } from './problem.ts'
import { inTransaction } from './transaction.ts'

export type Participant<Database> = {
  /** Where the barrier and the service events lie. */
  schema: string
  db: Kysely<Database>
  /** Told after the commit of an action, or of a compensation, what became of it. */
  onOperation?: (operation: string, outcome: OperationOutcome) => void
}

/** `repeated` was done by an earlier call; `tombstone` keeps an action from happening, or has just kept it from that. */
export type OperationOutcome = 'success' | 'failure' | 'repeated' | 'tombstone'

/** What is answered; a status of 400 or more is a refusal, and its body a problem document. */
export type Answer = {
  status: number
  body?: unknown
  /** For the service event, not for the caller. */
  detail: Record<string, unknown>
}

type KeyedCall = Call & { step: NonNullable<Call['step']> }

/**
 * Runs `decide` once per step of a saga; when the call comes again, answers what was answered first.
 *
 * `decide` must refuse before it writes: its refusal is committed and repeated like a success.
 * Answers 409 `deja_annule` once the step was compensated, 422 `cle_reutilisee` when the step made
 * another request before. A call without a step is simply done.
 */
export async function performAction<Database>(
  participant: Participant<Database>,
  call: Call,
  action: string,
  decide: (trx: Transaction<Database>) => Promise<Answer>,
): Promise<Answer> {
  const { db, schema, onOperation } = participant
  const { answer, outcome } = await inTransaction(db, async (trx): Promise<Done> => {
    if (isKeyed(call)) {
      const isFirst = await insertRow(trx, schema, call)
      if (!isFirst) return repeated(call, await readDoRow(trx, schema, call))
    }
    const answer = await decide(trx)
    await record(trx, schema, { call, action, answer, storesAnswer: isKeyed(call) })
    return { answer, outcome: isRefused(answer) ? 'failure' : 'success' }
  })
  onOperation?.(action, outcome)
  return answer
}

type Done = { answer: Answer; outcome: OperationOutcome }

const isRefused = ({ status }: Answer) => status >= 400

export type Compensation<Database> = {
  /** A call without a step. A refusal is answered and recorded; it must come before any write. */
  plain: (trx: Transaction<Database>) => Promise<Answer>
  /** Undoes the action that the saga's step did, which answered `done`. A refusal rolls back all of it. */
  undo: (trx: Transaction<Database>, step: { sagaId: string; done: unknown }) => Promise<Answer>
  /** The action of the step had no effect and never will: what to leave behind, if anything. */
  prevent?: (trx: Transaction<Database>) => Promise<void>
}

/**
 * Undoes the action of a step once, whether it happened, was refused or never came; in the last
 * case a tombstone keeps it from happening later. Repeated calls succeed without a second effect.
 *
 * Refusals are not kept, so that a later try can succeed. What is undone is decided by saga and
 * step alone, hence the request itself is not compared with an earlier one.
 */
export async function performCompensation<Database>(
  participant: Participant<Database>,
  call: Call,
  action: string,
  compensation: Compensation<Database>,
): Promise<Answer> {
  if (!isKeyed(call)) return performAction(participant, call, action, compensation.plain)
  const { db, schema, onOperation } = participant
  try {
    const { answer, outcome } = await inTransaction(db, async (trx): Promise<Done> => {
      const claim = await insertUndoAndTombstone(trx, schema, call)
      if (!claim.isFirst) return { answer: { status: 204, detail: {} }, outcome: 'repeated' }
      const row = claim.cameFirst ? TOMBSTONE : await readDoRow(trx, schema, call)
      const answer = await undoOrPrevent(trx, compensation, { sagaId: call.step.sagaId, row })
      if (isRefused(answer)) throw new RefusedUndo(answer)
      await record(trx, schema, { call, action, answer, storesAnswer: false })
      return { answer, outcome: claim.cameFirst ? 'tombstone' : 'success' }
    })
    onOperation?.(action, outcome)
    return answer
  } catch (error) {
    if (!(error instanceof RefusedUndo)) throw error
    onOperation?.(action, 'failure')
    return error.answer
  }
}

/** Carries the refusal out of the transaction, which rolls back the undo row with it. */
class RefusedUndo extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('undo refused')
    this.answer = answer
  }
}

/** An answer that says no. The facts go into the problem document and the service event alike. */
export function refusal(
  status: number,
  code: string,
  detail: string,
  facts: Record<string, unknown> = {},
): Answer {
  return { status, body: { ...problem(status, code, detail), ...facts }, detail: { code, ...facts } }
}

/** For an undo whose address names another thing than what the action of its step made. */
export function refuseOtherTarget(): Answer {
  const detail = 'The step of this Idempotency-Key acted on something else; its compensation must name that.'
  return refusal(422, 'cle_reutilisee', detail)
}

type DoRow = { fingerprint: string | null; status: number | null; response: unknown }

const TOMBSTONE: DoRow = { fingerprint: null, status: null, response: null }

function isKeyed(call: Call): call is KeyedCall {
  return call.step !== null
}

function repeated(call: Call, { fingerprint, status, response }: DoRow): Done {
  if (fingerprint === null || status === null) {
    const detail = 'The saga has already compensated this step; it can no longer happen.'
    return { answer: refusal(409, 'deja_annule', detail), outcome: 'tombstone' }
  }
  if (fingerprint !== call.fingerprint) {
    const detail = 'This Idempotency-Key came before with another request; each request needs its own.'
    return { answer: refusal(422, 'cle_reutilisee', detail), outcome: 'failure' }
  }
  return { answer: { status, body: response ?? undefined, detail: {} }, outcome: 'repeated' }
}

async function undoOrPrevent<Database>(
  trx: Transaction<Database>,
  compensation: Compensation<Database>,
  { sagaId, row }: { sagaId: string; row: DoRow },
): Promise<Answer> {
  if (row.status !== null && row.status < 400) return compensation.undo(trx, { sagaId, done: row.response })
  await compensation.prevent?.(trx)
  const reason = row.status === null ? 'the action never came' : 'the action was refused'
  return { status: 204, detail: { nothing_to_undo: reason } }
}

/** False when the action came before. */
async function insertRow<Database>(trx: Transaction<Database>, schema: string, call: KeyedCall) {
  const { rows } = await sql`
    insert into ${sql.id(schema, 'barrier')} (saga_id, step, op, fingerprint)
    values (${call.step.sagaId}, ${call.step.name}, 'do', ${call.fingerprint})
    on conflict do nothing
    returning 1
  `.execute(trx)
  return rows.length === 1
}

/** The tombstone is inserted after the undo row and only with it: its select reads what that returned. */
async function insertUndoAndTombstone<Database>(
  trx: Transaction<Database>,
  schema: string,
  { step, fingerprint }: KeyedCall,
) {
  const barrier = sql.id(schema, 'barrier')
  const { rows } = await sql<{ is_first: boolean; came_first: boolean }>`
    with undo_row as (
      insert into ${barrier} (saga_id, step, op, fingerprint, status)
      values (${step.sagaId}, ${step.name}, 'undo', ${fingerprint}, 204)
      on conflict do nothing
      returning saga_id, step
    ), tombstone as (
      insert into ${barrier} (saga_id, step, op)
      select saga_id, step, 'do' from undo_row
      on conflict do nothing
      returning 1
    )
    select exists (select from undo_row) as is_first, exists (select from tombstone) as came_first
  `.execute(trx)
  return { isFirst: rows[0]?.is_first === true, cameFirst: rows[0]?.came_first === true }
}

/** A statement of its own, so that it sees a row that committed while we waited to insert ours. */
async function readDoRow<Database>(
  trx: Transaction<Database>,
  schema: string,
  { step }: KeyedCall,
): Promise<DoRow> {
  const { rows } = await sql<DoRow>`
    select fingerprint, status, response
    from ${sql.id(schema, 'barrier')}
    where saga_id = ${step.sagaId} and step = ${step.name} and op = 'do'
  `.execute(trx)
  return rows[0] ?? TOMBSTONE
}

type Recorded = { call: Call; action: string; answer: Answer; storesAnswer: boolean }

/** Writes the service event and, for an action, the answer that is repeated from now on. */
async function record<Database>(
  trx: Transaction<Database>,
  schema: string,
  { call, action, answer, storesAnswer }: Recorded,
): Promise<void> {
  const outcome = answer.status < 400 ? 'SUCCESS' : 'FAILURE'
  const event = sql`
    insert into ${sql.id(schema, 'service_event')} (action, outcome, correlation_id, detail)
    values (${action}, ${outcome}, ${call.correlationId}, ${JSON.stringify(answer.detail)})
  `
  if (!storesAnswer || !isKeyed(call)) {
    await event.execute(trx)
    return
  }
  const response = answer.body === undefined ? null : JSON.stringify(answer.body)
  await sql`
    with answered as (
      update ${sql.id(schema, 'barrier')} set status = ${answer.status}, response = ${response}
      where saga_id = ${call.step.sagaId} and step = ${call.step.name} and op = 'do'
    )
    ${event}
  `.execute(trx)
}
