// What a test, or a person, does and sees at the system's HTTP surface.
import { http } from './http.ts'

export const MAGASIN = 101
export const PRODUIT = 501
/** Who does it, and why: what every verb asks for. */
export const BY_TEST = { actor: 'test', reason: 'the test says so' }

interface Addresses {
  readonly orchestrator: string
  readonly carts: string
  readonly stocks: string
  readonly produits: string
}

export interface OrderAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: {
    readonly saga_id: string
    readonly vente_id?: number
    readonly state?: string
    readonly code?: string
    readonly detail?: string
    readonly error?: { step: string; code: string; inDoubt: boolean }
    readonly errors?: { field: string; message: string }[]
  }
}

export interface SagaBody {
  readonly saga_id: string
  readonly machine: string
  readonly version: string
  readonly state: string
  readonly status: string
  readonly seq: number
  readonly vente_id: number | null
  /** When it goes on by itself. */
  readonly next_timer_at: string | null
  readonly parked: { reason: string; step: string; tries: number; by: 'engine' | 'chart' } | null
  readonly last_error: { step: string; code: string } | null
  readonly output: { readonly error?: { readonly code: string } | null } | null
  /** Of a failed saga. */
  readonly undone: boolean | null
}

interface TransitionBody {
  readonly seq: number
  readonly actor: string | null
  readonly event: { readonly type: string; readonly actor?: string; readonly reason?: string }
  readonly timer: string | null
  /** RFC 3339. */
  readonly at: string
  readonly state: string
  readonly snapshot: unknown
}

export interface Vente {
  readonly vente_id: number
  readonly cart_id: string
  readonly lignes: { produit_id: number; quantite: number; prix_unitaire: string }[]
}

export class Shop {
  readonly #at: () => Addresses

  /** One address for all, or one for each. */
  constructor(at: () => Addresses) {
    this.#at = at
  }

  async cart(quantite: number, produit = PRODUIT): Promise<string> {
    const lignes = [{ produit_id: produit, quantite, prix_unitaire: '39.99' }]
    const { body } = await http.post<{ cart_id: string }>(`${this.#at().carts}/api/caisse/`, {
      json: { magasin_id: MAGASIN, lignes },
    })
    return body.cart_id
  }

  async cartStatus(cartId: string): Promise<string> {
    return (await this.#get<{ status: string }>('carts', `/api/caisse/${cartId}/`)).status
  }

  async setStock(quantite: number, produit = PRODUIT): Promise<void> {
    await http.put(`${this.#at().stocks}/api/stock/${MAGASIN}/${produit}/`, { json: { quantite } })
  }

  async stock(produit = PRODUIT): Promise<number> {
    return (await this.#get<{ quantite: number }>('stocks', `/api/stock/${MAGASIN}/${produit}/`)).quantite
  }

  async reservationStatus(reservationId: string): Promise<string> {
    return (await this.#get<{ status: string }>('stocks', `/api/stock/reservations/${reservationId}/`)).status
  }

  /** Of a cart, or of the whole magasin. */
  async ventes(cartId?: string): Promise<Vente[]> {
    const query = cartId === undefined ? '' : `&cart_id=${cartId}`
    return this.#get('produits', `/api/produits/ventes/?magasin_id=${MAGASIN}&limit=500${query}`)
  }

  async order(
    cartId: string,
    { key, prefer, magasin = MAGASIN }: { key?: string; prefer?: string; magasin?: number } = {},
  ): Promise<OrderAnswer> {
    return this.post(
      '/api/orchestrator/',
      { cart_id: cartId, magasin_id: magasin },
      {
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(prefer !== undefined && { prefer }),
      },
    )
  }

  async post(path: string, json: unknown, headers: Record<string, string> = {}): Promise<OrderAnswer> {
    const answer = await http.post<OrderAnswer['body']>(`${this.#at().orchestrator}${path}`, {
      json,
      headers,
    })
    return { status: answer.statusCode, headers: answer.headers, body: answer.body }
  }

  async saga(sagaId: string): Promise<SagaBody> {
    return this.#get('orchestrator', `/api/sagas/${sagaId}/`)
  }

  /** Types of its business events, in order. */
  async events(sagaId: string): Promise<string[]> {
    const events = await this.#get<{ type: string }[]>('orchestrator', `/api/sagas/${sagaId}/events/`)
    return events.map(({ type }) => type)
  }

  async transitions(sagaId: string): Promise<TransitionBody[]> {
    return this.#get('orchestrator', `/api/sagas/${sagaId}/transitions/`)
  }

  /** The first page of those that a query such as `q=<cart_id>` finds. */
  async sagas(query: string): Promise<SagaBody[]> {
    return (await this.#get<{ sagas: SagaBody[] }>('orchestrator', `/api/sagas?${query}`)).sagas
  }

  /** `ACTION OUTCOME` of the service events of one saga, all three services, oldest first in each. */
  async serviceEvents(sagaId: string): Promise<string[]> {
    const paths = { carts: 'caisse', stocks: 'stock', produits: 'produits' } as const
    const all: string[] = []
    for (const [service, path] of Object.entries(paths) as ['carts' | 'stocks' | 'produits', string][]) {
      const events = await this.#get<{ action: string; outcome: string }[]>(
        service,
        `/api/${path}/events/?correlation_id=${sagaId}&limit=100`,
      )
      all.push(...events.reverse().map(({ action, outcome }) => `${action} ${outcome}`))
    }
    return all
  }

  async #get<Body>(service: keyof Addresses, path: string): Promise<Body> {
    const { statusCode, body } = await http.get<Body>(`${this.#at()[service]}${path}`)
    if (statusCode !== 200) throw new Error(`GET ${path} answered ${statusCode}: ${JSON.stringify(body)}`)
    return body
  }
}
