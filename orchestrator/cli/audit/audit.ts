// `skald audit`: reads all four schemas and says what is wrong. It only reads, and a saga that moves while it does
// gives no false alarm, so it may run beside a live system at any time.
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { run, type Check, type CheckName, type Finding } from './check.ts'
import { effectChecks } from './effect-checks.ts'
import { eventChecks } from './event-checks.ts'
import { journalChecks } from './journal-checks.ts'
import { Replay, type Replayed } from './replay-check.ts'
import { countSagas, sagaChecks, type SagaCounts } from './saga-checks.ts'
import { countStock, stockChecks, type StockCounts } from './stock-checks.ts'

export interface AuditOptions {
  /** How long a saga in flight may be without a transition; undefined is for ever, 0 demands that none is in flight. */
  readonly stillForSeconds?: number | undefined
  /** Whether the journals are told again. */
  readonly replays?: boolean
}

export interface Audited {
  /** The moment that all checks but the replay saw: RFC 3339, by the database's clock. */
  readonly at: string
  readonly sagas: SagaCounts
  readonly stock: StockCounts
  /** Null if it was left out. */
  readonly replayed: Replayed | null
  readonly findings: readonly Finding[]
  /** How many more faults a check found than are listed, where there are more. */
  readonly untold: Readonly<Partial<Record<CheckName, number>>>
}

type State = Omit<Audited, 'replayed'>

/** Never writes. The database must have all four schemas. */
export async function audit(db: Kysely<unknown>, options: AuditOptions = {}): Promise<Audited> {
  const state = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((trx) => auditState(trx, options))
  if (options.replays === false) return { ...state, replayed: null }
  const replay = new Replay()
  await replay.run(db)
  const { findings, untold, replayed } = replay
  return {
    ...state,
    replayed,
    findings: [...state.findings, ...findings],
    untold: { ...state.untold, ...(untold > 0 && { replay: untold }) },
  }
}

/** All but the replay, at the one moment that the transaction sees. */
export async function auditState(trx: Transaction<unknown>, options: AuditOptions = {}): Promise<State> {
  const checks: Check[] = [
    ...sagaChecks(options.stillForSeconds),
    ...stockChecks,
    ...effectChecks,
    ...eventChecks,
    ...journalChecks,
  ]
  const findings: Finding[] = []
  const untold: Partial<Record<CheckName, number>> = {}
  for (const check of checks) {
    const found = await run(trx, check)
    findings.push(...found.findings)
    if (found.untold > 0) untold[check.name] = (untold[check.name] ?? 0) + found.untold
  }
  return {
    at: await momentOf(trx),
    sagas: await countSagas(trx),
    stock: await countStock(trx),
    findings,
    untold,
  }
}

async function momentOf(trx: Transaction<unknown>): Promise<string> {
  const { rows } = await sql<{ now: Date }>`select now()`.execute(trx)
  return rows[0]?.now.toISOString() ?? ''
}
