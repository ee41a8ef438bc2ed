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
    const body = namingBody(request)
    if (body !== undefined && request.identity !== null) body.actor ??= request.identity.name
    done()
  })
  // When it is known to be a name, and none of the length that two may have together is refused.
  app.addHook('preHandler', (request, _reply, done) => {
    const body = namingBody(request)
    if (body !== undefined && request.identity !== null)
      body.actor = actorBy(body.actor, request.identity.name)
    done()
  })
}

function actorBy(actor: unknown, name: string): string {
  return actor === name ? name : `${String(actor)} (by ${name})`
}

function namingBody({ routeOptions, body }: FastifyRequest): { actor?: unknown } | undefined {
  const isNaming = routeOptions.config.namesActor === true
  return isNaming && typeof body === 'object' && body !== null ? body : undefined
}
