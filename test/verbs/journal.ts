// Journals as the API tells them, told again by the machines that are registered.
import { machines } from '../../machines/registry.ts'
import { ReplayMachines } from '../../orchestrator/engine/replay/machines.ts'
import type { Difference } from '../../orchestrator/engine/replay/difference.ts'
import { firstDifference } from '../../orchestrator/engine/replay/replay.ts'
import type { Shop } from '../kit/shop.ts'

const replayed = new ReplayMachines(machines)

/** Undefined if it tells the same story, of whichever versions it ran on. */
export async function firstDifferenceOf(shop: Shop, sagaId: string): Promise<Difference | undefined> {
  const rows = await shop.transitions(sagaId)
  const saga = await shop.saga(sagaId)
  const journal = rows.map((row) => ({ ...row, at: Date.parse(row.at) }))
  return firstDifference({ saga, rows: journal }, { machines: replayed })
}
