// A system with one saga of each kind: done, refused, and parked for a participant that does not answer.
import type { Test } from 'tap'
import { startSystem, type System } from '../kit/system.ts'
import { until } from '../kit/until.ts'

const IMPATIENT = { STEP_TIMEOUT_MS: '1000', STEP_DEADLINE_MS: '1500', STEP_RETRIES: '0', WAIT_SECONDS: '5' }

export interface Troubles {
  readonly system: System
  readonly url: string
  readonly done: string
  readonly doneCart: string
  readonly failed: string
  /** In undoing.reserve, as long as stocks does not answer. */
  readonly parked: string
}

export async function shopWithTroubles(t: Pick<Test, 'teardown'>): Promise<Troubles> {
  const system = await startSystem(t, IMPATIENT)
  const { shop, orchestrator } = system
  await shop.setStock(10)
  const doneCart = await shop.cart(2)
  const done = (await shop.order(doneCart)).body.saga_id
  const failed = (await shop.order(await shop.cart(99))).body.saga_id
  const parked = await parkedSaga(system)
  return { system, url: orchestrator.url, done, doneCart, failed, parked }
}

/** One more that waits for stocks. */
export async function parkedSaga({ shop, stocks }: System): Promise<string> {
  const cart = await shop.cart(1)
  stocks.hold('request')
  const { body } = await shop.order(cart, { prefer: 'respond-async' })
  await until('parked', async () => (await shop.saga(body.saga_id)).status === 'parked')
  return body.saga_id
}
