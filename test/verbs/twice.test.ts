// A verb that is sent again: under its key it is the same one, with one answer; under another it is another one.
import t from 'tap'
import { http } from '../kit/http.ts'
import { BY_TEST } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { Floor, type Order, type Place } from './floor.ts'
import { firstDifferenceOf } from './ended.ts'
import { lignesOf } from './table.ts'

const floor = await Floor.open(t)

interface Told {
  readonly code?: string
  readonly saga_id?: string
  readonly possible?: readonly { readonly verb: string }[]
}

const inLock: Place = { state: 'doing.lock', held: { by: 'carts', event: 'LOCK_CART SUCCESS' } }
const parkedInReserve: Place = { state: 'parked.undoing', failing: 'undo reserve' }

interface Twice {
  readonly verb: string
  readonly place: Place
  readonly body?: (order: Order) => object
  /** What the same verb under another key is answered while the saga has not ended, and what is possible then. */
  readonly other: number
  readonly possible?: readonly string[]
}

const all: Twice[] = [
  // The next step is open behind it: of that nothing was looked up.
  { verb: 'complete', place: inLock, body: lignesOf, other: 400 },
  { verb: 'compensate', place: inLock, other: 409, possible: ['skip', 'abandon'] },
  { verb: 'cancel', place: inLock, other: 409, possible: ['skip', 'abandon'] },
  { verb: 'abandon', place: inLock, other: 409, possible: [] },
  { verb: 'skip', place: parkedInReserve, other: 200 },
  { verb: 'migrate', place: inLock, body: () => ({ to: '1' }), other: 409 },
]

async function send({ sagaId }: Order, verb: string, body: object, key: string) {
  const url = `${floor.system.orchestrator.url}/api/sagas/${sagaId}/${verb}`
  const {
    statusCode,
    headers,
    body: told,
  } = await http.post<Told>(url, {
    json: { ...BY_TEST, ...body },
    headers: { 'idempotency-key': key },
  })
  return { status: statusCode, replayed: headers['idempotency-replayed'] === 'true', told }
}

for (const { verb, place, body, other, possible } of all) {
  t.test(`${verb}, sent again under its key, is done once, and answered the same for ever`, async (t) => {
    const [order] = await floor.bring(1, place)
    if (order === undefined) throw new Error('there is no order')
    // Whatever comes next stays where it comes to.
    floor.system.stocks.hold('answer')
    if (place.held?.by !== 'carts') floor.system.carts.hold('answer')
    t.teardown(() => floor.free())
    const said = body?.(order) ?? {}
    const atOnce = await Promise.all(Array.from({ length: 5 }, () => send(order, verb, said, 'k')))
    t.strictSame(
      atOnce.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    )
    t.equal(atOnce.filter(({ replayed }) => !replayed).length, 1, 'one of them was the first')

    const reused = await send(order, verb, { ...said, reason: 'another one' }, 'k')
    t.match(reused, { status: 422, told: { code: 'cle_reutilisee' } }, 'the same key, another reason')
    t.match(
      await send(order, verb === 'cancel' ? 'abandon' : 'cancel', {}, 'k'),
      { status: 422 },
      'another verb',
    )

    const again = await send(order, verb, said, 'another')
    t.equal(again.status, other, 'under another key')
    if (possible !== undefined)
      t.strictSame(
        again.told.possible?.map(({ verb }) => verb),
        possible,
      )

    floor.free()
    await until('the end', async () => {
      const { state } = await floor.system.shop.saga(order.sagaId)
      return ['DONE', 'FAILED'].includes(state)
    })
    t.match(await send(order, verb, said, 'k'), {
      status: 200,
      replayed: true,
      told: { saga_id: order.sagaId },
    })
    t.match(await send(order, verb, said, 'new'), { status: 409 })
    const events = (await floor.system.shop.transitions(order.sagaId)).map(({ event }) => event.type)
    t.equal(events.filter((type) => type === `skald.${verb}`).length, other === 200 ? 2 : 1)
    t.equal(await firstDifferenceOf(floor.system.shop, order.sagaId), undefined)
  })
}

t.test('retry, sent again under its key, is one try', async (t) => {
  const [order] = await floor.bring(1, parkedInReserve)
  if (order === undefined) throw new Error('there is no order')
  t.teardown(() => floor.free())
  const sent = await Promise.all(Array.from({ length: 5 }, () => send(order, 'retry', {}, 'k')))
  t.strictSame(
    sent.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  )
  await until(
    'it is parked again',
    async () => (await floor.system.shop.saga(order.sagaId)).parked?.tries === 4,
  )
  t.match(await send(order, 'retry', {}, 'k'), { status: 200, replayed: true }, 'and none more')
  const events = (await floor.system.shop.transitions(order.sagaId)).map(({ event }) => event.type)
  t.equal(events.filter((type) => type === 'skald.retry').length, 1)
  floor.heal()
  t.match(await send(order, 'retry', {}, 'another'), { status: 200, replayed: false })
  await until('the end', async () => (await floor.system.shop.saga(order.sagaId)).state === 'FAILED')
})

t.test('what was refused at the door was not accepted: its key is free', async (t) => {
  const [order] = await floor.bring(1, inLock)
  if (order === undefined) throw new Error('there is no order')
  t.teardown(() => floor.free())
  t.match(await send(order, 'skip', {}, 'k'), { status: 409, told: { code: 'verbe_refuse' } })
  t.match(await send(order, 'complete', { output: 1 }, 'k'), { status: 400 })
  t.match(await send(order, 'cancel', {}, 'k'), { status: 200, replayed: false })
})

t.test('what came too late is answered 409 under its key, whatever is possible since', async (t) => {
  const [order] = await floor.bring(1, inLock)
  if (order === undefined) throw new Error('there is no order')
  t.teardown(() => floor.free())
  // Both pass the door; the second is behind the first in the inbox.
  const [first, second] = await Promise.all([
    send(order, 'cancel', {}, 'one'),
    send(order, 'compensate', {}, 'two'),
  ])
  t.strictSame(new Set([first.status, second.status]), new Set([200, 409]))
  const [late, verb] = first.status === 409 ? ['one', 'cancel'] : ['two', 'compensate']
  t.match(await send(order, verb, {}, late), { status: 409, told: { code: 'verbe_refuse' } })
  const events = (await floor.system.shop.transitions(order.sagaId)).map(({ event }) => event.type)
  t.equal(events.filter((type) => type.startsWith('skald.')).length, 1)
})
