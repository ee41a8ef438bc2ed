// A list of the API, page after page.
import type { FilterFields } from '../filters.ts'
import { isSagaPage, type SagaPage } from './answers.ts'
import type { Client } from './client.ts'

/** As many as the API gives at once. */
const PAGE_MAX = 200

/** The first `limit` sagas of the filter, and the cursor behind them. */
export async function sagasOf(
  client: Client,
  fields: FilterFields,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<SagaPage> {
  const sagas = []
  let next_cursor: string | null = cursor ?? null
  do {
    const page: SagaPage = await client.get({
      path: '/api/sagas',
      expected: isSagaPage,
      query: {
        ...fields,
        limit: Math.min(PAGE_MAX, limit - sagas.length),
        ...(next_cursor !== null && { cursor: next_cursor }),
      },
    })
    sagas.push(...page.sagas)
    next_cursor = page.next_cursor
  } while (next_cursor !== null && sagas.length < limit)
  return { sagas, next_cursor }
}
