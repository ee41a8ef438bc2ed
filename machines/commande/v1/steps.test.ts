import t from 'tap'
import type { Step } from '../../step.ts'
import * as steps from './steps.ts'

const lignes = [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }]

/** The request of a step, as the orchestrator would send it. */
const requestOf = <Input, Output>({ declaration }: Step<Input, Output>, input: Input) =>
  declaration.request(input as never)

t.test('the cart is locked, and unlocked', async (t) => {
  t.same(requestOf(steps.lockCart, { cart_id: 'c', magasin_id: 101 }), {
    method: 'POST',
    path: '/api/caisse/c/lock/',
    body: { magasin_id: 101 },
  })
  t.same(requestOf(steps.unlockCart, { cart_id: 'c' }), { method: 'POST', path: '/api/caisse/c/unlock/' })
})

t.test('stock is reserved without prices under the saga’s number, and released by it', async (t) => {
  t.same(requestOf(steps.reserveStock, { reservation_id: 'r', magasin_id: 101, lignes }), {
    method: 'POST',
    path: '/api/stock/reservations/',
    body: { reservation_id: 'r', magasin_id: 101, lignes: [{ produit_id: 501, quantite: 3 }] },
  })
  t.same(requestOf(steps.releaseStock, { reservation_id: 'r' }), {
    method: 'DELETE',
    path: '/api/stock/reservations/r/',
  })
})

t.test('a vente is created with the prices of the cart, and deleted by its saga', async (t) => {
  const input = { cart_id: 'c', magasin_id: 101, reservation_id: 'r', lignes }
  t.same(requestOf(steps.createVente, input), { method: 'POST', path: '/api/produits/ventes/', body: input })
  t.same(requestOf(steps.deleteVente, { saga_id: 's' }), {
    method: 'DELETE',
    path: '/api/produits/ventes/?correlation_id=s',
  })
})

t.test('each step has one compensation of its name, with the same participant', async (t) => {
  const declarations = Object.values(steps).map(({ declaration }) => declaration)
  const keys = declarations.map(
    ({ step, undo, participant }) => `${participant} ${step}${undo ? ' undo' : ''}`,
  )
  t.same(new Set(keys).size, 6)
  for (const { step, undo, participant } of declarations) {
    if (!undo) t.ok(keys.includes(`${participant} ${step} undo`), step)
  }
})
