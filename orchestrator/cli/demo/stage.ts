// What every scenario is played with: the shop, the processes, and names that no run before has used.
import { randomInt, randomUUID } from 'node:crypto'
import type { Checks } from './checks.ts'
import type { RunningSystem } from './running-system.ts'
import { until } from './running-system.ts'
import type { Shop } from './shop.ts'
import type { OrderAnswer, Saga } from './shop.ts'

export interface Scenario {
  readonly number: number
  /** What is done, in a few words. */
  readonly does: string
  /** Resolves with what was seen, in a few words. */
  readonly play: (stage: Stage, checks: Checks) => Promise<string>
}

/** An order, and what it ordered. */
export interface Placed {
  produit: number
  cart: string
  key: string
  answer: OrderAnswer
}

/** Real produits have small numbers; these are beyond them, and within int4 with all that follow. */
const PRODUIT_MIN = 1_000_000_000
const PRODUIT_MAX = 2_000_000_000

export class Stage {
  readonly shop: Shop
  readonly system: RunningSystem
  /** Tells a person at a terminal what is being waited for. */
  readonly waiting: (hint: string) => void
  readonly #run = randomUUID()
  #produit = randomInt(PRODUIT_MIN, PRODUIT_MAX)
  #orderThatIsDone: Promise<Placed> | undefined
  #orderThatIsRefused: Promise<Placed> | undefined

  constructor(system: RunningSystem, shop: Shop, waiting: (hint: string) => void) {
    this.system = system
    this.shop = shop
    this.waiting = waiting
  }

  /** A produit that nobody knows yet, in this quantity. */
  async produit(quantite: number): Promise<number> {
    const produit = this.#produit++
    await this.shop.setStock(produit, quantite)
    return produit
  }

  key(name: string): string {
    return `demo-${this.#run}-${name}`
  }

  /** Orders the cart without waiting for the end; returns the saga_id. */
  async begin(cart: string, key: string): Promise<string> {
    const { status, body } = await this.shop.order(cart, key, { prefer: 'respond-async' })
    if (status !== 202) throw new Error(`the order was answered ${status} (${body.detail ?? 'no detail'})`)
    return body.saga_id
  }

  /** Polls until the saga is as wanted; `fact` completes "the saga …". */
  async sagaThat(fact: string, sagaId: string, isWanted: (saga: Saga) => boolean): Promise<Saga> {
    return until(`saga ${sagaId} ${fact}`, async () => {
      const saga = await this.shop.saga(sagaId)
      return isWanted(saga) && saga
    })
  }

  async ended(sagaId: string): Promise<Saga> {
    return this.sagaThat('has ended', sagaId, ({ status }) => status === 'done' || status === 'failed')
  }

  /** 3 of 15 pieces: placed once, for all scenarios that look at it. */
  orderThatIsDone(): Promise<Placed> {
    this.#orderThatIsDone ??= this.#place({ stock: 15, quantite: 3, name: 'hp-1' })
    return this.#orderThatIsDone
  }

  /** 2 pieces of 1. */
  orderThatIsRefused(): Promise<Placed> {
    this.#orderThatIsRefused ??= this.#place({ stock: 1, quantite: 2, name: 'rb-1' })
    return this.#orderThatIsRefused
  }

  async #place(order: { stock: number; quantite: number; name: string }): Promise<Placed> {
    const produit = await this.produit(order.stock)
    const cart = await this.shop.cart(produit, order.quantite)
    const key = this.key(order.name)
    return { produit, cart, key, answer: await this.shop.order(cart, key) }
  }
}
