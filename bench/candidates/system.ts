// What `skald up` runs: gateway, orchestrator and the real participants, each a process. Carts and stock are made
// before, one produit for each order, so that no order waits for the row of another.
import { Agent } from 'node:http'
import got from 'got'
import { connected, databaseNamed } from '../databases.ts'
import { PARTICIPANTS, startServer } from '../server-process.ts'
import { PostgresMeter } from '../usage.ts'
import { candidate, type Candidate, type Place } from './candidate.ts'
import { usageOf } from './engine-http.ts'

const MAGASIN = 101
const ORDERS = 30_000

/** How many, magasin. */
const CARTS = `
  with made as materialized (
    select uuidv7() as cart_id, i as produit_id from generate_series(1, $1::integer) as i
  ),
  stock as (
    insert into stocks.stock (magasin_id, produit_id, quantite, given)
    select $2::integer, produit_id, 1000, 1000 from made
    on conflict (magasin_id, produit_id) do nothing
  ),
  cart as (insert into carts.cart (cart_id, magasin_id) select cart_id, $2::integer from made),
  ligne as (
    insert into carts.cart_ligne (cart_id, position, produit_id, quantite, prix_unitaire)
    select cart_id, 1, produit_id, 3, 39.99 from made
  )
  select cart_id from made`

/** Through the HTTP address of the gateway. Its CPU is the orchestrator's. */
export async function system(place: Place): Promise<Candidate> {
  const databaseUrl = await databaseNamed('system', place.databaseUrl)
  const database = { DATABASE_URL: databaseUrl }
  const participants = await Promise.all(PARTICIPANTS.map((name) => startServer(name, database)))
  const urls = Object.fromEntries(
    PARTICIPANTS.map((name, index) => [`${name.toUpperCase()}_URL`, participants[index]?.url ?? '']),
  )
  const orchestrator = await startServer('orchestrator', { ...database, ...urls })
  const gateway = await startServer('gateway', { ...urls, ORCHESTRATOR_URLS: orchestrator.url })
  const carts = await makeCarts(databaseUrl)
  const meter = await PostgresMeter.open(databaseUrl)
  const agent = new Agent({ keepAlive: true })
  const client = got.extend({ agent: { http: agent }, retry: { limit: 0 } })
  const load = {
    async run() {
      const cart = carts.pop()
      if (cart === undefined) throw new Error(`${ORDERS} orders are not enough for this run`)
      const { statusCode } = await client.post(`${gateway.url}/api/orchestrator/`, {
        json: { cart_id: cart, magasin_id: MAGASIN },
      })
      if (statusCode !== 201) throw new Error(`answered ${statusCode}`)
    },
    async usage() {
      const { storeCpuMs, walBytes } = await meter.read()
      return { ...(await usageOf([orchestrator])), storeCpuMs, walBytes }
    },
  }
  return candidate('system', load, async () => {
    agent.destroy()
    await meter.close()
    for (const process of [gateway, orchestrator, ...participants]) await process.end()
  })
}

function makeCarts(databaseUrl: string): Promise<string[]> {
  return connected(databaseUrl, async (client) => {
    const { rows } = await client.query<{ cart_id: string }>(CARTS, [ORDERS, MAGASIN])
    for (const table of ['stocks.stock', 'carts.cart', 'carts.cart_ligne']) {
      await client.query(`vacuum (analyze) ${table}`)
    }
    return rows.map(({ cart_id }) => cart_id)
  })
}
