// Answers of the API about verbs in bulk.
import { has, listOf, under } from './answers.ts'
import type { SagaStatus } from '../../engine/ports.ts'

export interface Trial {
  readonly count: number
  readonly looked_at: number
  readonly possible: number
  readonly refused: number
  readonly sample: readonly {
    readonly saga_id: string
    readonly status: SagaStatus
    readonly state: string
    readonly possible: boolean
    readonly why: string | null
  }[]
}

export interface Bulk {
  readonly bulk_id: string
  readonly verb: string
  readonly filter: unknown
  readonly actor: string
  readonly reason: string
  readonly rate: number
  readonly status: string
  readonly total: number
  readonly sent: number
  readonly applied: number
  readonly ignored: number
  readonly unknown: number
  readonly refused: number
  readonly pending: number
  readonly created_at: string
  readonly ended_at: string | null
}

export interface BulkPage {
  readonly bulks: readonly Bulk[]
  readonly next_cursor: string | null
}

export interface BulkSaga {
  readonly saga_id: string
  readonly outcome: string
  readonly why: string | null
}

export interface BulkSagaPage {
  readonly sagas: readonly BulkSaga[]
  readonly next_cursor: string | null
}

const isTried = has<Trial['sample'][number]>({ saga_id: 'string', possible: 'boolean' })

export const isTrial = (body: unknown): body is Trial =>
  has<Trial>({ count: 'number', possible: 'number', refused: 'number' })(body) && listOf(isTried)(body.sample)

export const isBulk = has<Bulk>({
  bulk_id: 'string',
  verb: 'string',
  status: 'string',
  total: 'number',
  sent: 'number',
  applied: 'number',
  refused: 'number',
  created_at: 'string',
})

export const isBulkPage = under<BulkPage>('bulks', listOf(isBulk))

const isBulkSaga = has<BulkSaga>({ saga_id: 'string', outcome: 'string' })
export const isBulkSagaPage = under<BulkSagaPage>('sagas', listOf(isBulkSaga))
