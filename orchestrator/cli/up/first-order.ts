// A cart to try Skald with, and the curl line that orders it.
import { randomUUID } from 'node:crypto'
import got from 'got'
import type { UpConfig } from '../../config.ts'

const MAGASIN = 101
const PRODUIT = 501
const STOCK = 15

export interface FirstOrder {
  /** Where all is reached. */
  readonly url: string
  /** Undefined where participants ask for none. */
  readonly serviceToken: string | undefined
  /** Whether who orders is asked for a token. */
  readonly isAsked: boolean
}

/** Makes a cart, and stock if there is none yet; returns the command that orders the cart. */
export async function prepareFirstOrder({ url, serviceToken, isAsked }: FirstOrder): Promise<string> {
  const authorization = serviceToken === undefined ? {} : { authorization: `Bearer ${serviceToken}` }
  const client = got.extend({ prefixUrl: url, headers: authorization })
  const stock = `api/stock/${MAGASIN}/${PRODUIT}/`
  const { statusCode } = await client.get(stock, { throwHttpErrors: false })
  if (statusCode === 404) await client.put(stock, { json: { quantite: STOCK } })
  const lignes = [{ produit_id: PRODUIT, quantite: 3, prix_unitaire: '39.99' }]
  const cart = await client
    .post('api/caisse/', { json: { magasin_id: MAGASIN, lignes } })
    .json<{ cart_id: string }>()
  const order = JSON.stringify({ cart_id: cart.cart_id, magasin_id: MAGASIN })
  // By name: what is printed here is kept by terminals.
  const token = isAsked ? ' -H "Authorization: Bearer $SKALD_TOKEN"' : ''
  const headers = `-H 'Content-Type: application/json' -H 'Idempotency-Key: ${randomUUID()}'${token}`
  return `curl -X POST ${url}/api/orchestrator/ ${headers} -d '${order}'`
}

/** What the order takes in SKALD_TOKEN, and where that is had; nothing where nobody is asked. */
export function withWhichToken(
  config: Pick<UpConfig, 'ACCESS_TOKENS_FILE' | 'ACCESS_JWKS_URL' | 'ACCESS_JWT_ISSUER'>,
): string {
  const { ACCESS_TOKENS_FILE: file, ACCESS_JWKS_URL, ACCESS_JWT_ISSUER } = config
  if (file !== undefined) {
    const way = `skald token create NAME --role start --file '${file.replaceAll("'", "'\\''")}'`
    return `, with a token of the role start in SKALD_TOKEN (${way})`
  }
  if (ACCESS_JWKS_URL === undefined) return ''
  return `, with a JWT of ${ACCESS_JWT_ISSUER} that has the role start in SKALD_TOKEN`
}
