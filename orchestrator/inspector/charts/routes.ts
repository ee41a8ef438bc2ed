/** Charts and where they are drawn: of every machine that an orchestrator ever had here, and of any other that is sent. */
import { createHash } from 'node:crypto'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { HttpServer } from '../../../services/participant/http-server.ts'
import { answerError, problem, sendProblem } from '../../../services/participant/problem.ts'
import { Definitions } from '../../saga-file/definition.ts'
import { isKnownToCaller } from '../etag.ts'
import type { InspectorOptions } from '../options.ts'
import { NotDrawableError, type DrawnTexts } from './drawing-thread.ts'
import { DrawnCharts, TooManyChartsError } from './drawn-charts.ts'

const DEADLINE_MS = 5_000
/** Loading the thread takes a fifth of a second; keeping it, some tens of megabytes. */
const IDLE_MS = 30_000
/** Machines of our own are few, and drawn once; what is sent has to wait its turn, and may be anything. */
const OWN = { waitingMax: 64, isOwn: true }
const SENT = { waitingMax: 4, isOwn: false }

const config = { access: ['read'] } as const
const hidden = { hide: true }
const ofVersion = { ...hidden, params: Type.Object({ machine: Type.String(), version: Type.String() }) }

export async function chartRoutes(app: HttpServer, { machines, definitions: kept }: InspectorOptions) {
  const definitions = new Definitions(machines, kept)
  const charts = new DrawnCharts({ deadlineMs: DEADLINE_MS, idleMs: IDLE_MS })
  app.setErrorHandler(answerUndrawn)
  app.addHook('onClose', async () => charts.close())

  const drawnOf = async (machine: string, version: string) => {
    const definition = await definitions.find(machine, version)
    return definition === undefined ? undefined : await charts.draw(definition, OWN)
  }
  app.get(
    '/inspector/api/charts/:machine/:version',
    { schema: ofVersion, config },
    async (request, reply) => {
      const { machine, version } = request.params
      const drawn = await drawnOf(machine, version)
      if (drawn === undefined) return unknown(reply, request.params)
      return send({ request, reply, type: 'application/json; charset=utf-8', text: jsonOf(drawn) })
    },
  )
  app.get(
    '/inspector/api/charts/:machine/:version/mermaid',
    { schema: ofVersion, config },
    async (request, reply) => {
      const { machine, version } = request.params
      const drawn = await drawnOf(machine, version)
      if (drawn === undefined) return unknown(reply, request.params)
      if (drawn.mermaid === '') throw new NotDrawableError('The machine is too large to be told as Mermaid.')
      return send({ request, reply, type: 'text/plain; charset=utf-8', text: drawn.mermaid })
    },
  )
  await app.register(async (routes) => sentCharts(routes, charts))
}

/** Apart, for what is sent is read by the thread that draws it, and not here. */
function sentCharts(app: HttpServer, charts: DrawnCharts): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  app.post<{ Body: string | undefined }>(
    '/inspector/api/charts',
    { schema: hidden, config },
    async ({ body = '' }, reply) => {
      const drawn = await charts.draw(body, SENT)
      return await reply.type('application/json; charset=utf-8').send(jsonOf(drawn))
    },
  )
}

function answerUndrawn(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof NotDrawableError)
    return sendProblem(reply, problem(422, 'machine_illisible', error.message))
  if (!(error instanceof TooManyChartsError)) return answerError(error, request, reply)
  const detail = 'Too many machines wait to be drawn; try again.'
  return sendProblem(reply, problem(503, 'occupe', detail))
}

const jsonOf = ({ chart, drawing }: DrawnTexts) => `{"chart":${chart},"drawing":${drawing}}`

function unknown(
  reply: FastifyReply,
  { machine, version }: { machine: string; version: string },
): FastifyReply {
  const detail = `Version ${version} of machine ${machine} is not known here.`
  return sendProblem(reply, problem(404, 'machine_inconnue', detail))
}

interface Sent {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly type: string
  readonly text: string
}

/** By what is in it: another release may draw the same machine otherwise. */
function send({ request, reply, type, text }: Sent): FastifyReply {
  const etag = `W/"${createHash('sha256').update(text).digest('base64url')}"`
  reply.headers({ etag, 'cache-control': 'no-cache' })
  if (isKnownToCaller(request, etag)) return reply.code(304).send()
  return reply.type(type).send(text)
}
