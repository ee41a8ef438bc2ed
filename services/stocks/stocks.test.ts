import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'
import { eventsOf, ofSaga, startParticipant } from '../../test/kit/participant.ts'
import type { TestParticipant } from '../../test/kit/participant.ts'
import type { Reservation } from './reservation-store.ts'
import { stocks } from './server.ts'

const RESERVATIONS = '/api/stock/reservations/'

async function stockOf(participant: TestParticipant, produitId: number) {
  return (await participant.ask<{ quantite: number }>(`GET /api/stock/101/${produitId}/`)).body.quantite
}

async function stocksWith(
  t: Pick<Test, 'teardown'>,
  stock: Record<number, number>,
  options?: { poolMax: number },
) {
  const participant = await startParticipant(t, stocks, options)
  for (const [produitId, quantite] of Object.entries(stock)) {
    await participant.ask(`PUT /api/stock/101/${produitId}/`, { body: { quantite } })
  }
  return participant
}

/** A reservation of produits by number of pieces, in the order given. */
function wanting(...lignes: [produitId: number, quantite: number][]) {
  return {
    reservation_id: randomUUID(),
    magasin_id: 101,
    lignes: lignes.map(([produit_id, quantite]) => ({ produit_id, quantite })),
  }
}

t.test('stock is set, set again and read', async (t) => {
  const participant = await startParticipant(t, stocks)
  t.match(await participant.ask('GET /api/stock/101/501/'), { status: 404, body: { code: 'stock_inconnu' } })
  for (const quantite of [15, 0, 2_147_483_647]) {
    const expected = { magasin_id: 101, produit_id: 501, quantite }
    const set = await participant.ask('PUT /api/stock/101/501/', { body: { quantite } })
    t.strictSame([set.status, set.body], [200, expected])
    const read = await participant.ask('GET /api/stock/101/501')
    t.strictSame([read.status, read.body], [200, expected])
  }
})

t.test('a reservation takes its pieces and gives them back once', async (t) => {
  const participant = await stocksWith(t, { 501: 15, 502: 4 })
  const body = wanting([501, 3], [502, 4], [501, 2])
  const made = await participant.ask<Reservation>(`POST ${RESERVATIONS}`, { body })
  t.strictSame([made.status, made.body], [201, { ...body, status: 'RESERVED' }])
  t.strictSame([await stockOf(participant, 501), await stockOf(participant, 502)], [10, 0])

  const one = `${RESERVATIONS}${body.reservation_id}/`
  t.strictSame((await participant.ask(`GET ${one}`)).body, { ...body, status: 'RESERVED' })
  for (const time of ['first', 'second']) {
    t.equal((await participant.ask(`DELETE ${one}`)).status, 204, time)
    t.strictSame([await stockOf(participant, 501), await stockOf(participant, 502)], [15, 4], time)
  }
  t.strictSame((await participant.ask(`GET ${one}`)).body, { ...body, status: 'RELEASED' })
})

t.test('a reservation takes all its lines or none', async (t) => {
  const participant = await stocksWith(t, { 501: 5, 502: 1 })
  const body = wanting([501, 3], [502, 2], [503, 1], [501, 2])
  const refused = await participant.ask(`POST ${RESERVATIONS}`, { body })
  t.match(refused, {
    status: 409,
    headers: { 'content-type': /^application\/problem\+json/ },
    body: {
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      code: 'stock_insuffisant',
      detail: /produit 502: 2 wanted, 1 left; produit 503: 1 wanted, 0 left/,
      manquants: [
        { produit_id: 502, quantite: 2, disponible: 1 },
        { produit_id: 503, quantite: 1, disponible: 0 },
      ],
    },
  })
  t.strictSame([await stockOf(participant, 501), await stockOf(participant, 502)], [5, 1])
  t.equal((await participant.ask(`GET ${RESERVATIONS}${body.reservation_id}/`)).status, 404)
})

t.test('lines of one produit are summed before they are compared with the stock', async (t) => {
  const participant = await stocksWith(t, { 501: 5 })
  const refused = await participant.ask(`POST ${RESERVATIONS}`, { body: wanting([501, 3], [501, 3]) })
  t.match(refused, { status: 409, body: { manquants: [{ quantite: 6, disponible: 5 }] } })
})

t.test('a person may leave the reservation_id to the service', async (t) => {
  const participant = await stocksWith(t, { 501: 5 })
  const { reservation_id: _, ...body } = wanting([501, 1])
  const made = await participant.ask<Reservation>(`POST ${RESERVATIONS}`, { body })
  t.match(made, { status: 201, body: { reservation_id: /^[0-9a-f-]{36}$/, status: 'RESERVED' } })
})

