/**
 * How many partitions there are: chosen before the first saga, for ever. A saga never leaves its own, and every
 * orchestrator takes the number from the database.
 *
 * If the process dies at any line here, the number is the old one or the new one.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import { DatabaseRefusedError } from '../../migrations/database.ts'
import type { OrchestratorDatabase } from './schema.ts'

/**
 * Makes it `wanted` partitions, if anyone cares; resolves with how many there are.
 * @throws DatabaseRefusedError if sagas lie in another number of them.
 */
export async function ensurePartitions(
  db: Kysely<OrchestratorDatabase>,
  wanted: number | undefined,
): Promise<number> {
  const found = await countOf(db)
  if (wanted === undefined || wanted === found) return found
  return await db.transaction().execute((trx) => change(trx, wanted))
}

async function change(trx: Transaction<OrchestratorDatabase>, wanted: number): Promise<number> {
  // Commits share-lock rows of this table: from here on no first saga slips in, and no other one changes it.
  await sql`lock table orchestrator.partition in exclusive mode`.execute(trx)
  const found = await countOf(trx)
  if (wanted === found) return found
  const saga = await trx.selectFrom('saga').select('saga_id').limit(1).executeTakeFirst()
  if (saga !== undefined) {
    throw new DatabaseRefusedError(
      'PARTITIONS_FIXED',
      `This database has sagas in ${found} partitions, so PARTITIONS can no longer be ${wanted}; ` +
        `set it to ${found} or leave it out, or use another database.`,
    )
  }
  await trx.deleteFrom('partition').where('id', '>=', wanted).execute()
  await sql`
    insert into orchestrator.partition (id) select generate_series(${found}::int, ${wanted - 1}::int)
  `.execute(trx)
  return wanted
}

async function countOf(db: Kysely<OrchestratorDatabase>): Promise<number> {
  const { count } = await db
    .selectFrom('partition')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
