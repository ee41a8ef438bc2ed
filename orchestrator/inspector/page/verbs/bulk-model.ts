/**
 * One bulk, from the thought of it to what became of each saga. One key for all of it: however often it is sent, it is
 * begun once. It lives in the store: whoever closes the dialog finds it again.
 */
import { signal } from '@preact/signals'
import { ApiError, get, post } from '../api.ts'
import type { Filter } from '../list/filter.ts'
import {
  isMoving,
  likeliestFor,
  orderBody,
  orderFaults,
  type Bulk,
  type BulkOrder,
  type BulkPage,
  type BulkTrial,
  type OrderFaults,
} from './bulk-order.ts'
import { newKey, rememberActor, rememberedActor } from './operator.ts'
import { troubleOf, type Trouble } from './outcome.ts'

const EVERY_MS = 1_000
const RATE_DEFAULT = '50'

export type BulkStage = 'order' | 'trial' | 'bulk' | 'list'

export class BulkModel {
  readonly filter: Filter
  readonly stage = signal<BulkStage>('order')
  readonly order
  readonly faults = signal<OrderFaults>({})
  readonly trouble = signal<Trouble | null>(null)
  readonly trial = signal<BulkTrial | null>(null)
  readonly bulk = signal<Bulk | null>(null)
  readonly bulks = signal<BulkPage | null>(null)
  readonly isBusy = signal(false)
  #key = newKey()
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(filter: Filter) {
    this.filter = filter
    this.order = signal<BulkOrder>({
      verb: likeliestFor(filter),
      actor: rememberedActor(),
      reason: '',
      step: '',
      json: '',
      to: '',
      rate: RATE_DEFAULT,
    })
  }

  readonly set = (change: Partial<BulkOrder>): void => {
    this.order.value = { ...this.order.value, ...change }
    this.faults.value = Object.fromEntries(
      Object.entries(this.faults.value).filter(([name]) => !(name in change)),
    )
    this.trouble.value = null
  }

  readonly show = (stage: BulkStage): void => {
    this.trouble.value = null
    this.stage.value = stage
    if (stage !== 'bulk') clearTimeout(this.#timer)
    if (stage === 'list') void this.readBulks()
  }

  /** Does nothing to any saga. */
  async tryOut(): Promise<void> {
    this.faults.value = orderFaults(this.order.peek())
    if (Object.keys(this.faults.value).length > 0) return
    await this.#busy(async () => {
      const body = { ...orderBody(this.order.peek(), this.filter), dry_run: true }
      this.trial.value = await post<BulkTrial>('/api/bulk', body)
      rememberActor(this.order.peek().actor)
      this.show('trial')
    })
  }

  async begin(): Promise<void> {
    await this.#busy(async () => {
      const body = orderBody(this.order.peek(), this.filter)
      const bulk = await post<Bulk>('/api/bulk', body, { key: this.#key })
      // Whoever orders once more from here means another one.
      this.#key = newKey()
      this.open(bulk)
    })
  }

  readonly open = (bulk: Bulk): void => {
    this.bulk.value = bulk
    this.show('bulk')
    this.#follow()
  }

  async change(did: 'stop' | 'resume', operator: { actor: string; reason: string }): Promise<boolean> {
    const bulk = this.bulk.peek()
    if (bulk === null) return false
    return this.#busy(async () => {
      rememberActor(operator.actor)
      this.bulk.value = await post<Bulk>(`/api/bulk/${bulk.bulk_id}/${did}`, operator)
      this.#follow()
    })
  }

  async readBulks(cursor?: string): Promise<void> {
    await this.#busy(async () => {
      const page = await get<BulkPage>('/api/bulk', { limit: 20, cursor })
      const before = cursor === undefined ? [] : (this.bulks.peek()?.bulks ?? [])
      this.bulks.value = { ...page, bulks: [...before, ...page.bulks] }
    })
  }

  readonly close = (): void => {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  /** Looks again for as long as something of it may change, also when the connection is lost for a while. */
  #follow(): void {
    clearTimeout(this.#timer)
    const bulk = this.bulk.peek()
    if (bulk === null || this.#isClosed || this.stage.peek() !== 'bulk' || !isMoving(bulk)) return
    this.#timer = setTimeout(() => void this.#look(bulk), EVERY_MS)
  }

  async #look({ bulk_id }: Bulk): Promise<void> {
    try {
      const now = await get<Bulk>(`/api/bulk/${bulk_id}`)
      if (this.bulk.peek()?.bulk_id === bulk_id) this.bulk.value = now
      this.trouble.value = null
    } catch (error) {
      this.#tell(error)
    }
    this.#follow()
  }

  /** Whether it went through. */
  async #busy(act: () => Promise<void>): Promise<boolean> {
    if (this.isBusy.peek()) return false
    this.isBusy.value = true
    this.trouble.value = null
    try {
      await act()
      return true
    } catch (error) {
      this.#tell(error)
      return false
    } finally {
      this.isBusy.value = false
    }
  }

  #tell(error: unknown): void {
    if (!(error instanceof ApiError)) throw error
    this.trouble.value = troubleOf(error)
  }
}
