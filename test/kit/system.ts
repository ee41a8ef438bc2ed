// The whole system in this process, on real Postgres and real sockets: three participants and one orchestrator.
import type { Test } from 'tap'
import { readOrchestratorConfig, type OrchestratorConfig } from '../../orchestrator/config.ts'
import { startOrchestrator, type Orchestrator, type Seams } from '../../orchestrator/orchestrator.ts'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { startParticipant, type RunningParticipant } from './running-participant.ts'
import { freshDatabase } from './database.ts'
import { Shop } from './shop.ts'
import { tellBy } from './told-again.ts'

export interface System {
  readonly databaseUrl: string
  readonly shop: Shop
  readonly carts: RunningParticipant
  readonly stocks: RunningParticipant
  readonly produits: RunningParticipant
  readonly orchestrator: Orchestrator
  /** Stops the orchestrator and starts another one on the same database, at another address. */
  restart(seams?: Seams, settings?: Settings): Promise<void>
}

type Settings = Partial<Record<keyof OrchestratorConfig, string>>

/** All of it is stopped at the end of `t`. */
export async function startSystem(
  t: Pick<Test, 'teardown'>,
  settings: Settings = {},
  seams: Seams = {},
): Promise<System> {
  const { url: databaseUrl } = await freshDatabase(t)
  const running = {
    carts: await startParticipant(t, carts, databaseUrl),
    stocks: await startParticipant(t, stocks, databaseUrl),
    produits: await startParticipant(t, produits, databaseUrl),
  }
  const start = (chosenSettings: Settings, chosenSeams: Seams) => {
    const env = {
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'silent',
      DATABASE_URL: databaseUrl,
      CARTS_URL: running.carts.url,
      STOCKS_URL: running.stocks.url,
      PRODUITS_URL: running.produits.url,
      ...chosenSettings,
    }
    tellBy(databaseUrl, chosenSeams.machines)
    return startOrchestrator(readOrchestratorConfig(env, { ORCHESTRATOR_ID: 'test' }), chosenSeams)
  }
  let orchestrator = await start(settings, seams)
  t.teardown(() => orchestrator.close())
  return {
    databaseUrl,
    shop: new Shop(() => ({
      orchestrator: orchestrator.url,
      carts: running.carts.url,
      stocks: running.stocks.url,
      produits: running.produits.url,
    })),
    ...running,
    get orchestrator() {
      return orchestrator
    },
    async restart(newSeams = {}, newSettings = {}) {
      await orchestrator.close()
      orchestrator = await start({ ...settings, ...newSettings }, newSeams)
    },
  }
}
