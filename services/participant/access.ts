/**
 * Who may call a route, said where the route is: everybody, or whoever has one of these roles. A route that says nothing
 * is closed, so that nobody opens one by forgetting it.
 */
import type { FastifyInstance, RouteOptions } from 'fastify'

export const ROLES = ['start', 'read', 'operate', 'metrics'] as const
export type Role = (typeof ROLES)[number]

export type Access = 'public' | readonly Role[]

export interface Route {
  readonly method: string
  readonly url: string
  readonly access: Access | undefined
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: Access
  }
  interface FastifyInstance {
    /** All that is served, HEAD included; whole once the server is ready. */
    routes: () => readonly Route[]
  }
}

/** Called before the first route. */
export function collectRoutes(app: Pick<FastifyInstance, 'decorate' | 'addHook'>): void {
  // Plugins around one that knows nothing of access may say it for its routes after this hook has run.
  const collected: RouteOptions[] = []
  app.addHook('onRoute', (route) => void collected.push(route))
  const routes = () =>
    collected.flatMap(({ method, url, config }) =>
      [method].flat().map((one) => ({ method: one, url, access: config?.access })),
    )
  app.decorate('routes', routes)
}

/** Where roles decide, the server does not start with a route that is closed to all of them. */
export function demandAccess(app: Pick<FastifyInstance, 'routes' | 'addHook'>): void {
  app.addHook('onReady', (done) => {
    const silent = app.routes().filter(({ access }) => access === undefined)
    const told = silent.map(({ method, url }) => `${method} ${url}`).join(', ')
    done(silent.length === 0 ? undefined : new Error(`No access is declared for ${told}`))
  })
}

/** The token of an Authorization header; undefined without one, and for one of another form (RFC 6750). */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1]
}
