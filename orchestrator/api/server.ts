/** The orchestrator's HTTP surface: starts sagas, reads them, hands them events. Builds; never listens. */
import underPressure from '@fastify/under-pressure'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { demandAccess, ROLES } from '../../services/participant/access.ts'
import { buildHttpServer, NotReadyError, type HttpServer } from '../../services/participant/http-server.ts'
import { problem, sendProblem } from '../../services/participant/problem.ts'
import { guard } from '../access/guard.ts'
import { SCHEMES, withAccess } from '../access/open-api.ts'
import { bulkRoutes } from './bulk-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { exportRoutes } from './export-routes.ts'
import { feedRoutes } from './feed-routes.ts'
import { machineRoutes } from './machine-routes.ts'
import type { ApiOptions } from './options.ts'
import { sagaRoutes } from './saga-routes.ts'
import { Sender } from './sender.ts'
import { startRoutes } from './start-routes.ts'
import { verbRoutes } from './verb-routes.ts'

/**
 * The mean over some seconds: far above any load that this process still gets through. Over one second, a process that
 * has just begun on a busy machine would refuse for the time that its own loading took.
 */
const EVENT_LOOP_DELAY_MAX_MS = 1_000
const EVENT_LOOP_SAMPLE_MS = 3_000

export async function buildApi(options: ApiOptions): Promise<HttpServer> {
  const { engine, reader, access, log, register } = options
  const ready = async () => {
    const { reason, missingMachines } = engine.readiness()
    if (reason !== null) throw new NotReadyError(reason)
    await reader.ping()
    return { missing_machines: missingMachines }
  }
  const app = await buildHttpServer('orchestrator', { log, ready, register })
  demandAccess(app)
  await guard(app, { access, observer: options.accessObserver })
  await documented(app, access !== undefined)
  await app.register(async (routes) => {
    sagaRoutes(routes, options)
    machineRoutes(routes, options)
    feedRoutes(routes, options)
    const sender = new Sender(options)
    routes.addHook('preClose', async () => sender.close())
    eventRoutes(routes, options, sender)
    verbRoutes(routes, options, sender)
    bulkRoutes(routes, options)
    exportRoutes(routes, options)
  })
  await app.register(async (routes) => {
    await refuseWhenLate(routes)
    startRoutes(routes, options)
  })
  return app
}

async function documented(app: HttpServer, asksWhoCalls: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Skald',
        description: 'Starts, shows and operates sagas.',
        version: '1',
        license: { name: 'Apache-2.0' },
      },
      ...(asksWhoCalls && { components: { securitySchemes: SCHEMES } }),
    },
    ...(asksWhoCalls && { transform: withAccess }),
  })
  await app.register(async (routes) => {
    // Its plugin knows nothing of access.
    routes.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: ROLES }
    })
    await routes.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      // Skald speaks plain http; told to upgrade, browsers on other machines would find no page.
      transformStaticCSP: (header) => header.replace('upgrade-insecure-requests;', ''),
    })
  })
}

/** New sagas only: what was accepted before must go on, and people must still be able to see and stop it. */
async function refuseWhenLate(routes: HttpServer): Promise<void> {
  await routes.register(underPressure, {
    maxEventLoopDelay: EVENT_LOOP_DELAY_MAX_MS,
    sampleInterval: EVENT_LOOP_SAMPLE_MS,
    pressureHandler: (_request, reply) => {
      const detail = 'Nothing was accepted: this process can not keep up with what it has. Try again.'
      sendProblem(reply, problem(503, 'occupe', detail))
    },
  })
}
