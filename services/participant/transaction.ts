/** Transactions that outlive a deadlock or a serialization failure. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'

const ATTEMPTS = 5
const LONGEST_FIRST_PAUSE_MS = 10

/**
 * Commits what `work` does, or nothing of it. On a deadlock or serialization failure `work` runs
 * again, at most five times in all; then the error is thrown.
 */
export async function inTransaction<Database, Result>(
  db: Kysely<Database>,
  work: (trx: Transaction<Database>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error
      // Full jitter: the two that met must not meet again in step.
      await delay(Math.random() * LONGEST_FIRST_PAUSE_MS * 2 ** attempt)
    }
  }
}

/** Whether Postgres gave up the transaction for another one: serialization failure or deadlock. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '40001' || error.code === '40P01')
}
