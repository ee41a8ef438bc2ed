// The mission's scenarios, on real Postgres and real sockets. Those that kill processes are in test/crash.
import t from 'tap'
import { startSystem, until } from './kit/system.ts'

t.test('an order goes all the way, and its effects stand (1, 2, 3, 4, 9)', async (t) => {
  const { shop } = await startSystem(t)
  await shop.setStock(15)
  const cart = await shop.cart(3)

  const first = await shop.order(cart, { key: 'hp-1' })
  t.equal(first.status, 201)
  t.type(first.body.vente_id, 'number')
  const { saga_id } = first.body
  t.strictSame(Object.keys(first.body).sort(), ['saga_id', 'vente_id'])
  t.equal((await shop.saga(saga_id)).state, 'DONE')
  t.strictSame(await shop.events(saga_id), [
    'COMMANDE_CREEE',
    'PANIER_VERROUILLE',
    'STOCK_RESERVE',
    'VENTE_CREEE',
    'TERMINEE',
  ])

  t.equal(await shop.stock(), 12)
  t.equal(await shop.cartStatus(cart), 'LOCKED')
  const [vente, ...others] = await shop.ventes(cart)
  t.strictSame(others, [])
  t.strictSame(vente?.lignes, [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }])
  t.strictSame(await shop.serviceEvents(saga_id), [
    'LOCK_CART SUCCESS',
    'CREATE_RESERVATION SUCCESS',
    'CREATE_VENTE SUCCESS',
  ])

  const again = await shop.order(cart, { key: 'hp-1' })
  t.equal(again.status, 201)
  t.strictSame(again.body, first.body)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal((await shop.ventes(cart)).length, 1)
  t.equal(await shop.stock(), 12)

  const otherCart = await shop.cart(1)
  const other = await shop.order(otherCart, { key: 'hp-1' })
  t.equal(other.status, 422)
  t.equal(other.body.code, 'cle_reutilisee')
  t.equal(await shop.cartStatus(otherCart), 'OPEN')
  t.equal(await shop.stock(), 12)
})
