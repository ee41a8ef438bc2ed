// The real system as people meet it: orchestrators, each its own process, behind the gateway; participants that a test can
// hold; a database of its own.
import type { Test } from 'tap'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { freshDatabase } from './database.ts'
import { startParticipant, type RunningParticipant } from './running-participant.ts'
import { ServiceProcess } from './service-process.ts'
import { Shop } from './shop.ts'

export interface Stage {
  readonly databaseUrl: string
  /** Of the gateway. */
  readonly url: string
  readonly shop: Shop
  readonly carts: RunningParticipant
  readonly stocks: RunningParticipant
  readonly produits: RunningParticipant
  readonly orchestrators: readonly ServiceProcess[]
}

export interface StageOptions {
  readonly orchestrators?: number
  readonly settings?: Readonly<Record<string, string>>
}

/** All of it ends with `t`. */
export async function openStage(
  t: Pick<Test, 'teardown'>,
  { orchestrators: count = 1, settings = {} }: StageOptions = {},
): Promise<Stage> {
  const { url: databaseUrl } = await freshDatabase(t)
  const participants = {
    carts: await startParticipant(t, carts, databaseUrl),
    stocks: await startParticipant(t, stocks, databaseUrl),
    produits: await startParticipant(t, produits, databaseUrl),
  }
  const addresses = {
    CARTS_URL: participants.carts.url,
    STOCKS_URL: participants.stocks.url,
    PRODUITS_URL: participants.produits.url,
  }
  const start = (n: number) =>
    ServiceProcess.start(t, 'orchestrator', {
      ...addresses,
      DATABASE_URL: databaseUrl,
      ORCHESTRATOR_ID: `orchestrator-${n}`,
      LEASE_MS: '2000',
      ...settings,
    })
  const orchestrators = await Promise.all(Array.from({ length: count }, (_, n) => start(n + 1)))
  const gateway = await ServiceProcess.start(t, 'gateway', {
    ...addresses,
    ORCHESTRATOR_URLS: orchestrators.map(({ url }) => url).join(','),
  })
  const shop = new Shop(() => ({
    orchestrator: gateway.url,
    carts: participants.carts.url,
    stocks: participants.stocks.url,
    produits: participants.produits.url,
  }))
  return { databaseUrl, url: gateway.url, shop, ...participants, orchestrators }
}
