// One run of the ring: an order, the crash or crashes, the orchestrator that takes over, and the end.
import { setTimeout as sleep } from 'node:timers/promises'
import { Shop, type OrderAnswer } from '../kit/shop.ts'
import type { Floor } from './floor.ts'
import type { Death, OrchestratorProcess } from './orchestrator-process.ts'
import type { Plan } from './point.ts'
import type { Tale } from './tale.ts'

const LIFE_SECONDS = 30
const POLL_MS = 50

/** All that is known of a run when it is over. */
export interface Told {
  readonly tale: Tale
  readonly plans: readonly Plan[]
  /** One for each plan. */
  readonly deaths: readonly Death[]
  readonly shop: Shop
  readonly order: { readonly cart: string; readonly produit: number }
  /** Of the caller's first try; undefined if the crash cut it off. */
  readonly answer: OrderAnswer | undefined
  /** Of the same call, repeated when all was over. */
  readonly answerAgain: OrderAnswer
}

/** Orders differ in cart, produit and key, so runs on one floor don't meet. */
let orders = 0

/** Runs a tale through as many lives as there are plans, and one more that nothing befalls, and that stays. */
export async function crashRun(floor: Floor, tale: Tale, plans: readonly Plan[]): Promise<Told> {
  const produit = ++orders
  let orchestrator = ''
  const addresses = () => ({
    orchestrator,
    carts: floor.url('carts'),
    stocks: floor.url('stocks'),
    produits: floor.url('produits'),
  })
  const shop = new Shop(addresses)
  await shop.setStock(tale.stock, produit)
  const cart = await shop.cart(2, produit)
  const key = `crash-${process.pid}-${produit}`
  const over = new AbortController()
  const caring = takeCare(floor, over.signal)
  await tale.prepare?.(floor)

  const settings = floor.settings(tale.settings)
  // The release before never comes back: who takes over from it knows more.
  const { machines } = tale
  const heir = machines === 'begins on v1' ? { machines } : {}
  const deaths: Death[] = []
  let answer: Promise<OrderAnswer | undefined> = Promise.resolve(undefined)
  for (const [life, plan] of plans.entries()) {
    const kind = { ...(machines && { machines }), ...plan }
    const dying = await floor.orchestrators.mortal(settings, kind)
    if (life === 0) {
      orchestrator = await Promise.race([dying.ready, dying.death.then(({ stderr }) => stderr)])
      answer = orderUntilHeard(shop, cart, key).catch(() => undefined)
      // Whoever lives to answer has missed its point.
      void answer.then((answered) => answered && dying.kill())
    }
    deaths.push(await deathOf(dying))
    if (life === 0) await tale.afterCrash?.(floor)
  }

  orchestrator = await floor.orchestrators.heir(settings, heir).ready
  await untilEnded(floor)
  const answerAgain = await orderUntilHeard(shop, cart, key)
  over.abort()
  await caring
  await floor.bringBack()
  await floor.quiet()
  return { tale, plans, deaths, shop, order: { cart, produit }, answer: await answer, answerAgain }
}

/** On a busy machine an orchestrator may have no room for the order yet: then nothing was accepted. */
async function orderUntilHeard(shop: Shop, cart: string, key: string): Promise<OrderAnswer> {
  const givesUpAt = performance.now() + LIFE_SECONDS * 1_000
  for (;;) {
    const answer = await shop.order(cart, { key })
    if (answer.status !== 503 || performance.now() > givesUpAt) return answer
    await sleep(POLL_MS)
  }
}

/** A life whose point is never reached is ended from outside: without a marker, and so a fault. */
async function deathOf(dying: OrchestratorProcess): Promise<Death> {
  const tooLong = setTimeout(() => dying.kill(), LIFE_SECONDS * 1_000)
  try {
    return await dying.death
  } finally {
    clearTimeout(tooLong)
  }
}

/** Whom a parked saga waits for comes back, as operators see to it. */
async function takeCare(floor: Floor, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    if ((await countSagas(floor, "status = 'parked'")) > 0) await floor.bringBack()
    await sleep(POLL_MS)
  }
}

/** Nobody but the orchestrator itself moves a saga on: nothing is sent to it here. */
async function untilEnded(floor: Floor): Promise<void> {
  const givesUpAt = performance.now() + LIFE_SECONDS * 1_000
  while (performance.now() < givesUpAt) {
    if ((await countSagas(floor, "status not in ('done', 'failed')")) === 0) return
    await sleep(POLL_MS)
  }
}

async function countSagas(floor: Floor, condition: string): Promise<number> {
  const { rows } = await floor.pool
    .query<{ count: string }>(`select count(*) from orchestrator.saga where ${condition}`)
    // The very first orchestrator has yet to make its tables.
    .catch((error: { code?: string }) => {
      if (error.code === '42P01' || error.code === '3F000') return { rows: [{ count: '0' }] }
      throw error
    })
  return Number(rows[0]?.count)
}
