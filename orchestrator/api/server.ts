/** The orchestrator's HTTP surface: starts sagas, reads them, hands them events. Builds; never listens. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { RegisteredMachine } from '../../machines/registry.ts'
import { buildHttpServer, type HttpServer } from '../../services/participant/http-server.ts'
import type { Engine } from '../engine/engine.ts'
import type { SagaReader } from '../store/saga-reader.ts'
import { sagaRoutes } from './saga-routes.ts'
import { startRoutes } from './start-routes.ts'

export interface ApiOptions {
  readonly engine: Engine
  readonly reader: SagaReader
  readonly machines: readonly RegisteredMachine[]
  /** Seconds that a start waits for the saga's end before it answers 202. */
  readonly waitSeconds: number
  readonly log: string | FastifyBaseLogger
  readonly register: Registry
}

export async function buildApi(options: ApiOptions): Promise<HttpServer> {
  const { engine, log, register } = options
  const ready = async () => {
    if (!engine.accepting) throw new Error('not accepting sagas')
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
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  await app.register(async (routes) => {
    startRoutes(routes, options)
    sagaRoutes(routes, options)
  })
  return app
}