t.test('a reservation_id stands for one reservation', async (t) => {
  const participant = await stocksWith(t, { 501: 5 })
  const body = wanting([501, 3])
  const post = (asked: object) => participant.ask(`POST ${RESERVATIONS}`, { body, ...asked })
  t.equal((await post({})).status, 201)
  t.equal((await post({})).status, 201, 'the same again')
  t.equal(await stockOf(participant, 501), 2, 'took its pieces once')

  const other = { ...body, lignes: [{ produit_id: 501, quantite: 1 }] }
  t.match(await post({ body: other }), { status: 409, body: { code: 'reservation_existante' } })
  t.match(await post(ofSaga(randomUUID(), 'reserve')), {
    status: 409,
    body: { code: 'reservation_existante' },
  })
  await participant.ask(`DELETE ${RESERVATIONS}${body.reservation_id}/`)
  t.match(await post({}), { status: 409, body: { code: 'reservation_liberee' } })
  t.equal(await stockOf(participant, 501), 5)
})

t.test('an unknown reservation is not found', async (t) => {
  const participant = await startParticipant(t, stocks)
  for (const method of ['GET', 'DELETE']) {
    const reply = await participant.ask(`${method} ${RESERVATIONS}${randomUUID()}/`)
    t.match(reply, { status: 404, body: { code: 'reservation_inconnue' } }, method)
  }
})

t.test('the reservation of a saga that is undone before it comes is released for good', async (t) => {
  const participant = await stocksWith(t, { 501: 5 })
  const saga = randomUUID()
  const body = wanting([501, 3])
  const one = `${RESERVATIONS}${body.reservation_id}/`
  const undo = ofSaga(saga, 'reserve', 'undo')
  t.equal((await participant.ask(`DELETE ${one}`, undo)).status, 204)
  t.match(await participant.ask(`GET ${one}`), { status: 200, body: { status: 'RELEASED', lignes: [] } })

  const late = await participant.ask(`POST ${RESERVATIONS}`, { body, ...ofSaga(saga, 'reserve') })
  t.match(late, { status: 409, body: { code: 'deja_annule' } })
  t.equal((await participant.ask(`DELETE ${one}`, undo)).status, 204)
  t.equal(await stockOf(participant, 501), 5)
  t.strictSame(await eventsOf(participant, '/api/stock/events/'), ['RELEASE_RESERVATION SUCCESS'])
})

t.test('a refused reservation is refused again, whatever the stock has become', async (t) => {
  const participant = await stocksWith(t, { 501: 1 })
  const asked = { body: wanting([501, 2]), ...ofSaga(randomUUID(), 'reserve') }
  const first = await participant.ask(`POST ${RESERVATIONS}`, asked)
  await participant.ask('PUT /api/stock/101/501/', { body: { quantite: 10 } })
  const second = await participant.ask(`POST ${RESERVATIONS}`, asked)
  t.equal(first.status, 409)
  t.strictSame([second.status, second.body], [first.status, first.body])
  t.match(second.headers, { 'content-type': /^application\/problem\+json/ })
  t.equal(await stockOf(participant, 501), 10)
  t.strictSame(await eventsOf(participant, '/api/stock/events/'), ['CREATE_RESERVATION FAILURE'])
})

t.test('giving back more than int4 holds does not overflow', async (t) => {
  const participant = await stocksWith(t, { 501: 2_147_483_647 })
  const body = wanting([501, 2_147_483_647])
  t.equal((await participant.ask(`POST ${RESERVATIONS}`, { body })).status, 201)
  await participant.ask('PUT /api/stock/101/501/', { body: { quantite: 2_147_483_647 } })
  t.equal((await participant.ask(`DELETE ${RESERVATIONS}${body.reservation_id}/`)).status, 204)
  t.equal(await stockOf(participant, 501), 4_294_967_294)
})

t.test('the table itself refuses a stock below zero', async (t) => {
  const participant = await stocksWith(t, { 501: 1 })
  await t.rejects(participant.pool.query('update stocks.stock set quantite = -1'), {
    message: /stock_never_negative/,
  })
})

t.test(
  'fifty reservations at once, their lines in opposite orders, never oversell nor deadlock',
  async (t) => {
    const participant = await stocksWith(t, { 501: 20, 502: 20, 503: 20 }, { poolMax: 25 })
    const replies = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const lignes: [number, number][] = [
          [501, 1],
          [502, 1],
          [503, 1],
        ]
        const body = wanting(...(n % 2 === 0 ? lignes : lignes.toReversed()))
        const { status } = await participant.ask(`POST ${RESERVATIONS}`, {
          body,
          ...ofSaga(randomUUID(), 'reserve'),
        })
        // Every fifth gives back at once, so that takers and givers meet as well.
        if (status === 201 && n % 5 === 0) {
          await participant.ask(`DELETE ${RESERVATIONS}${body.reservation_id}/`)
          return 'released'
        }
        return status
      }),
    )
    const kept = replies.filter((status) => status === 201).length
    t.strictSame(
      new Set(replies.filter((status) => status !== 201)),
      new Set([409, 'released']),
      'all others were refused or gave back',
    )
    for (const produitId of [501, 502, 503]) {
      t.equal((await stockOf(participant, produitId)) + kept, 20, `produit ${produitId}: sold + left = 20`)
    }
    const { rows } = await participant.pool.query(
      'select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()',
    )
    t.strictSame(rows, [{ deadlocks: 0 }])
  },
)
