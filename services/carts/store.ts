/**
 * Carts and their locks. What locks and unlocks decide within the caller's transaction, on the row
 * they have locked, and refuse before they write.
 */
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { refusal } from '../participant/barrier.ts'
import type { Answer } from '../participant/barrier.ts'

export type CartsDatabase = {
  cart: { cart_id: string; magasin_id: number; status: 'OPEN' | 'LOCKED'; locked_by: string | null }
}

type Ligne = { produit_id: number; quantite: number; prix_unitaire: string }

export type Cart = { cart_id: string; magasin_id: number; status: 'OPEN' | 'LOCKED'; lignes: Ligne[] }

export type NewCart = {
  magasin_id: number
  lignes: { produit_id: number; quantite: number; prix_unitaire: string | number }[]
}

/** Stores an open cart and returns its new cart_id. */
export async function createCart(
  db: Kysely<CartsDatabase>,
  { magasin_id: magasinId, lignes }: NewCart,
): Promise<string> {
  const cartId = uuidv7()
  await sql`
    with cart as (
      insert into carts.cart (cart_id, magasin_id) values (${cartId}, ${magasinId})
    )
    insert into carts.cart_ligne (cart_id, position, produit_id, quantite, prix_unitaire)
    select ${cartId}, position, produit_id, quantite, prix_unitaire
    from unnest(
      ${lignes.map((ligne) => ligne.produit_id)}::integer[],
      ${lignes.map((ligne) => ligne.quantite)}::integer[],
      ${lignes.map((ligne) => String(ligne.prix_unitaire))}::numeric[]
    ) with ordinality as ligne (produit_id, quantite, prix_unitaire, position)
  `.execute(db)
  return cartId
}

export async function findCart(db: Kysely<CartsDatabase>, cartId: string): Promise<Cart | undefined> {
  const { rows } = await sql<HeldCart>`${selectCart(cartId)}`.execute(db)
  return rows[0] && shown(rows[0])
}

export type LockRequest = {
  cartId: string
  /** When given, the cart must be of this magasin. */
  magasinId: number | undefined
  /** The saga, or null for a person. */
  holder: string | null
}

/** Locks the cart; 200 with the cart as it then is. A lock that the same saga holds is granted again. */
export async function lockCart(
  trx: Transaction<CartsDatabase>,
  { cartId, magasinId, holder }: LockRequest,
): Promise<Answer> {
  const cart = await holdCart(trx, cartId)
  if (!cart) return unknownCart(cartId)
  if (magasinId !== undefined && magasinId !== cart.magasin_id) {
    const detail = `Cart ${cartId} belongs to magasin ${cart.magasin_id}, not to ${magasinId}.`
    return refusal(409, 'magasin_different', detail, { cart_id: cartId })
  }
  if (cart.lignes.length === 0) {
    return refusal(409, 'panier_vide', `Cart ${cartId} has no lines.`, { cart_id: cartId })
  }
  if (cart.status === 'LOCKED' && (holder === null || cart.locked_by !== holder)) return lockedCart(cart)
  await trx
    .updateTable('cart')
    .set({ status: 'LOCKED', locked_by: holder })
    .where('cart_id', '=', cartId)
    .execute()
  const body = shown({ ...cart, status: 'LOCKED' })
  return { status: 200, body, detail: { cart_id: cartId, magasin_id: cart.magasin_id } }
}

/** Undoes the lock of `saga`, and nobody else's; a cart that it does not hold is left as it is. */
export async function releaseLockOf(
  trx: Transaction<CartsDatabase>,
  { cartId, saga }: { cartId: string; saga: string },
): Promise<Answer> {
  await trx
    .updateTable('cart')
    .set({ status: 'OPEN', locked_by: null })
    .where('cart_id', '=', cartId)
    .where('locked_by', '=', saga)
    .execute()
  return { status: 204, detail: { cart_id: cartId } }
}

/** Unlocks for someone who shows no barrier key: a person's lock, or that of `holder`. */
export async function unlockCart(
  trx: Transaction<CartsDatabase>,
  { cartId, holder }: { cartId: string; holder: string | null },
): Promise<Answer> {
  const cart = await holdCart(trx, cartId)
  if (!cart) return unknownCart(cartId)
  if (cart.locked_by !== null && cart.locked_by !== holder) return lockedCart(cart)
  await trx
    .updateTable('cart')
    .set({ status: 'OPEN', locked_by: null })
    .where('cart_id', '=', cartId)
    .execute()
  return { status: 204, detail: { cart_id: cartId } }
}

type HeldCart = Cart & { locked_by: string | null }

/** Keeps the cart from changing until the transaction ends. */
async function holdCart(trx: Transaction<CartsDatabase>, cartId: string): Promise<HeldCart | undefined> {
  const { rows } = await sql<HeldCart>`${selectCart(cartId)} for update`.execute(trx)
  return rows[0]
}

/** Lines never change after the cart was made, so reading them needs no lock. */
function selectCart(cartId: string) {
  return sql`
    select cart_id, magasin_id, status, locked_by, coalesce((
      select json_agg(json_build_object(
        'produit_id', produit_id, 'quantite', quantite, 'prix_unitaire', prix_unitaire::text
      ) order by position)
      from carts.cart_ligne where cart_ligne.cart_id = cart.cart_id
    ), '[]') as lignes
    from carts.cart
    where cart_id = ${cartId}
  `
}

function shown({ cart_id, magasin_id, status, lignes }: HeldCart): Cart {
  return { cart_id, magasin_id, status, lignes }
}

function unknownCart(cartId: string): Answer {
  return refusal(404, 'panier_inconnu', `There is no cart ${cartId}.`, { cart_id: cartId })
}

function lockedCart(cart: HeldCart): Answer {
  const holder = cart.locked_by === null ? 'by a person' : `by saga ${cart.locked_by}`
  return refusal(409, 'panier_verrouille', `Cart ${cart.cart_id} is locked ${holder}.`, {
    cart_id: cart.cart_id,
    locked_by: cart.locked_by,
  })
}
