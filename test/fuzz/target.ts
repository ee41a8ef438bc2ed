// What is fuzzed: three participants and an orchestrator on real Postgres and real sockets, with sagas of each kind.
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import { startOrchestrator } from '../../orchestrator/orchestrator.ts'
import { carts } from '../../services/carts/server.ts'
import { ROLES, type Route } from '../../services/participant/access.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import type { ParticipantDefinition } from '../../services/participant/process.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import type { Scope } from '../chaos/scope.ts'
import { http } from '../kit/http.ts'
import { startParticipant } from '../kit/running-participant.ts'
import { MAGASIN, PRODUIT } from '../kit/shop.ts'
import { tokensFile } from '../kit/tokens.ts'
import { until } from '../kit/until.ts'
import type { Known } from './values.ts'

export interface Server {
  readonly name: string
  readonly url: string
  /** All but those that are the same with another method or at every server. */
  readonly routes: readonly Route[]
}

export interface Target {
  readonly servers: readonly Server[]
  readonly orchestrator: string
  /** Of all roles; undefined where nobody is asked who they are. */
  readonly token: string | undefined
  /** What there is, by the parameter that names it: random requests would hardly ever do. */
  readonly known: Known
  /** Rejects where it does not work any more. */
  readonly order: () => Promise<string>
}

/** Nobody waits long for anything. */
const SETTINGS = {
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'silent',
  STEP_TIMEOUT_MS: '2000',
  STEP_DEADLINE_MS: '4000',
  WAIT_SECONDS: '10',
  RATE_LIMIT: '1000000',
}

export async function openTarget(scope: Scope, databaseUrl: string, isGuarded: boolean): Promise<Target> {
  const participants: Server[] = []
  const join = async <Database>(definition: ParticipantDefinition<Database>) => {
    let app: HttpServer | undefined
    const build: typeof definition.build = async (options) => (app = await definition.build(options))
    const { url } = await startParticipant(scope, { ...definition, build }, databaseUrl)
    participants.push({ name: definition.name, url, routes: ownRoutes(app) })
    return url
  }
  const urls = {
    CARTS_URL: await join(carts),
    STOCKS_URL: await join(stocks),
    PRODUITS_URL: await join(produits),
  }
  const file = isGuarded ? await tokensFile(scope, { fuzz: { roles: [...ROLES] } }) : undefined
  const env = {
    ...SETTINGS,
    ...urls,
    DATABASE_URL: databaseUrl,
    ...(file && { ACCESS_TOKENS_FILE: file.path }),
  }
  let api: HttpServer | undefined
  const config = readOrchestratorConfig(env, { ORCHESTRATOR_ID: `fuzzed ${isGuarded}` })
  const started = await startOrchestrator(config, { api: (built) => (api = built) })
  scope.teardown(() => started.close())
  const { url } = started
  const orchestrator = { name: 'orchestrator', url, routes: ownRoutes(api) }
  const token = file?.tokens.fuzz
  const shop = new FuzzedShop(urls, url, token)
  return {
    servers: [orchestrator, ...participants],
    orchestrator: url,
    token,
    known: await shop.fill(),
    order: () => shop.order(),
  }
}

const EVERYWHERE = new Set(['/healthz', '/readyz'])

function ownRoutes(app: HttpServer | undefined): Route[] {
  const all = app?.routes() ?? []
  return all.filter(({ method, url }) => method !== 'HEAD' && method !== 'OPTIONS' && !EVERYWHERE.has(url))
}

type ShopUrls = Readonly<Record<'CARTS_URL' | 'STOCKS_URL', string>>

class FuzzedShop {
  readonly #urls: ShopUrls
  readonly #orchestrator: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(urls: ShopUrls, orchestrator: string, token: string | undefined) {
    this.#urls = urls
    this.#orchestrator = orchestrator
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  /** Sagas that are done, failed and parked, a bulk, and what they are about. */
  async fill(): Promise<Known> {
    const done = await this.order()
    const failed = await this.#start(await this.#cart(5_000))
    const { cart_id } = await this.#json(`${this.#orchestrator}/api/sagas/${done}`, 'input')
    const verb = { verb: 'retry', filter: { status: 'parked' }, actor: 'fuzz', reason: 'there is one' }
    const { bulk_id } = await this.#post(`${this.#orchestrator}/api/bulk`, verb)
    return {
      saga_id: [done, String(failed['saga_id'])],
      cart_id: [String(cart_id)],
      reservation_id: [done],
      vente_id: ['1', '2'],
      bulk_id: [String(bulk_id)],
      machine: ['commande'],
      version: ['1', '2'],
      seq: ['0', '1', '2'],
      magasin_id: [String(MAGASIN)],
      produit_id: [String(PRODUIT)],
    }
  }

  /** One that must go well; its saga. */
  async order(): Promise<string> {
    await http.put(`${this.#urls.STOCKS_URL}/api/stock/${MAGASIN}/${PRODUIT}/`, { json: { quantite: 1_000 } })
    const cart = await this.#cart(1)
    // Under the load of what came before it may be turned away for a while: then nothing was accepted.
    const started = await until('an order is taken', async () => {
      const answer = await this.#start(cart)
      return answer['status'] !== 503 && answer
    })
    if (started['vente_id'] === undefined) throw new Error(`an order fails: ${JSON.stringify(started)}`)
    return String(started['saga_id'])
  }

  #start(cart_id: string): Promise<Record<string, unknown>> {
    return this.#post(`${this.#orchestrator}/api/orchestrator`, { cart_id, magasin_id: MAGASIN })
  }

  async #cart(quantite: number): Promise<string> {
    const lignes = [{ produit_id: PRODUIT, quantite, prix_unitaire: '1.00' }]
    return String(
      (await this.#post(`${this.#urls.CARTS_URL}/api/caisse/`, { magasin_id: MAGASIN, lignes }))['cart_id'],
    )
  }

  async #post(url: string, json: unknown): Promise<Record<string, unknown>> {
    return (await http.post<Record<string, unknown>>(url, { json, headers: this.#headers })).body
  }

  async #json(url: string, member: string): Promise<Record<string, unknown>> {
    const { body } = await http.get<Record<string, Record<string, unknown>>>(url, { headers: this.#headers })
    return body[member] ?? {}
  }
}
