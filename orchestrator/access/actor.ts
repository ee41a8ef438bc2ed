/**
 * Who did it, in the audit trail: the name of the token, whatever the call says. A caller may act for somebody else, as a
 * tool for its users does, and says so; who it was by is told with it.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body says in `actor` who does it. */
    readonly namesActor?: boolean
  }
}

export function nameActors(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const naming = namingOf(request)
    if (naming !== undefined && naming.body.actor === undefined) naming.body.actor = naming.name
    done()
  })
  // When it is known to be a name, and none of the length that two may have together is refused.
  app.addHook('preHandler', (request, _reply, done) => {
    const naming = namingOf(request)
    if (naming !== undefined) naming.body.actor = actorBy(naming.body.actor, naming.name)
    done()
  })
}

function actorBy(actor: unknown, name: string): string {
  return actor === name ? name : `${String(actor)} (by ${name})`
}

function namingOf({ routeOptions, body, identity }: FastifyRequest) {
  if (routeOptions.config.namesActor !== true || identity === null) return undefined
  if (typeof body !== 'object' || body === null) return undefined
  const naming: { actor?: unknown } = body
  return { body: naming, name: identity.name }
}
