// People who order, all the while: most find enough stock, some too little; some change their mind.
import { setTimeout as sleep } from 'node:timers/promises'
import { MAGASIN } from '../kit/shop.ts'
import type { Dice } from '../simulation/dice.ts'
import { Operators } from './operators.ts'
import { BY_CHAOS, Order } from './order.ts'
import type { System } from './system.ts'

const CLIENTS = 8
/** Between two orders of one client: the machine has others to serve. */
const PAUSE_MS = 60
const ANSWER_MS = 5_000

interface Produit {
  readonly id: number
  readonly stock: number
}

const plenty: Produit = { id: 501, stock: 1_000_000 }
const scarce: Produit = { id: 502, stock: 60 }

export class Load {
  readonly orders: Order[] = []
  /** How often each answer was given. */
  readonly answers = new Map<string, number>()
  readonly operators: Operators
  readonly #system: System
  readonly #dice: Dice

  constructor(system: System, dice: Dice) {
    this.#system = system
    this.#dice = dice
    this.operators = new Operators(system, dice.fork(), (answer) => this.#tell(answer))
  }

  async fillStock(): Promise<void> {
    for (const { id, stock } of [plenty, scarce])
      await this.#system.http.put(`${this.#system.url}/api/stock/${MAGASIN}/${id}/`, {
        json: { quantite: stock },
      })
  }

  /** What the audit has to find as the stock at the start. */
  get stockAtStart(): number {
    return plenty.stock + scarce.stock
  }

  /** Orders until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const clients = Array.from({ length: CLIENTS }, () => this.#client(this.#dice.fork(), signal))
    await Promise.all([...clients, this.#operator(this.#dice.fork(), signal), this.operators.run(signal)])
  }

  /** Asks again for whatever has no final answer yet. */
  async finish(signal: AbortSignal): Promise<void> {
    const open = this.orders.filter(({ final }) => final === undefined)
    const next = async () => {
      for (let order = open.pop(); order !== undefined; order = open.pop()) await order.place(signal)
    }
    await Promise.all(Array.from({ length: CLIENTS }, next))
  }

  /** Sends RETRY to sagas that are parked. */
  async retryParked(dice: Dice, chance: number): Promise<void> {
    const { url, http } = this.#system
    const page = await http
      .get<{ sagas?: { saga_id: string }[] }>(`${url}/api/sagas?status=parked`, {
        timeout: { request: ANSWER_MS },
      })
      .catch(() => undefined)
    for (const { saga_id } of page?.body.sagas ?? []) {
      if (!dice.chance(chance)) continue
      const answer = await http
        .post(`${url}/api/sagas/${saga_id}/retry`, { json: BY_CHAOS, timeout: { request: ANSWER_MS } })
        .catch(() => undefined)
      this.#tell(`retry ${answer?.statusCode ?? 'broken off'}`)
    }
  }

  async #client(dice: Dice, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const cart = await this.#cart(dice)
      if (cart !== undefined) {
        const order = new Order(this.#system, cart, (answer) => this.#tell(answer))
        this.orders.push(order)
        if (dice.chance(0.1)) {
          await order.begin()
          if (dice.chance(0.7)) await order.send('cancel')
        }
        await order.place(signal)
      }
      await sleep(PAUSE_MS * dice.between(0.5, 1.5))
    }
  }

  async #operator(dice: Dice, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.retryParked(dice, 0.5)
      await sleep(1_000)
    }
  }

  /** Undefined when carts can't be reached: one that was made and never heard of harms nobody. */
  async #cart(dice: Dice): Promise<string | undefined> {
    const { id } = dice.chance(0.85) ? plenty : scarce
    const lignes = [{ produit_id: id, quantite: dice.whole(1, 3), prix_unitaire: '39.99' }]
    const { url, http } = this.#system
    const answer = await http
      .post<{ cart_id?: string }>(`${url}/api/caisse/`, {
        json: { magasin_id: MAGASIN, lignes },
        timeout: { request: ANSWER_MS },
      })
      .catch(() => undefined)
    return answer?.statusCode === 201 ? answer.body.cart_id : undefined
  }

  #tell(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1)
  }
}
