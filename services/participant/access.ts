/**
 * Who may call a route, said where the route is: everybody, or whoever has one of these roles. A route that says nothing
 * is closed, so that nobody opens one by forgetting it.
 */
export const ROLES = ['start', 'read', 'operate', 'metrics'] as const
export type Role = (typeof ROLES)[number]

export type Access = 'public' | readonly Role[]

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: Access
  }
}
