/** All that is under /inspector: the page, and what it asks for. Beside the API, and built from the same. */
import type { HttpServer } from '../../services/participant/http-server.ts'
import { sessionRoutes } from '../access/session.ts'
import { chartRoutes } from './charts/routes.ts'
import { filmRoutes } from './film/routes.ts'
import { liveRoutes } from './live/routes.ts'
import type { InspectorOptions } from './options.ts'
import { pages } from './pages.ts'
import { statelyRoutes } from './stately/routes.ts'

/** To be registered, so that hooks and plugins of one part are not those of another, nor of the API. */
export async function inspector(app: HttpServer, options: InspectorOptions): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(EVERYWHERE)
    done()
  })
  await app.register(async (routes) => pages(routes, options))
  await app.register(async (routes) => sessionRoutes(routes, options))
  await app.register(async (routes) => chartRoutes(routes, options))
  await app.register(async (routes) => filmRoutes(routes, options))
  await app.register(async (routes) => liveRoutes(routes, options))
  await app.register(async (routes) => statelyRoutes(routes, options))
}

/** Whatever a saga holds, no browser takes an answer for a page, nor tells another site which saga was looked at. */
const EVERYWHERE = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }
