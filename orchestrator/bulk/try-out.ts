/** What a bulk would do, told without doing any of it. It only reads: the process may die at any line. */
import type { Versions } from '../engine/versions.ts'
import type { Redaction } from '../redact/redaction.ts'
import type { BulkOrder } from '../store/bulk-record.ts'
import type { BulkStore } from '../store/bulk-store.ts'
import type { SagaFilter } from '../store/saga-filter.ts'
import { fairly } from './fairly.ts'

/** Looked at; all of them are counted. */
const LOOKED_AT_MAX = 1_000
const PAGE = 100
const SAMPLE = 10

interface Asked {
  readonly order: BulkOrder
  readonly filter: SagaFilter
  readonly versions: Versions
  readonly redaction: Redaction
}

export async function tryOut(
  store: Pick<BulkStore, 'count' | 'candidates'>,
  { order, filter, versions, redaction }: Asked,
) {
  const judge = fairly(versions, redaction)
  const sample = []
  let before: string | null = null
  let lookedAt = 0
  let possible = 0
  while (lookedAt < LOOKED_AT_MAX) {
    const page = await store.candidates(filter, { before, limit: PAGE })
    for (const saga of page) {
      const judgement = await judge(order, saga)
      const isPossible = judgement.kind === 'allowed'
      const why = isPossible ? null : judgement.why
      const { sagaId: saga_id, status, state } = saga
      if (isPossible) possible += 1
      if (sample.length < SAMPLE) sample.push({ saga_id, status, state, possible: isPossible, why })
    }
    lookedAt += page.length
    before = page.at(-1)?.sagaId ?? null
    if (page.length < PAGE) break
  }
  const count = await store.count(filter)
  return { count, looked_at: lookedAt, possible, refused: lookedAt - possible, sample }
}
