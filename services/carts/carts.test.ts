import { randomUUID } from 'node:crypto'
import t from 'tap'
import { eventsOf, ofSaga, startParticipant } from '../../test/kit/participant.ts'
import type { ShownEvent, TestParticipant } from '../../test/kit/participant.ts'
import { carts } from './server.ts'
import type { Cart } from './store.ts'

const lignes = [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }]

async function cartIn(participant: TestParticipant, body: object = { magasin_id: 101, lignes }) {
  const { body: cart } = await participant.ask<Cart>('POST /api/caisse/', { body })
  return `/api/caisse/${cart.cart_id}`
}

async function statusOf(participant: TestParticipant, cart: string) {
  return (await participant.ask<Cart>(`GET ${cart}/`)).body.status
}

t.test('a cart is created open, and read back with its prices', async (t) => {
  const participant = await startParticipant(t, carts)
  const { status, body } = await participant.ask<Cart>('POST /api/caisse/', {
    body: {
      magasin_id: 101,
      lignes: [
        { produit_id: 501, quantite: 3, prix_unitaire: 39.9 },
        { produit_id: 502, quantite: 2_147_483_647, prix_unitaire: '0' },
        { produit_id: 501, quantite: 1, prix_unitaire: '9999999999.99' },
      ],
    },
  })
  t.equal(status, 201)
  t.strictSame(body, {
    cart_id: body.cart_id,
    magasin_id: 101,
    status: 'OPEN',
    lignes: [
      { produit_id: 501, quantite: 3, prix_unitaire: '39.90' },
      { produit_id: 502, quantite: 2_147_483_647, prix_unitaire: '0.00' },
      { produit_id: 501, quantite: 1, prix_unitaire: '9999999999.99' },
    ],
  })
  for (const path of [body.cart_id, `${body.cart_id}/`, `${body.cart_id.toUpperCase()}/`]) {
    const read = await participant.ask(`GET /api/caisse/${path}`)
    t.strictSame([read.status, read.body], [200, body])
  }
  t.strictSame(await eventsOf(participant, '/api/caisse/events/'), [], 'creating a cart is no step')
})

t.test('a cart without lines can be created but not locked', async (t) => {
  const participant = await startParticipant(t, carts)
  const cart = await cartIn(participant, { magasin_id: 101, lignes: [] })
  t.match(await participant.ask(`POST ${cart}/lock/`), { status: 409, body: { code: 'panier_vide' } })
  t.equal(await statusOf(participant, cart), 'OPEN')
})

t.test('a person locks and unlocks a cart', async (t) => {
  const participant = await startParticipant(t, carts)
  const cart = await cartIn(participant)
  const locked = await participant.ask<Cart>(`POST ${cart}/lock/`, { body: { magasin_id: 101 } })
  t.match(locked, { status: 200, body: { status: 'LOCKED', magasin_id: 101, lignes } })
  t.equal(await statusOf(participant, cart), 'LOCKED')

  const again = await participant.ask(`POST ${cart}/lock`)
  t.match(again, { status: 409, body: { code: 'panier_verrouille', detail: /by a person/ } })

  t.equal((await participant.ask(`POST ${cart}/unlock/`)).status, 204)
  t.equal(await statusOf(participant, cart), 'OPEN')
  t.equal((await participant.ask(`POST ${cart}/unlock`)).status, 204, 'an open cart is unlocked already')
  t.strictSame(await eventsOf(participant, '/api/caisse/events/'), [
    'UNLOCK_CART SUCCESS',
    'UNLOCK_CART SUCCESS',
    'LOCK_CART FAILURE',
    'LOCK_CART SUCCESS',
  ])
})

t.test('a cart that is unknown or of another magasin is not locked', async (t) => {
  const participant = await startParticipant(t, carts)
  const unknown = `/api/caisse/${randomUUID()}`
  t.match(await participant.ask(`GET ${unknown}/`), { status: 404, body: { code: 'panier_inconnu' } })
  t.match(await participant.ask(`POST ${unknown}/lock/`), { status: 404, body: { code: 'panier_inconnu' } })
  t.match(await participant.ask(`POST ${unknown}/unlock/`), { status: 404, body: { code: 'panier_inconnu' } })

  const cart = await cartIn(participant)
  const other = await participant.ask(`POST ${cart}/lock/`, { body: { magasin_id: 102 } })
  t.match(other, { status: 409, body: { code: 'magasin_different', detail: /101.*102/ } })
  t.equal(await statusOf(participant, cart), 'OPEN')
})

