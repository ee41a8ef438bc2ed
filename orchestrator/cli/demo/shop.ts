// What a person does and sees at the public address: carts, stock, orders, ventes, sagas.
import got from 'got'

const MAGASIN = 101
const PRIX = '39.99'

export interface OrderAnswer {
  status: number
  /** Whether it is the answer to an earlier call with the same key. */
  isReplayed: boolean
  body: {
    saga_id: string
    vente_id?: number
    state?: string
    code?: string
    detail?: string
    error?: { step: string; code: string; message: string }
  }
}

export interface Saga {
  saga_id: string
  /** DONE, FAILED, or where it stands in the chart. */
  state: string
  status: string
  vente_id: number | null
  parked: { reason: string; step: string; tries: number } | null
}

export interface Vente {
  vente_id: number
  lignes: { produit_id: number; quantite: number; prix_unitaire: string }[]
}

export interface ServiceEvent {
  action: string
  outcome: string
  correlation_id: string
}

export interface ShopOptions {
  readonly url: string
  /** Of who orders, looks and operates; undefined where nobody is asked. */
  readonly token: string | undefined
  /** Of the participants. */
  readonly serviceToken: string | undefined
}

/** Paths that are not the orchestrators'. */
const PARTICIPANTS = /^\/api\/(caisse|stock|produits)\//

export class Shop {
  readonly #http

  constructor({ url, token, serviceToken }: ShopOptions) {
    this.#http = got.extend({
      prefixUrl: url,
      throwHttpErrors: false,
      retry: { limit: 0 },
      responseType: 'json',
      hooks: {
        beforeRequest: [
          (options) => {
            const { pathname } = new URL(String(options.url))
            const own = PARTICIPANTS.test(pathname) ? serviceToken : token
            if (own !== undefined) options.headers['authorization'] = `Bearer ${own}`
          },
        ],
      },
    })
  }

  /** What keeps it from playing, as a problem document tells it: whoever is called asks for another token. */
  async refusal(): Promise<string | undefined> {
    const answers = await Promise.all(
      ['api/sagas?limit=1', 'api/stock/1/1/'].map((path) => this.#http<{ detail?: string }>(path)),
    )
    const refused = answers.find(({ statusCode }) => statusCode === 401 || statusCode === 403)
    return refused && (refused.body.detail ?? `it answered ${refused.statusCode}`)
  }

  /** A new cart with one line; returns its cart_id. */
  async cart(produit: number, quantite: number): Promise<string> {
    const lignes = [{ produit_id: produit, quantite, prix_unitaire: PRIX }]
    const json = { magasin_id: MAGASIN, lignes }
    const { cart_id } = await this.#ask<{ cart_id: string }>('POST', 'api/caisse/', json)
    return cart_id
  }

  async carts(count: number, produit: number, quantite: (index: number) => number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => this.cart(produit, quantite(index))))
  }

  async cartStatus(cartId: string): Promise<string> {
    return (await this.#ask<{ status: string }>('GET', `api/caisse/${cartId}/`)).status
  }

  async setStock(produit: number, quantite: number): Promise<void> {
    await this.#ask('PUT', `api/stock/${MAGASIN}/${produit}/`, { quantite })
  }

  async stock(produit: number): Promise<number> {
    return (await this.#ask<{ quantite: number }>('GET', `api/stock/${MAGASIN}/${produit}/`)).quantite
  }

  async reservationStatus(reservationId: string): Promise<string> {
    return (await this.#ask<{ status: string }>('GET', `api/stock/reservations/${reservationId}/`)).status
  }

  async ventes(cartId: string): Promise<Vente[]> {
    return this.#ask('GET', `api/produits/ventes/?cart_id=${cartId}`)
  }

  async order(cartId: string, key: string, { prefer }: { prefer?: string } = {}): Promise<OrderAnswer> {
    const answer = await this.#http.post<OrderAnswer['body']>('api/orchestrator/', {
      json: { cart_id: cartId, magasin_id: MAGASIN },
      headers: { 'idempotency-key': key, ...(prefer && { prefer }) },
    })
    const isReplayed = answer.headers['idempotency-replayed'] === 'true'
    return { status: answer.statusCode, isReplayed, body: answer.body }
  }

  async saga(sagaId: string): Promise<Saga> {
    return this.#ask('GET', `api/sagas/${sagaId}`)
  }

  /** Tries a parked saga again; false if it does not wait for that any more. */
  async retry(sagaId: string): Promise<boolean> {
    const json = { actor: 'skald demo', reason: 'whatever it waited for is back' }
    const { statusCode } = await this.#http.post(`api/sagas/${sagaId}/retry`, { json })
    return statusCode === 200
  }

  /** The types of its business events, in order. */
  async events(sagaId: string): Promise<string[]> {
    return (await this.#ask<{ type: string }[]>('GET', `api/sagas/${sagaId}/events`)).map(({ type }) => type)
  }

  /** Where it stood after each transition. */
  async states(sagaId: string): Promise<string[]> {
    const transitions = await this.#ask<{ state: string }[]>('GET', `api/sagas/${sagaId}/transitions`)
    return transitions.map(({ state }) => state)
  }

  /** Of one saga, all three services, oldest first in each. */
  async serviceEvents(sagaId: string): Promise<ServiceEvent[]> {
    const lists = ['caisse', 'stock', 'produits'].map((service) =>
      this.#ask<ServiceEvent[]>('GET', `api/${service}/events/?correlation_id=${sagaId}`),
    )
    return (await Promise.all(lists)).flatMap((events) => events.reverse())
  }

  async #ask<Body>(method: 'GET' | 'POST' | 'PUT', path: string, json?: object): Promise<Body> {
    const { statusCode, body } = await this.#http<Body>(path, { method, ...(json && { json }) })
    if (statusCode < 300) return body
    const detail = typeof body === 'object' && body && 'detail' in body ? ` (${String(body.detail)})` : ''
    throw new Error(`${method} /${path} answered ${statusCode}${detail}`)
  }
}
