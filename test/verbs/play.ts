// Plays one situation: brings an order for each row, does to each what its row says, and looks at what became of all.
import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'
import { http } from '../kit/http.ts'
import { until } from '../kit/until.ts'
import { endOf, firstDifferenceOf } from './ended.ts'
import type { Floor, Order } from './floor.ts'
import { lignesOf, type Hands, type Row, type Situation } from './table.ts'

/** For what was held to arrive, and to be turned away. */
const LATE_SECONDS = 10

/** Asked at `door`, which may be another orchestrator than the one that drives them. */
export async function play(
  t: Test,
  floor: Floor,
  situation: Situation,
  door = floor.system.orchestrator.url,
): Promise<void> {
  const { place, rows } = situation
  const orders = await floor.bring(rows.length, place)
  const each = rows.map((row, n) => ({ row, order: orders[n] as Order }))
  floor.heal()
  const hands = handsOf(floor)
  await Promise.all(each.map(({ row, order }) => act(t, floor, situation, { row, order, hands, door })))
  floor.free()
  await Promise.all(each.map(({ row, order }) => look(t, floor, situation, { row, order })))
}

interface Told {
  readonly code?: string
  readonly detail?: string
  readonly possible?: unknown
}

interface Case {
  readonly row: Row
  readonly order: Order
}

async function act(
  t: Test,
  floor: Floor,
  { possible, open }: Situation,
  { row, order, hands, door }: Case & { readonly hands: Hands; readonly door: string },
): Promise<void> {
  const { verb, body, byHand, to } = row
  const signal = open === undefined ? undefined : floor.callOf(order, open)?.signal
  if (byHand !== undefined) await hands.undo(order, byHand)
  const said = {
    ...byWhom(verb),
    ...(verb === 'complete' && lignesOf(order)),
    ...Object(await body?.(order, hands)),
  }
  const url = `${door}/api/sagas/${order.sagaId}/${verb}`
  const { statusCode, body: told } = await http.post<Told>(url, { json: said })
  t.equal(statusCode, to === undefined ? 409 : 200, `${verb}: ${told.detail ?? ''}`)
  if (to !== undefined) {
    if (signal !== undefined) await until(`the call of ${verb} is aborted`, async () => signal.aborted)
  } else if (verb === 'migrate') {
    t.equal(told.code, 'migration_refusee', verb)
  } else {
    const shown = Object.entries(possible).map(([verb, steps]) => ({ verb, steps }))
    t.match(told, { code: 'verbe_refuse' }, verb)
    t.strictSame(told.possible, shown, verb)
    if (signal !== undefined) t.notOk(signal.aborted, `${verb} leaves the call alone`)
  }
}

const byWhom = (verb: string) => ({ actor: 'Ada', reason: `to see what ${verb} does` })

async function look(t: Test, floor: Floor, { name }: Situation, { row, order }: Case): Promise<void> {
  const { verb, to, end } = row
  const { shop } = floor.system
  await until(`the end of ${verb} from ${name}`, async () => {
    const { state } = await shop.saga(order.sagaId)
    return ['DONE', 'FAILED'].includes(state)
  })
  const rows = await shop.transitions(order.sagaId)
  const done = rows.filter(({ event }) => event.type === `skald.${verb}` && event.actor === 'Ada')
  const states = done.map(({ state }) => state)
  t.strictSame(states, to === undefined ? [] : [to], `${verb}: its transition`)
  for (const { event } of done) t.match(event, byWhom(verb), `${verb}: who did it, and why`)
  t.equal(await firstDifferenceOf(shop, order.sagaId), undefined, `${verb} is told again`)
  // What was held may still be on its way.
  const isThere = async () => isDeepStrictEqual(await endOf(shop, order), end)
  await until('its effects', isThere, LATE_SECONDS).catch(() => undefined)
  t.strictSame(await endOf(shop, order), end, `${verb}: how it ended`)
}

function handsOf({ system: { shop, carts, stocks, produits } }: Floor): Hands {
  const venteOf = async ({ cart }: Order) => (await shop.ventes(cart))[0]?.vente_id ?? 0
  const undos: Record<string, (order: Order) => Promise<unknown>> = {
    lock: ({ cart, sagaId }) =>
      // In the name of the saga that holds it.
      http.post(`${carts.url}/api/caisse/${cart}/unlock/`, { headers: { 'x-correlation-id': sagaId } }),
    reserve: ({ sagaId }) => http.delete(`${stocks.url}/api/stock/reservations/${sagaId}/`),
    create: async (order) => http.delete(`${produits.url}/api/produits/ventes/${await venteOf(order)}/`),
  }
  return { venteOf, undo: async (order, step) => void (await undos[step]?.(order)) }
}
