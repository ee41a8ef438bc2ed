// The shop on a database of the test's choice, orders without an end, and what became of its sagas.
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Test } from 'tap'
import { audit } from '../../orchestrator/cli/audit/audit.ts'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { startOrchestratorAt, type RunningOrchestrator } from '../kit/orchestrators.ts'
import { ask } from '../kit/own-postgres.ts'
import { startParticipant, type RunningParticipant } from '../kit/running-participant.ts'
import { Shop } from '../kit/shop.ts'
import { until } from '../kit/until.ts'

type Scope = Pick<Test, 'teardown'>

/** Each has one order under way at a time. */
export const CALLERS = 4

interface Participants {
  readonly carts: RunningParticipant
  readonly stocks: RunningParticipant
  readonly produits: RunningParticipant
}

export interface ShopAt {
  readonly participants: Participants
  readonly orchestrator: RunningOrchestrator
  readonly shop: Shop
}

export interface ShopOptions {
  /** Of the orchestrator: another one for each. */
  readonly name: string
  /** Those of another shop; without them, some on this database. */
  readonly participants?: Participants
}

export async function openShop(t: Scope, url: string, options: ShopOptions): Promise<ShopAt> {
  const participants = options.participants ?? {
    carts: await startParticipant(t, carts, url),
    stocks: await startParticipant(t, stocks, url),
    produits: await startParticipant(t, produits, url),
  }
  const addresses = {
    carts: participants.carts.url,
    stocks: participants.stocks.url,
    produits: participants.produits.url,
  }
  const orchestrator = await startOrchestratorAt(t, {
    databaseUrl: url,
    name: options.name,
    settings: { CARTS_URL: addresses.carts, STOCKS_URL: addresses.stocks, PRODUITS_URL: addresses.produits },
  })
  const shop = new Shop(() => ({ ...addresses, orchestrator: orchestrator.url }))
  return { participants, orchestrator, shop }
}

/** Sagas by id, with where they stand. */
export async function sagasIn(url: string): Promise<Map<string, string>> {
  const statement = 'select saga_id, status from orchestrator.saga'
  const rows = await ask<{ saga_id: string; status: string }>(url, statement)
  return new Map(rows.map(({ saga_id, status }) => [saga_id, status]))
}

export const inFlight = (sagas: ReadonlyMap<string, string>) =>
  [...sagas].filter(([, status]) => status !== 'done' && status !== 'failed').map(([id]) => id)

export const untilAllEnded = (url: string) =>
  until('all sagas have ended', async () => inFlight(await sagasIn(url)).length === 0)

/** What an audit of all four schemas finds, once no saga should be under way. */
export async function findingsIn(url: string) {
  const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) })
  const db = new Kysely<unknown>({ dialect })
  try {
    return (await audit(db, { stillForSeconds: 0 })).findings
  } finally {
    await db.destroy()
  }
}

/** Orders of all callers until they are told to end; `end` resolves when the last one is answered. */
export function startOrdering({ shop }: ShopAt): { end: () => Promise<void> } {
  const ending = new AbortController()
  const call = async () => {
    while (!ending.signal.aborted) await shop.order(await shop.cart(1))
  }
  const calls = Promise.all(Array.from({ length: CALLERS }, call))
  return {
    async end() {
      ending.abort()
      await calls
    },
  }
}

/** All callers wait for a step that was done, and whose answer is outstanding, until stocks is released. */
export async function holdCallers({ participants }: ShopAt, url: string): Promise<void> {
  participants.stocks.hold('answer')
  const statement = `select from orchestrator.saga s join stocks.barrier b on b.saga_id = s.saga_id::text
    where s.status = 'running' and b.step = 'reserve'`
  await until('all callers wait', async () => (await ask(url, statement)).length === CALLERS)
}
