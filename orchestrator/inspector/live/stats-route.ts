/** What states have seen of late, to be shown on their chart. */
import { Type } from 'typebox'
import type { HttpServer } from '../../../services/participant/http-server.ts'
import type { InspectorOptions } from '../options.ts'
import { Kept } from './kept.ts'

/** A heat map that is this old is none the worse. */
const KEEP_MS = 10_000

const Name = Type.String({ minLength: 1, maxLength: 200 })

export function statsRoute(app: HttpServer, { reader }: Pick<InspectorOptions, 'reader'>): void {
  // Of all versions at once, for one costs as much.
  const kept = new Kept(() => reader.stateStats(), KEEP_MS)
  const schema = {
    hide: true,
    querystring: Type.Object({ machine: Name, version: Name }, { additionalProperties: false }),
    response: {
      200: Type.Object({
        since: Type.String(),
        transitions: Type.Integer(),
        is_whole: Type.Boolean(),
        states: Type.Array(
          Type.Object({
            state: Type.String(),
            entered: Type.Integer(),
            errors: Type.Integer(),
            p95_ms: Type.Union([Type.Integer(), Type.Null()]),
          }),
        ),
      }),
    },
  }
  app.get('/inspector/api/stats', { schema, config: { access: ['read'] } }, async (request, reply) => {
    const { machine, version } = request.query
    const { since, isWhole, states } = await kept.get()
    const own = states.filter((stat) => stat.machine === machine && stat.version === version)
    return reply.send({
      since: since.toISOString(),
      transitions: own.reduce((sum, { transitions }) => sum + transitions, 0),
      is_whole: isWhole,
      states: own.map(({ state, entered, errors, p95Ms }) => ({
        state,
        entered,
        errors,
        p95_ms: p95Ms === null ? null : Math.round(p95Ms),
      })),
    })
  })
}
