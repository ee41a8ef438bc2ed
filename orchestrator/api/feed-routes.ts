/** What happens to all sagas, for those who watch: each transition once. */
import { Type } from 'typebox'
import { IntegerText } from '../../services/participant/fields.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { problem, sendProblem } from '../../services/participant/problem.ts'
import type { FeedRow } from '../store/transition-feed.ts'
import { feedCursorOf, feedCursorText } from './feed-cursor.ts'
import type { ApiOptions } from './options.ts'
import { sagaFilterFields } from './saga-filter.ts'
import { Happening, Problem } from './schemas.ts'

const config = { access: ['read'] } as const
const LIMIT = 500
const LIMIT_MAX = 1_000
const CURSOR_LENGTH_MAX = 12_000

export function feedRoutes(app: HttpServer, { reader, redaction }: ApiOptions): void {
  const schema = {
    summary: 'The transitions of all sagas that were committed since one looked last',
    tags: ['sagas'],
    querystring: Type.Object(
      {
        after: Type.Optional(
          Type.String({
            maxLength: CURSOR_LENGTH_MAX,
            description: 'cursor of the look before. Without it the answer is only a cursor that means now.',
          }),
        ),
        limit: Type.Optional(IntegerText(1, LIMIT_MAX)),
        machine: sagaFilterFields.machine,
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        transitions: Type.Array(Happening, { description: 'Of one saga in the order of their seq.' }),
        cursor: Type.String({ description: 'For the next look: it tells each transition once.' }),
        has_more: Type.Boolean({ description: 'Whether it is worth to look again at once.' }),
      }),
      '4xx': Problem,
    },
  }
  app.get('/api/transitions', { schema, config }, async (request, reply) => {
    const { after, limit = String(LIMIT), machine } = request.query
    if (after === undefined) {
      const cursor = feedCursorText(await reader.feed.now())
      return reply.send({ transitions: [], cursor, has_more: false })
    }
    const cursor = feedCursorOf(after)
    const options = { limit: Number(limit), ...(machine !== undefined && { machine }) }
    const page = cursor && (await reader.feed.after(cursor, options))
    if (page === undefined) {
      const message = 'is not a cursor of this feed: begin again without it'
      return sendProblem(
        reply,
        problem(400, 'requete_invalide', `after ${message}.`, [{ field: 'after', message }]),
      )
    }
    const { rows, hasMore } = page
    return reply.send({
      transitions: rows.map((row) => redaction.inShort(happeningOf(row))),
      cursor: feedCursorText(page.cursor),
      has_more: hasMore,
    })
  })
}

function happeningOf({ sagaId, at, ...row }: FeedRow) {
  return { saga_id: sagaId, ...row, at: at.toISOString() }
}
