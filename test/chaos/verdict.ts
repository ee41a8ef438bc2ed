// What must be true when all is over: every saga has ended, the audit is clean, and every caller was told the truth.
import { setTimeout as sleep } from 'node:timers/promises'
import { audit, type Audited } from '../../orchestrator/cli/audit/audit.ts'
import { withDatabase } from '../../orchestrator/cli/audit/open-database.ts'
import type { Dice } from '../simulation/dice.ts'
import type { Load } from './load.ts'
import { operatorComplaints } from './operators.ts'
import type { Order } from './order.ts'
import type { System } from './system.ts'

const SETTLE_MS = 120_000
const POLL_MS = 250

export interface Verdict {
  readonly audited: Audited
  readonly settledMs: number
  readonly complaints: readonly string[]
}

/** Waits until all sagas have ended, and says what is wrong. Nothing must be troubled any more. */
export async function verdictOn(system: System, load: Load, dice: Dice): Promise<Verdict> {
  const since = performance.now()
  const unsettled = await settle(system, load, dice)
  const settledMs = performance.now() - since
  const audited = await withDatabase(system.postgres.url, (db) => audit(db, { stillForSeconds: 0 }))
  const { start } = audited.stock
  return {
    audited,
    settledMs,
    complaints: [
      ...unsettled,
      ...audited.findings.map(({ check, saga_id, what }) => `audit of ${check}: ${saga_id ?? ''} ${what}`),
      ...Object.entries(audited.untold).map(([check, more]) => `audit of ${check}: and ${more} more`),
      ...(start === load.stockAtStart
        ? []
        : [`the stock at the start was ${load.stockAtStart}, not ${start}`]),
      ...(await callerComplaints(system, load.orders)),
      ...(await operatorComplaints(system, load.operators.asks)),
      ...(await system.toldSecrets()),
      ...system.complaints,
    ],
  }
}

/** RETRY for what is parked, and the last answers for those who wait. */
async function settle(system: System, load: Load, dice: Dice): Promise<string[]> {
  const signal = AbortSignal.timeout(SETTLE_MS)
  await load.finish(signal)
  const unfinished = `
    select saga_id, status, state from orchestrator.saga where status not in ('done', 'failed')
    union all
    select saga_id, 'asked', event ->> 'type' from orchestrator.inbox where outcome is null`
  for (;;) {
    const rows = await system.query<{ saga_id: string; status: string; state: string }>(unfinished)
    if (rows.length === 0) return []
    if (signal.aborted)
      return rows.map(({ saga_id, status, state }) => `saga ${saga_id} never ended: ${status} in ${state}`)
    await load.retryParked(dice, 1)
    await sleep(POLL_MS)
  }
}

interface SagaRow extends Record<string, unknown> {
  readonly saga_id: string
  readonly key: string | null
  readonly status: string
}

async function callerComplaints(system: System, orders: readonly Order[]): Promise<string[]> {
  const rows = await system.query<SagaRow>(
    `select saga_id, key, status from orchestrator.saga left join orchestrator.idempotency_key using (saga_id)`,
  )
  const byKey = new Map(rows.map((row) => [row.key, row]))
  const keys = new Set(orders.map(({ key }) => key))
  const strangers = rows.filter(({ key }) => key === null || !keys.has(key))
  return [
    ...strangers.map(({ saga_id }) => `saga ${saga_id} was ordered by nobody`),
    ...orders.flatMap((order) => wrongAnswers(order, byKey.get(order.key))),
  ]
}

function wrongAnswers({ key, final, sagaIds }: Order, saga: SagaRow | undefined): string[] {
  const told = [...sagaIds]
  if (final === undefined) return [`the caller of ${key} never got a final answer (saga ${told.join(', ')})`]
  if (saga === undefined)
    return [`the caller of ${key} was answered ${final.status}, but there is no such saga`]
  const status = final.status === 201 ? 'done' : 'failed'
  return [
    ...(saga.status === status
      ? []
      : [`saga ${saga.saga_id} is ${saga.status}, but ${final.status} was answered`]),
    ...(told.length === 1 && told[0] === saga.saga_id
      ? []
      : [`the caller of saga ${saga.saga_id} was told of ${told.join(', ') || 'none'}`]),
  ]
}
