// A shop in which orders have ended in every way, for the audit to read and for tests to break.
import type { Test } from 'tap'
import type { Shop } from '../kit/shop.ts'
import { startSystem, type System } from '../kit/system.ts'

/** An id that is nobody's. */
export const nobody = '01900000-0000-7000-8000-000000000000'

export interface Past {
  readonly system: System
  /** The sagas of two orders of 2 pieces each. */
  readonly done: string
  readonly failed: string
}

/** One order is done, one was refused, one undone behind its reservation. All of it ends with `t`. */
export async function shopWithPast(t: Pick<Test, 'teardown'>): Promise<Past> {
  const system = await startSystem(t)
  const { shop } = system
  await shop.setStock(10, 1)
  await shop.setStock(1, 2)
  const done = await orderOf(shop, 1)
  await orderOf(shop, 2)
  await system.produits.stop()
  const failed = await orderOf(shop, 1)
  await system.produits.start()
  return { system, done, failed }
}

async function orderOf(shop: Shop, produit: number): Promise<string> {
  return (await shop.order(await shop.cart(2, produit))).body.saga_id
}
