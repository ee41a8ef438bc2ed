/** What a caller orders: one thing, in whichever version of the machine it is carried out. */
import { Type, type Static } from 'typebox'

export const Order = Type.Object(
  {
    // One spelling only, so that one order has one fingerprint, and is found by its cart.
    cart_id: Type.String({
      pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
      description: 'a uuid in lower case: the cart to sell',
    }),
    magasin_id: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'The store that sells it.' }),
  },
  { additionalProperties: false },
)

/** The order, and the identity that the engine gave to the saga. */
export type CommandeInput = Static<typeof Order> & { saga_id: string }
