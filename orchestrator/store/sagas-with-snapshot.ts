/**
 * Sagas, each with its latest transition: the journal keeps the snapshot, a saga's row only points there.
 * It only reads: the process may die at any line.
 */
import type { Kysely } from 'kysely'
import type { OrchestratorDatabase } from './schema.ts'

export function sagasWithSnapshot(db: Kysely<OrchestratorDatabase>) {
  return db
    .selectFrom('saga')
    .innerJoin('transition', (join) =>
      join
        .onRef('transition.partition', '=', 'saga.partition')
        .onRef('transition.saga_id', '=', 'saga.saga_id')
        .onRef('transition.seq', '=', 'saga.seq'),
    )
}
