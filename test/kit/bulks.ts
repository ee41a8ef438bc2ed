// What an operator of verbs in bulk does and sees.
import { http } from './http.ts'
import { until } from './until.ts'

export interface BulkBody {
  readonly bulk_id: string
  readonly status: string
  readonly total: number
  readonly sent: number
  readonly applied: number
  readonly ignored: number
  readonly unknown: number
  readonly pending: number
  readonly refused: number
  readonly created_at: string
  readonly ended_at: string | null
  readonly history: readonly { readonly did: string; readonly actor: string }[]
}

interface BulkSaga {
  readonly saga_id: string
  readonly outcome: string
  readonly why: string | null
}

const PATIENCE_SECONDS = 90

export const WHO = { actor: 'ada', reason: 'the workshop is back' }

interface Answer<Body> {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Body
}

export class Bulks {
  readonly #at: () => string

  constructor(at: () => string) {
    this.#at = at
  }

  async post<Body = BulkBody>(
    path: string,
    json: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const {
      statusCode,
      headers: got,
      body,
    } = await http.post<Body>(`${this.#at()}/api/bulk${path}`, {
      json,
      headers,
    })
    return { status: statusCode, headers: got, body }
  }

  async begin(body: object, key?: string): Promise<BulkBody> {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
    const answer = await this.post('', { ...WHO, ...body }, headers)
    if (answer.status !== 201) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async get(bulkId: string): Promise<BulkBody> {
    return (await http.get<BulkBody>(`${this.#at()}/api/bulk/${bulkId}`)).body
  }

  async untilDone(bulkId: string): Promise<BulkBody> {
    const isDone = async () => {
      const bulk = await this.get(bulkId)
      return bulk.status === 'done' && bulk
    }
    return until(`bulk ${bulkId} is done`, isDone, PATIENCE_SECONDS)
  }

  /** All pages. */
  async sagas(bulkId: string, query = ''): Promise<BulkSaga[]> {
    const all: BulkSaga[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: string = `limit=100&${query}${cursor === '' ? '' : `&cursor=${cursor}`}`
      const { body } = await http.get<{ sagas: BulkSaga[]; next_cursor: string | null }>(
        `${this.#at()}/api/bulk/${bulkId}/sagas?${page}`,
      )
      all.push(...body.sagas)
      cursor = body.next_cursor
    }
    return all
  }
}