t.test('the lock of a saga is answered again, and undone by that saga alone', async (t) => {
  const participant = await startParticipant(t, carts)
  const cart = await cartIn(participant)
  const [saga, otherSaga] = [randomUUID(), randomUUID()]

  const first = await participant.ask(`POST ${cart}/lock/`, ofSaga(saga, 'lock'))
  const second = await participant.ask(`POST ${cart}/lock/`, ofSaga(saga, 'lock'))
  t.match(first, { status: 200, body: { status: 'LOCKED', lignes } })
  t.strictSame([second.status, second.body], [first.status, first.body])

  const refused = await participant.ask(`POST ${cart}/lock/`, ofSaga(otherSaga, 'lock'))
  t.match(refused, { status: 409, body: { code: 'panier_verrouille', locked_by: saga } })
  t.match(await participant.ask(`POST ${cart}/lock/`), { status: 409 }, 'a person is refused too')

  const byOther = await participant.ask(`POST ${cart}/unlock/`, ofSaga(otherSaga, 'lock', 'undo'))
  t.equal(byOther.status, 204, 'its own lock was refused: there is nothing to undo')
  const byPerson = await participant.ask(`POST ${cart}/unlock/`)
  t.match(byPerson, { status: 409, body: { code: 'panier_verrouille', locked_by: saga } })
  t.equal(await statusOf(participant, cart), 'LOCKED')

  t.equal((await participant.ask(`POST ${cart}/unlock/`, ofSaga(saga, 'lock', 'undo'))).status, 204)
  t.equal(await statusOf(participant, cart), 'OPEN')
})

t.test('an undo that comes again does not open a cart that someone else has locked since', async (t) => {
  const participant = await startParticipant(t, carts)
  const cart = await cartIn(participant)
  const saga = randomUUID()
  await participant.ask(`POST ${cart}/lock/`, ofSaga(saga, 'lock'))
  await participant.ask(`POST ${cart}/unlock/`, ofSaga(saga, 'lock', 'undo'))
  t.equal((await participant.ask(`POST ${cart}/lock/`)).status, 200)
  t.equal((await participant.ask(`POST ${cart}/unlock/`, ofSaga(saga, 'lock', 'undo'))).status, 204)
  t.equal(await statusOf(participant, cart), 'LOCKED')
})

t.test('a saga whose lock someone ended in its name does not open the lock of another', async (t) => {
  const participant = await startParticipant(t, carts)
  const cart = await cartIn(participant)
  const saga = randomUUID()
  await participant.ask(`POST ${cart}/lock/`, ofSaga(saga, 'lock'))
  const inItsName = { headers: { 'x-correlation-id': saga } }
  t.equal((await participant.ask(`POST ${cart}/unlock/`, inItsName)).status, 204)
  t.equal((await participant.ask(`POST ${cart}/lock/`, ofSaga(randomUUID(), 'lock'))).status, 200)
  t.equal((await participant.ask(`POST ${cart}/unlock/`, ofSaga(saga, 'lock', 'undo'))).status, 204)
  t.equal(await statusOf(participant, cart), 'LOCKED')
})

t.test('a saga may undo a lock on a cart that does not exist', async (t) => {
  const participant = await startParticipant(t, carts)
  const unknown = `/api/caisse/${randomUUID()}`
  const [refused, neverCame] = [randomUUID(), randomUUID()]
  t.equal((await participant.ask(`POST ${unknown}/lock/`, ofSaga(refused, 'lock'))).status, 404)
  t.equal((await participant.ask(`POST ${unknown}/unlock/`, ofSaga(refused, 'lock', 'undo'))).status, 204)
  t.equal((await participant.ask(`POST ${unknown}/unlock/`, ofSaga(neverCame, 'lock', 'undo'))).status, 204)
})

t.test('service events are listed newest first, by saga and up to a limit', async (t) => {
  const participant = await startParticipant(t, carts)
  const cart = await cartIn(participant)
  const saga = randomUUID()
  await participant.ask(`POST ${cart}/lock/`, { ...ofSaga(saga, 'lock'), body: { magasin_id: 102 } })
  await participant.ask(`POST ${cart}/lock/`, ofSaga(saga, 'again'))
  await participant.ask(`POST ${cart}/lock/`)

  const { body } = await participant.ask<ShownEvent[]>(`GET /api/caisse/events/?correlation_id=${saga}`)
  t.match(body, [
    { action: 'LOCK_CART', outcome: 'SUCCESS', correlation_id: saga, created_at: /^\d{4}-.*Z$/ },
    { action: 'LOCK_CART', outcome: 'FAILURE', correlation_id: saga, detail: { code: 'magasin_different' } },
  ])
  t.equal(body.length, 2)
  const newest = await participant.ask<ShownEvent[]>('GET /api/caisse/events?limit=1')
  t.match(newest.body, [{ outcome: 'FAILURE', correlation_id: null, detail: { code: 'panier_verrouille' } }])
  for (const limit of ['0', '501', '1.5', 'x', '']) {
    const refused = await participant.ask(`GET /api/caisse/events/?limit=${limit}`)
    t.match(refused, { status: 400, body: { errors: [{ field: 'limit' }] } }, `limit=${limit}`)
  }
})
