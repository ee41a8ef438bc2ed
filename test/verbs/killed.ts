// kill -9 of the owner between the acceptance of a verb and its answer: it is done once, and the caller that asks again
// under the same key is told so.
import type { Test } from 'tap'
import { Floor as CrashFloor } from '../crash/floor.ts'
import type { OrchestratorProcess } from '../crash/orchestrator-process.ts'
import { nameOf, type Point } from '../crash/point.ts'
import { BY_TEST, Shop } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { endOf, firstDifferenceOf } from './ended.ts'
import type { Order } from './floor.ts'
import { left, reservationOf, sold, undone, type End, type Row } from './table.ts'

interface Tale {
  readonly verb: Row['verb']
  readonly body?: (order: Order) => object
  /** Where the order stands when it comes, with this call on its way. */
  readonly at: 'doing.reserve' | 'undoing.lock' | 'parked.undoing'
  /** How often the saga has been there before in this life. */
  readonly to: string
  readonly time?: number
  readonly end: End
}

const tales: Tale[] = [
  { verb: 'cancel', at: 'doing.reserve', to: 'undoing.reserve', end: undone },
  { verb: 'compensate', at: 'doing.reserve', to: 'undoing.reserve', end: { ...undone, code: 'COMPENSATED' } },
  { verb: 'complete', body: reservationOf, at: 'doing.reserve', to: 'doing.create', end: sold },
  { verb: 'abandon', at: 'doing.reserve', to: 'doing.reserve', time: 2, end: left('LOCKED', 8, 0) },
  {
    verb: 'migrate',
    body: () => ({ to: '1' }),
    at: 'doing.reserve',
    to: 'doing.reserve',
    time: 2,
    end: sold,
  },
  { verb: 'skip', at: 'undoing.lock', to: 'failed', end: { ...undone, stock: 1, code: 'stock_insuffisant' } },
  { verb: 'retry', at: 'parked.undoing', to: 'undoing.reserve', time: 4, end: undone },
]

/** The call that is on its way there. */
const HELD = { 'doing.reserve': 'reserve', 'undoing.lock': 'undo lock', 'parked.undoing': 'create' }

let produits = 0

/** Brings an order there, in the life that is to be ended. */
async function bring(floor: CrashFloor, shop: Shop, at: Tale['at'], gate: Promise<void>): Promise<Order> {
  const produit = ++produits
  await shop.setStock(at === 'undoing.lock' ? 1 : 10, produit)
  const cart = await shop.cart(2, produit)
  const isHeld = Promise.withResolvers<void>()
  floor.whenCalled(HELD[at], () => {
    isHeld.resolve()
    return gate
  })
  // On a busy machine there may be no room at once.
  const sagaId = await until('it is accepted', async () => {
    const { status, body } = await shop.order(cart, { prefer: 'respond-async' })
    return status === 202 && body.saga_id
  })
  await isHeld.promise
  if (at === 'parked.undoing') {
    await floor.stop('stocks')
    await shop.post(`/api/sagas/${sagaId}/cancel`, BY_TEST)
  }
  await until(at, async () => {
    const { state, parked } = await shop.saga(sagaId)
    return state === at && (parked === null || parked.tries === 3)
  })
  return { sagaId, cart, produit }
}

/** One that can not even start says why, instead of being waited for. */
async function readyOf({ ready, death }: OrchestratorProcess): Promise<string> {
  return Promise.race([ready, death.then(({ stderr }) => Promise.reject(new Error(stderr)))])
}

async function kill(t: Test, floor: CrashFloor, tale: Tale, dies: Point): Promise<void> {
  await floor.tidy()
  let orchestrator = ''
  const shop = new Shop(() => ({
    orchestrator,
    carts: floor.url('carts'),
    stocks: floor.url('stocks'),
    produits: floor.url('produits'),
  }))
  const dying = await floor.orchestrators.mortal(floor.settings(), { dies })
  orchestrator = await readyOf(dying)
  const gate = Promise.withResolvers<void>()
  t.teardown(gate.resolve)
  const order = await bring(floor, shop, tale.at, gate.promise)
  const ask = () =>
    shop.post(
      `/api/sagas/${order.sagaId}/${tale.verb}`,
      { ...BY_TEST, ...tale.body?.(order) },
      { 'idempotency-key': 'k', prefer: 'wait=30' },
    )
  const answer = ask().catch(() => undefined)
  void answer.then((answered) => answered && dying.kill())
  const { marker, signal, stderr } = await dying.death
  t.strictSame([marker?.dies, signal], [dies, 'SIGKILL'], stderr)
  t.equal(await answer, undefined, 'nobody was answered')
  // What was on its way arrives meanwhile.
  gate.resolve()
  await floor.bringBack()
  await floor.quiet()

  // Made again, it must not be answered before the verb is.
  const secondGate = Promise.withResolvers<void>()
  t.teardown(secondGate.resolve)
  floor.whenCalled(HELD[tale.at], () => secondGate.promise)
  orchestrator = await readyOf(floor.orchestrators.heir(floor.settings()))
  const again = await ask()
  secondGate.resolve()
  t.match(again, { status: 200, headers: { 'idempotency-replayed': 'true' } }, 'it was accepted, and is done')
  await until('the end', async () => ['DONE', 'FAILED'].includes((await shop.saga(order.sagaId)).state))
  await floor.quiet()
  t.equal((await ask()).status, 200, 'the first answer stands')
  const rows = (await shop.transitions(order.sagaId)).filter(
    ({ event }) => event.type === `skald.${tale.verb}`,
  )
  t.strictSame(
    rows.map(({ state }) => state),
    [tale.to],
    'it was done once',
  )
  for (const { event } of rows) t.match(event, BY_TEST)
  t.strictSame(await endOf(shop, order), tale.end)
  t.equal(await firstDifferenceOf(shop, order.sagaId), undefined)
  t.strictSame(floor.unannounced, [])
}

/**
 * Verbs, with the owner dead at this point: of the commit of its transition, by the how-manieth that is; or else. For the
 * sake of time each verb is struck at two of the three points: `left`, 0 to 2, says which third is not struck at this one.
 */
export async function killAll(
  t: Test,
  point: (state: string, verb: string) => Point,
  left: number,
): Promise<void> {
  const floor = await CrashFloor.open(t)
  for (const tale of tales.filter((_, n) => n % 3 !== left)) {
    const there = point(tale.to, tale.verb)
    const isCounted = 'state' in there && tale.time !== undefined
    const dies = { ...there, ...(isCounted && { time: tale.time }) }
    await t.test(`${tale.verb} is done once, though its saga's owner dies ${nameOf(dies)}`, async (t) => {
      await kill(t, floor, tale, dies)
    })
  }
}
