/** The typed HTTP steps of a commande, each beside its compensation: those of v1, but for what a person may correct. */
import { Type } from 'typebox'
import { compensation } from '../../step.ts'

export { createVente, deleteVente, lockCart, reserveStock, type Ligne } from '../v1/steps.ts'

/** Compensations answer 204: there is nothing to read. */
const Nothing = Type.Unknown()

/** What a person may name instead, where the commande names the wrong thing. */
const CorrectCart = Type.Object({ cart_id: Type.String({ format: 'uuid' }) }, { additionalProperties: false })
const CorrectReservation = Type.Object(
  { reservation_id: Type.String({ format: 'uuid' }) },
  { additionalProperties: false },
)

export const unlockCart = compensation('lock', {
  participant: 'carts',
  request: (input: { cart_id: string }) => ({ method: 'POST', path: `/api/caisse/${input.cart_id}/unlock/` }),
  reply: Nothing,
  correction: CorrectCart,
})

export const releaseStock = compensation('reserve', {
  participant: 'stocks',
  request: (input: { reservation_id: string }) => ({
    method: 'DELETE',
    path: `/api/stock/reservations/${input.reservation_id}/`,
  }),
  reply: Nothing,
  correction: CorrectReservation,
})
