/** carts: the carts (paniers) of the magasins, which a saga locks while it turns one into a vente. */
import { buildParticipant } from '../participant/server.ts'
import type { ParticipantServer, ServerOptions } from '../participant/server.ts'
import type { ParticipantDefinition } from '../participant/process.ts'
import { serviceEventRoute } from '../participant/service-events.ts'
import { cartRoutes } from './routes.ts'
import type { CartsDatabase } from './store.ts'

const name = 'carts'

export const carts: ParticipantDefinition<CartsDatabase> = {
  name,
  defaultPort: 8001,
  migrations: new URL('../../migrations/carts/', import.meta.url),
  build: buildCarts,
}

/** Does not listen; the schema must be migrated. */
async function buildCarts(options: ServerOptions<CartsDatabase>): Promise<ParticipantServer> {
  const { app, participant } = await buildParticipant(name, options)
  serviceEventRoute(app, participant, '/api/caisse/events')
  cartRoutes(app, participant)
  return app
}
