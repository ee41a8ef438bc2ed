import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { performAction, performCompensation, refuseOtherTarget } from '../participant/barrier.ts'
import type { Participant } from '../participant/barrier.ts'
import { readCall } from '../participant/call.ts'
import { Amount, LINES_MAX, PositiveInteger, Uuid } from '../participant/fields.ts'
import { sendAnswer } from '../participant/server.ts'
import type { ParticipantServer } from '../participant/server.ts'
import { createCart, findCart, lockCart, releaseLockOf, unlockCart } from './store.ts'
import type { CartsDatabase } from './store.ts'

const CartParams = Type.Object({ cart_id: Uuid })

const NewCartBody = Type.Object(
  {
    magasin_id: PositiveInteger,
    lignes: Type.Array(
      Type.Object(
        { produit_id: PositiveInteger, quantite: PositiveInteger, prix_unitaire: Amount },
        { additionalProperties: false },
      ),
      { maxItems: LINES_MAX },
    ),
  },
  { additionalProperties: false },
)

// Null stands for no body at all.
const LockBody = Type.Unsafe<{ magasin_id?: number } | null>({
  type: ['object', 'null'],
  properties: { magasin_id: PositiveInteger },
  additionalProperties: false,
})

const LockedCart = Type.Object({ cart_id: Type.String() })

export function cartRoutes(app: ParticipantServer, participant: Participant<CartsDatabase>): void {
  const { db } = participant

  app.post('/api/caisse', { schema: { body: NewCartBody } }, async (request, reply) => {
    const cart = await findCart(db, await createCart(db, request.body))
    return reply.code(201).send(cart)
  })

  app.get('/api/caisse/:cart_id', { schema: { params: CartParams } }, async (request, reply) => {
    const cartId = request.params.cart_id.toLowerCase()
    const cart = await findCart(db, cartId)
    if (!cart)
      throw app.httpErrors.createError(404, `There is no cart ${cartId}.`, { code: 'panier_inconnu' })
    return reply.send(cart)
  })

  const lock = { params: CartParams, body: LockBody }
  app.post('/api/caisse/:cart_id/lock', { schema: lock }, async (request, reply) => {
    const call = readCall(request, 'do')
    const answer = await performAction(participant, call, 'LOCK_CART', (trx) =>
      lockCart(trx, {
        cartId: request.params.cart_id.toLowerCase(),
        magasinId: request.body?.magasin_id,
        holder: call.correlationId,
      }),
    )
    return sendAnswer(reply, answer)
  })

  app.post('/api/caisse/:cart_id/unlock', { schema: { params: CartParams } }, async (request, reply) => {
    const call = readCall(request, 'undo')
    const cartId = request.params.cart_id.toLowerCase()
    const answer = await performCompensation(participant, call, 'UNLOCK_CART', {
      plain: (trx) => unlockCart(trx, { cartId, holder: call.correlationId }),
      async undo(trx, { sagaId, done }) {
        if (!Value.Check(LockedCart, done) || done.cart_id !== cartId) return refuseOtherTarget()
        return releaseLockOf(trx, { cartId, saga: sagaId })
      },
    })
    return sendAnswer(reply, answer)
  })
}
