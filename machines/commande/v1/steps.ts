/** The typed HTTP steps of a commande, each beside its compensation. */
import { Type, type Static } from 'typebox'
import { compensation, step } from '../../step.ts'

const Ligne = Type.Object({
  produit_id: Type.Integer(),
  quantite: Type.Integer(),
  prix_unitaire: Type.String(),
})
export type Ligne = Static<typeof Ligne>

/** Compensations answer 204: there is nothing to read. */
const Nothing = Type.Unknown()

export const lockCart = step('lock', {
  participant: 'carts',
  request: (input: { cart_id: string; magasin_id: number }) => ({
    method: 'POST',
    path: `/api/caisse/${input.cart_id}/lock/`,
    body: { magasin_id: input.magasin_id },
  }),
  reply: Type.Object({ lignes: Type.Array(Ligne) }),
})

export const unlockCart = compensation('lock', {
  participant: 'carts',
  request: (input: { cart_id: string }) => ({ method: 'POST', path: `/api/caisse/${input.cart_id}/unlock/` }),
  reply: Nothing,
})

export const reserveStock = step('reserve', {
  participant: 'stocks',
  request: (input: { reservation_id: string; magasin_id: number; lignes: Ligne[] }) => ({
    method: 'POST',
    path: '/api/stock/reservations/',
    body: {
      reservation_id: input.reservation_id,
      magasin_id: input.magasin_id,
      lignes: input.lignes.map(({ produit_id, quantite }) => ({ produit_id, quantite })),
    },
  }),
  reply: Type.Object({ reservation_id: Type.String() }),
})

export const releaseStock = compensation('reserve', {
  participant: 'stocks',
  request: (input: { reservation_id: string }) => ({
    method: 'DELETE',
    path: `/api/stock/reservations/${input.reservation_id}/`,
  }),
  reply: Nothing,
})

export const createVente = step('create', {
  participant: 'produits',
  request: (input: { cart_id: string; magasin_id: number; reservation_id: string; lignes: Ligne[] }) => ({
    method: 'POST',
    path: '/api/produits/ventes/',
    body: { ...input },
  }),
  reply: Type.Object({ vente_id: Type.Integer() }),
})

/** By the saga and not by vente_id: an answer lost on the way leaves the participant's number unknown. */
export const deleteVente = compensation('create', {
  participant: 'produits',
  request: (input: { saga_id: string }) => ({
    method: 'DELETE',
    path: `/api/produits/ventes/?correlation_id=${input.saga_id}`,
  }),
  reply: Nothing,
})
