/**
 * Tells the webhook of sagas that parked or failed: of the partitions that this orchestrator owns, each notice at least
 * once, those of one saga in order.
 *
 * If the process dies at any line here, what was not told is in the store, for the next owner of its partition. What
 * was told and not struck out is told again under the same id.
 */
import type { HeldLease } from '../engine/host-options.ts'
import { Pause } from '../pause.ts'
import type { DueNotice, NoticeStore } from '../store/notice-store.ts'
import { delayMsAfter } from './back-off.ts'
import type { Delivery, Webhook } from './webhook.ts'

const CALLS_MAX = 8
const POLL_MS = 500
/** How often calls under a lease that was lost are looked for. */
const FENCE_MS = 100

export interface NoticeSenderOptions {
  readonly store: NoticeStore
  readonly webhook: Pick<Webhook, 'tell' | 'close'>
  /** Those that this process may act under. */
  readonly leases: () => readonly HeldLease[]
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  readonly onTold: (outcome: Delivery['kind']) => void
  /** A notice was told in vain, or the database could not be asked; both are tried again. */
  readonly onTrouble: (error: unknown) => void
}

interface Call {
  readonly lease: HeldLease
  readonly abort: AbortController
  readonly ended: Promise<void>
}

export class NoticeSender {
  readonly #options: NoticeSenderOptions
  readonly #idle = new Pause()
  readonly #calls = new Map<string, Call>()
  #fence: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isClosed = false
  /** There was more to tell than calls to tell it by. */
  #hasMore = false

  constructor(options: NoticeSenderOptions) {
    this.#options = options
  }

  start(): void {
    this.#fence ??= setInterval(() => this.#hangUpWhereLost(), FENCE_MS).unref()
    this.#running ??= this.#run()
  }

  /** Tells nothing more; calls under way have `graceMs` to end. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true
    this.#idle.end()
    await this.#running
    const calls = [...this.#calls.values()]
    const hangUp = setTimeout(() => calls.forEach(({ abort }) => abort.abort()), graceMs)
    await Promise.all(calls.map(({ ended }) => ended))
    clearTimeout(hangUp)
    clearInterval(this.#fence)
    this.#options.webhook.close()
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#look()
      } catch (error) {
        this.#hasMore = false
        this.#options.onTrouble(error)
      }
      await this.#pause()
    }
  }

  async #look(): Promise<void> {
    const { store, leases } = this.#options
    const free = CALLS_MAX - this.#calls.size
    const held = new Map(leases().map((lease) => [lease.partition, lease]))
    if (free === 0 || held.size === 0) return
    // Those that are being told are due still, and come first.
    const limit = free + this.#calls.size
    const due = await store.due([...held.values()], limit)
    this.#hasMore = due.length === limit
    for (const notice of due) {
      const lease = held.get(notice.partition)
      const isNew = !this.#calls.has(nameOf(notice)) && this.#calls.size < CALLS_MAX
      if (lease?.isLive === true && isNew && !this.#isClosed) this.#begin(notice, lease)
    }
  }

  #begin(notice: DueNotice, lease: HeldLease): void {
    const name = nameOf(notice)
    const abort = new AbortController()
    const ended = this.#tell(notice, lease, abort.signal).finally(() => {
      this.#calls.delete(name)
      if (this.#hasMore && this.#calls.size <= CALLS_MAX / 2) this.#idle.end()
    })
    this.#calls.set(name, { lease, abort, ended })
  }

  /** Never rejects. */
  async #tell(notice: DueNotice, lease: HeldLease, signal: AbortSignal): Promise<void> {
    const { store, webhook, random, onTold, onTrouble } = this.#options
    try {
      const delivery = await webhook.tell(notice, signal)
      onTold(delivery.kind)
      if (delivery.kind === 'delivered') return await store.delivered(notice, lease)
      const { kind, error } = delivery
      onTrouble(new Error(`the webhook answered with ${error}`))
      const delayMs = delayMsAfter(notice.tries, { kind, random: random() })
      const waitMs = kind === 'failed' ? delivery.waitMs : 0
      const isRefused = kind === 'refused'
      await store.failed(notice, lease, { error, isRefused, delayMs: Math.max(delayMs, waitMs) })
    } catch (error) {
      // Hung up, it is for the next owner; and what could not be struck out is told once more.
      if (!signal.aborted) onTrouble(error)
    }
  }

  /** Others tell it now. */
  #hangUpWhereLost(): void {
    for (const { lease, abort } of this.#calls.values()) if (!lease.isLive) abort.abort()
  }

  async #pause(): Promise<void> {
    if (this.#isClosed) return
    const isBehind = this.#hasMore && this.#calls.size <= CALLS_MAX / 2
    const delayMs = isBehind ? 0 : POLL_MS * (0.8 + 0.4 * this.#options.random())
    await this.#idle.take(delayMs)
  }
}

const nameOf = ({ sagaId, seq, kind }: DueNotice) => `${sagaId}:${seq}:${kind}`
