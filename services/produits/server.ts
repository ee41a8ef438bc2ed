/** produits: the ventes, with the unit price that each line was really sold at. */
import type { ParticipantDefinition } from '../participant/process.ts'
import { buildParticipant } from '../participant/server.ts'
import type { ParticipantServer, ServerOptions } from '../participant/server.ts'
import { serviceEventRoute } from '../participant/service-events.ts'
import { venteRoutes } from './routes.ts'
import type { ProduitsDatabase } from './store.ts'

const name = 'produits'

export const produits: ParticipantDefinition<ProduitsDatabase> = {
  name,
  defaultPort: 8003,
  migrations: new URL('../../migrations/produits/', import.meta.url),
  build: buildProduits,
}

/** Does not listen; the schema must be migrated. */
async function buildProduits(options: ServerOptions<ProduitsDatabase>): Promise<ParticipantServer> {
  const { app, participant } = await buildParticipant(name, options)
  serviceEventRoute(app, participant, '/api/produits/events')
  venteRoutes(app, participant)
  return app
}
