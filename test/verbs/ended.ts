// How orders ended: what the participants have, and whether the machines that are registered tell the same story.
import { machines } from '../../machines/registry.ts'
import { ReplayMachines } from '../../orchestrator/engine/replay/machines.ts'
import type { Difference } from '../../orchestrator/engine/replay/difference.ts'
import { firstDifference } from '../../orchestrator/engine/replay/replay.ts'
import type { Shop } from '../kit/shop.ts'
import type { Order } from './floor.ts'
import type { End } from './table.ts'

const replayed = new ReplayMachines(machines)

/** Undefined if it tells the same story, of whichever versions it ran on. */
export async function firstDifferenceOf(shop: Shop, sagaId: string): Promise<Difference | undefined> {
  const rows = await shop.transitions(sagaId)
  const saga = await shop.saga(sagaId)
  const journal = rows.map((row) => ({ ...row, at: Date.parse(row.at) }))
  return firstDifference({ saga, rows: journal }, { machines: replayed })
}

export async function endOf(shop: Shop, { sagaId, cart, produit }: Order): Promise<End> {
  const { state, output, undone } = await shop.saga(sagaId)
  const code = output?.error?.code
  return {
    state: state === 'DONE' ? 'DONE' : 'FAILED',
    cart: (await shop.cartStatus(cart)) === 'OPEN' ? 'OPEN' : 'LOCKED',
    stock: await shop.stock(produit),
    ventes: (await shop.ventes(cart)).length,
    undone,
    ...(code !== undefined && { code }),
  }
}
