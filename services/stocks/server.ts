/** stocks: how many pieces of each produit a magasin has, and what sagas have reserved of them. */
import type { ParticipantDefinition } from '../participant/process.ts'
import { buildParticipant } from '../participant/server.ts'
import type { ParticipantServer, ServerOptions } from '../participant/server.ts'
import { serviceEventRoute } from '../participant/service-events.ts'
import { reservationRoutes } from './reservation-routes.ts'
import { stockRoutes } from './stock-routes.ts'
import type { StocksDatabase } from './store.ts'

const name = 'stocks'

export const stocks: ParticipantDefinition<StocksDatabase> = {
  name,
  defaultPort: 8002,
  migrations: new URL('../../migrations/stocks/', import.meta.url),
  build: buildStocks,
}

/** Does not listen; the schema must be migrated. */
async function buildStocks(options: ServerOptions<StocksDatabase>): Promise<ParticipantServer> {
  const { app, participant } = await buildParticipant(name, options)
  serviceEventRoute(app, participant, '/api/stock/events')
  stockRoutes(app, participant)
  reservationRoutes(app, participant)
  return app
}
