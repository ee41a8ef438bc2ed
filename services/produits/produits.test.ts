import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'
import { eventsOf, ofSaga, startParticipant } from '../../test/kit/participant.ts'
import type { Asked, TestParticipant } from '../../test/kit/participant.ts'
import { produits } from './server.ts'
import type { Vente } from './store.ts'

const VENTES = '/api/produits/ventes/'
const lignes = [
  { produit_id: 501, quantite: 3, prix_unitaire: '39.99' },
  { produit_id: 502, quantite: 1, prix_unitaire: '0.50' },
]

async function started(t: Pick<Test, 'teardown'>) {
  const participant = await startParticipant(t, produits)
  const sell = async (asked: Asked = {}, body: object = {}) => {
    const reply = await participant.ask<{ vente_id: number }>(`POST ${VENTES}`, {
      body: { magasin_id: 101, cart_id: randomUUID(), lignes, ...body },
      ...asked,
    })
    return { status: reply.status, id: reply.body.vente_id, path: `${VENTES}${reply.body.vente_id}/` }
  }
  return { participant, sell }
}

async function idsOf(participant: TestParticipant, query: string) {
  const { body } = await participant.ask<Vente[]>(`GET ${VENTES}${query}`)
  return body.map(({ vente_id }) => vente_id)
}

t.test('a vente keeps its lines and their real unit prices until it is deleted', async (t) => {
  const { participant, sell } = await started(t)
  const cartId = randomUUID()
  const { status, id, path } = await sell({}, { cart_id: cartId, reservation_id: randomUUID() })
  t.equal(status, 201)
  t.ok(Number.isInteger(id))
  const read = await participant.ask<Vente>(`GET ${path}`)
  t.strictSame(read.body, {
    vente_id: id,
    magasin_id: 101,
    cart_id: cartId,
    correlation_id: null,
    created_at: read.body.created_at,
    lignes,
  })
  t.equal((await participant.ask(`DELETE ${path}`)).status, 204)
  t.match(await participant.ask(`GET ${path}`), { status: 404, body: { code: 'vente_inconnue' } })
  t.match(await participant.ask(`DELETE ${path}`), { status: 404, body: { code: 'vente_inconnue' } })
  t.strictSame(await eventsOf(participant, '/api/produits/events/'), [
    'DELETE_VENTE FAILURE',
    'DELETE_VENTE SUCCESS',
    'CREATE_VENTE SUCCESS',
  ])
})

t.test('a price that is a number is kept exactly', async (t) => {
  const { participant, sell } = await started(t)
  const { path } = await sell({}, { lignes: [{ produit_id: 501, quantite: 1, prix_unitaire: 39.99 }] })
  const { body } = await participant.ask<Vente>(`GET ${path}`)
  t.strictSame(body.lignes, [{ produit_id: 501, quantite: 1, prix_unitaire: '39.99' }])
})

t.test('ventes are listed newest first, by magasin, cart, saga and limit', async (t) => {
  const { participant, sell } = await started(t)
  const [saga, cartId] = [randomUUID(), randomUUID()]
  const a = await sell({}, { magasin_id: 102 })
  const b = await sell(ofSaga(saga, 'create'))
  const c = await sell({}, { cart_id: cartId })
  t.strictSame(await idsOf(participant, ''), [c.id, b.id, a.id])
  t.strictSame(await idsOf(participant, '?limit=2'), [c.id, b.id])
  t.strictSame(await idsOf(participant, '?magasin_id=102'), [a.id])
  t.strictSame(await idsOf(participant, `?cart_id=${cartId.toUpperCase()}`), [c.id])
  t.strictSame(await idsOf(participant, `?correlation_id=${saga}`), [b.id])
  t.strictSame(await idsOf(participant, `?correlation_id=${saga}&magasin_id=102`), [])
})

t.test('a saga creates its vente once and undoes it by its number', async (t) => {
  const { participant, sell } = await started(t)
  const [saga, cart_id] = [randomUUID(), randomUUID()]
  const first = await sell(ofSaga(saga, 'create'), { cart_id })
  const second = await sell(ofSaga(saga, 'create'), { cart_id })
  t.strictSame(second, first)
  t.strictSame(await idsOf(participant, ''), [first.id])

  const undo = ofSaga(saga, 'create', 'undo')
  const other = await participant.ask(`DELETE ${VENTES}${first.id + 1}/`, undo)
  t.match(other, { status: 422, body: { code: 'cle_reutilisee' } }, 'not the vente of this step')
  t.equal((await participant.ask(`DELETE ${first.path}`, undo)).status, 204, 'a refused undo may come again')
  t.equal((await participant.ask(`DELETE ${first.path}`, undo)).status, 204)
  t.strictSame(await idsOf(participant, ''), [])
  t.strictSame(await eventsOf(participant, '/api/produits/events/'), [
    'DELETE_VENTE SUCCESS',
    'CREATE_VENTE SUCCESS',
  ])
})

t.test('a saga that never learned its vente_id undoes the vente by its own id', async (t) => {
  const { participant, sell } = await started(t)
  const saga = randomUUID()
  const kept = [await sell(), await sell(ofSaga(randomUUID(), 'create'))].map(({ id }) => id)
  await sell(ofSaga(saga, 'create'))
  const undo = () =>
    participant.ask(`DELETE ${VENTES}?correlation_id=${saga}`, ofSaga(saga, 'create', 'undo'))
  t.equal((await undo()).status, 204)
  t.equal((await undo()).status, 204)
  t.strictSame(new Set(await idsOf(participant, '')), new Set(kept))
})

t.test('a vente that comes after its undo is refused', async (t) => {
  const { participant, sell } = await started(t)
  const saga = randomUUID()
  const undo = await participant.ask(
    `DELETE ${VENTES}?correlation_id=${saga}`,
    ofSaga(saga, 'create', 'undo'),
  )
  t.equal(undo.status, 204)
  t.equal((await sell(ofSaga(saga, 'create'))).status, 409)
  t.strictSame(await idsOf(participant, ''), [])
})

t.test('a person cancels the ventes of a saga, and undoing them afterwards succeeds', async (t) => {
  const { participant, sell } = await started(t)
  const saga = randomUUID()
  const { path } = await sell(ofSaga(saga, 'create'))
  t.equal((await participant.ask(`DELETE ${VENTES}?correlation_id=${saga}`)).status, 204)
  t.equal((await participant.ask(`GET ${path}`)).status, 404)
  t.equal((await participant.ask(`DELETE ${path}`, ofSaga(saga, 'create', 'undo'))).status, 204)
})

t.test('ventes are not cancelled without naming the saga, or for another saga', async (t) => {
  const { participant, sell } = await started(t)
  await sell()
  t.match(await participant.ask(`DELETE ${VENTES}`), {
    status: 400,
    body: { errors: [{ field: 'correlation_id', message: 'is required' }] },
  })
  const undo = ofSaga(randomUUID(), 'create', 'undo')
  t.match(await participant.ask(`DELETE ${VENTES}?correlation_id=${randomUUID()}`, undo), {
    status: 400,
    body: { errors: [{ field: 'correlation_id' }] },
  })
  t.equal((await idsOf(participant, '')).length, 1)
})
