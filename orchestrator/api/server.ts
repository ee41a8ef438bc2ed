/** The orchestrator's HTTP surface: starts sagas, reads them, hands them events. Builds; never listens. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { buildHttpServer, type HttpServer } from '../../services/participant/http-server.ts'
import type { ApiOptions } from './options.ts'
import { sagaRoutes } from './saga-routes.ts'
import { startRoutes } from './start-routes.ts'

export async function buildApi(options: ApiOptions): Promise<HttpServer> {
  const { engine, reader, log, register } = options
  const ready = async () => {
    if (!engine.accepting) throw new Error('not accepting sagas')
    await reader.ping()
  }
  const app = await buildHttpServer('orchestrator', { log, ready, register })
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Skald',
        description: 'Starts, shows and operates sagas.',
        version: '1',
        license: { name: 'Apache-2.0' },
      },
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // Skald speaks plain http; told to upgrade, browsers on other machines would find no page.
    transformStaticCSP: (header) => header.replace('upgrade-insecure-requests;', ''),
  })
  await app.register(async (routes) => {
    startRoutes(routes, options)
    sagaRoutes(routes, options)
  })
  return app
}
