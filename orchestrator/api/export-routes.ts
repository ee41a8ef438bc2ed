/** Sagas as files: one with all that is known of it, or many, one a line, as a stream. */
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { IntegerText, Uuid } from '../../services/participant/fields.ts'
import { sendProblem } from '../../services/participant/problem.ts'
import { fileRedaction } from '../redact/redacted-file.ts'
import { Definitions } from '../saga-file/definition.ts'
import { SagaFileSchema } from '../saga-file/saga-file.ts'
import { sagaBefore } from './cursor.ts'
import type { ApiOptions } from './options.ts'
import { notACursor, unknownSaga } from './refusals.ts'
import { filterOf, sagaFilterFields } from './saga-filter.ts'
import { Problem } from './schemas.ts'
import { serviceEventsOf } from './service-events.ts'

const PAGE = 200
const LIMIT_MAX = 10_000_000

const tags = ['sagas']
const config = { access: ['read'] } as const

/** It is sent as it comes from the database; the schema only tells what it is. */
const Streamed = (schema: object) => Type.Unsafe<Readable>(schema)

const Switch = (description: string) =>
  Type.Optional(
    Type.Union([Type.Literal('true'), Type.Literal('false')], {
      description: `${description}: true unless said.`,
    }),
  )

export function exportRoutes(app: HttpServer, options: ApiOptions): void {
  const definitions = new Definitions(options.machines, options.definitions)
  oneRoute(app, options, definitions)
  manyRoute(app, options, definitions)
}

function oneRoute(app: HttpServer, options: ApiOptions, definitions: Definitions): void {
  const { reader, exports, redaction } = options
  const schema = {
    summary: 'One saga as a file: definition, journal, events, and what the participants noted of it',
    tags,
    params: Type.Object({ saga_id: Uuid }),
    querystring: Type.Object(
      { service_events: Switch('Whether the participants are asked') },
      { additionalProperties: false },
    ),
    response: { 200: Streamed(SagaFileSchema), '4xx': Problem },
  }
  app.get('/api/sagas/:saga_id/export', { schema, config }, async (request, reply) => {
    const sagaId = request.params.saga_id.toLowerCase()
    const saga = await reader.byId(sagaId)
    if (saga === undefined) return sendProblem(reply, unknownSaga(sagaId))
    const isAsked = request.query.service_events !== 'false'
    const events = isAsked ? await serviceEventsOf(saga, options) : null
    const shown = redaction.aboutSaga(saga).learn(events).data(events)
    const serviceEvents = new Map(events === null ? [] : [[sagaId, JSON.stringify(shown)]])
    const lines = exports.lines([sagaId], { definitions, serviceEvents, redaction: fileRedaction(redaction) })
    return reply
      .type('application/json')
      .header('content-disposition', `attachment; filename="saga-${sagaId}.json"`)
      .send(streamOf(lines))
  })
}

function manyRoute(app: HttpServer, { exports, redaction }: ApiOptions, definitions: Definitions): void {
  const schema = {
    summary: 'Sagas as files, newest first: JSON lines, for as long as the caller reads',
    tags,
    querystring: Type.Object(
      {
        ...sagaFilterFields,
        cursor: Type.Optional(Type.String({ maxLength: 100, description: 'As of a list.' })),
        limit: Type.Optional(IntegerText(1, LIMIT_MAX)),
        definition: Switch('Whether each line has the definition of its machine'),
      },
      { additionalProperties: false },
    ),
    response: { 200: Streamed({ description: 'One saga a line.', ...SagaFileSchema }), '4xx': Problem },
  }
  app.get('/api/export', { schema, config }, async (request, reply) => {
    const { cursor, limit, definition, ...fields } = request.query
    const before = cursor === undefined ? undefined : sagaBefore(cursor)
    if (before === null) return sendProblem(reply, notACursor())
    const filter = filterOf(fields, Date.now())
    const pages = exports.pages(filter, {
      ...(before !== undefined && { before }),
      limit: limit === undefined ? LIMIT_MAX : Number(limit),
      page: PAGE,
    })
    const shown = fileRedaction(redaction)
    const lines = async function* () {
      for await (const ids of pages)
        yield* exports.lines(ids, { redaction: shown, ...(definition !== 'false' && { definitions }) })
    }
    return reply.type('application/x-ndjson').send(streamOf(lines()))
  })
}

/** Read no faster than the caller takes it, and no further once it has gone. */
const streamOf = (lines: AsyncIterable<string>) => Readable.from(lines, { objectMode: false })
