// A cart to try Skald with, and the curl line that orders it.
import { randomUUID } from 'node:crypto'
import got from 'got'

const MAGASIN = 101
const PRODUIT = 501
const STOCK = 15

/** Makes a cart, and stock if there is none yet; returns the command that orders the cart. */
export async function prepareFirstOrder(url: string): Promise<string> {
  const client = got.extend({ prefixUrl: url })
  const stock = `api/stock/${MAGASIN}/${PRODUIT}/`
  const { statusCode } = await client.get(stock, { throwHttpErrors: false })
  if (statusCode === 404) await client.put(stock, { json: { quantite: STOCK } })
  const lignes = [{ produit_id: PRODUIT, quantite: 3, prix_unitaire: '39.99' }]
  const cart = await client
    .post('api/caisse/', { json: { magasin_id: MAGASIN, lignes } })
    .json<{ cart_id: string }>()
  const order = JSON.stringify({ cart_id: cart.cart_id, magasin_id: MAGASIN })
  const headers = `-H 'Content-Type: application/json' -H 'Idempotency-Key: ${randomUUID()}'`
  return `curl -X POST ${url}/api/orchestrator/ ${headers} -d '${order}'`
}
