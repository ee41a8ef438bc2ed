/** One verb for many sagas: tried out, begun, watched, stopped and let go on. */
import { randomUUID } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { v7 as newBulkId } from 'uuid'
import { IntegerText } from '../../services/participant/fields.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { problem, sendProblem, type FieldError, type Problem } from '../../services/participant/problem.ts'
import { tryOut } from '../bulk/try-out.ts'
import type { Versions } from '../engine/versions.ts'
import type { BulkDetails, BulkRecord, BulkVerb } from '../store/bulk-record.ts'
import type { BulkStore } from '../store/bulk-store.ts'
import * as schemas from './bulk-schemas.ts'
import { cursorAfter, sagaBefore } from './cursor.ts'
import { fingerprintOf, keyFault } from './idempotency.ts'
import type { ApiOptions } from './options.ts'
import { notACursor } from './refusals.ts'
import { filterOf } from './saga-filter.ts'
import { EventHeaders } from './schemas.ts'
import { BODY_BYTES_MAX, faultOf } from './sent-body.ts'

const LIST_LIMIT = 50
const LIST_LIMIT_MAX = 200
const SAGAS_LIMIT = 200
const SAGAS_LIMIT_MAX = 1_000

type Body = Static<typeof schemas.BulkBody>

const tags = ['bulk']
const config = { access: ['read'] } as const
/** Whoever began one may look how far it has come, where they were told to. */
const ofOne = { access: ['read', 'operate'] } as const
const changing = { access: ['operate'], namesActor: true } as const
const params = schemas.bulkParams

export function bulkRoutes(app: HttpServer, options: ApiOptions): void {
  createRoute(app, options)
  listRoute(app, options)
  sagasRoute(app, options.bulks)
  changeRoutes(app, options)
}

function createRoute(app: HttpServer, { bulks, versions, redaction, onBulk }: ApiOptions): void {
  const schema = {
    summary: 'One verb for all sagas that a filter finds',
    tags,
    headers: EventHeaders,
    body: schemas.BulkBody,
    response: { 200: schemas.DryRunView, 201: schemas.BulkView, ...schemas.problems },
  }
  app.post('/api/bulk', { schema, config: changing, bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const { body } = request
    const errors = faultsIn(body, versions)
    if (errors.length > 0) return sendProblem(reply, invalid(errors))
    const { rate = schemas.RATE_DEFAULT, verb, actor, reason } = body
    const order = { verb, actor, reason, details: detailsOf(body) }
    const { all: _all, ...fields } = body.filter
    // No verb does anything to a saga that is over: a million of them would only be counted as refused.
    const filter = { ...filterOf(fields, Date.now()), ended: false }
    if (body.dry_run === true) return reply.send(await tryOut(bulks, { order, filter, versions, redaction }))

    const key = request.headers['idempotency-key']
    const fault = keyFault(key)
    if (fault !== undefined) return sendProblem(reply, fault)
    const { dry_run: _dryRun, ...content } = body
    const made = await bulks.create({
      ...order,
      filter,
      rate,
      bulkId: newBulkId(),
      key: key ?? randomUUID(),
      fingerprint: fingerprintOf('bulk', content),
      asked: body.filter,
      needs: verb === 'migrate' ? versionsCalled(versions, body) : [],
    })
    if (made.kind === 'key_reused') {
      const detail = `Idempotency-Key ${key} was used for another bulk; use a new key.`
      return sendProblem(reply, problem(422, 'cle_reutilisee', detail))
    }
    if (made.kind === 'repeated') reply.header('idempotency-replayed', 'true')
    onBulk()
    const { bulkId } = made.bulk
    return reply
      .code(201)
      .header('location', `/api/bulk/${bulkId}`)
      .send(redaction.bulk(viewOf(made.bulk)))
  })
}

/** What the schema can't say: which members belong to which verb, and which filter means everything. */
function faultsIn(body: Body, versions: Versions): FieldError[] {
  const { verb, filter, step, input, output, to } = body
  const fault = faultOf(body)
  const isOf = (verbs: readonly BulkVerb[], field: string, value: unknown): FieldError[] =>
    value === undefined || verbs.includes(verb)
      ? []
      : [{ field, message: `is not a field of ${verb}, but of ${verbs.join(' and ')}` }]
  const members = Object.keys(filter).length
  return [
    ...(fault === undefined ? [] : [{ field: 'body', message: fault }]),
    ...(members > 0 ? [] : [{ field: 'filter', message: 'must have a member; all sagas are {"all": true}' }]),
    ...(filter.all === undefined || members === 1
      ? []
      : [{ field: 'filter/all', message: 'means every saga, and goes with no other member' }]),
    ...isOf(['retry', 'skip', 'complete', 'compensate', 'cancel', 'abandon'], 'step', step),
    ...isOf(['retry'], 'input', input),
    ...isOf(['complete', 'skip'], 'output', output),
    ...isOf(['migrate'], 'to', to),
    ...(verb === 'complete' && output === undefined ? [{ field: 'output', message: 'is required' }] : []),
    ...(verb === 'migrate' ? faultsOfTarget(body, versions) : []),
  ]
}

function faultsOfTarget(body: Body, versions: Versions): FieldError[] {
  if (body.to === undefined) return [{ field: 'to', message: 'is required' }]
  if (versionsCalled(versions, body).length > 0) return []
  const machine = body.filter.machine === undefined ? 'any machine' : `machine ${body.filter.machine}`
  return [{ field: 'to', message: `is no version of ${machine} here` }]
}

/** The versions that the sagas would be moved to, as `id@version`. */
function versionsCalled(versions: Versions, { filter, to = '' }: Body): string[] {
  const machines = filter.machine === undefined ? versions.machines : [filter.machine]
  return machines
    .filter((machine) => versions.find({ machine, version: to }) !== undefined)
    .map((machine) => `${machine}@${to}`)
}

function detailsOf({ step, input, output, to }: Body): BulkDetails {
  return {
    ...(step !== undefined && { step }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(to !== undefined && { to }),
  }
}

function listRoute(app: HttpServer, { bulks, redaction }: ApiOptions): void {
  const schema = {
    summary: 'Verbs in bulk, newest first',
    tags,
    querystring: Type.Object(schemas.pageFields(IntegerText(1, LIST_LIMIT_MAX)), {
      additionalProperties: false,
    }),
    response: { 200: schemas.BulkList, ...schemas.problems },
  }
  app.get('/api/bulk', { schema, config }, async (request, reply) => {
    const page = pageOf(request.query, LIST_LIMIT)
    if (page === undefined) return sendProblem(reply, notACursor())
    const found = await bulks.list({ ...page, limit: page.limit + 1 })
    const [shown, next_cursor] = cut(found, page.limit, ({ bulkId }) => bulkId)
    return reply.send({ bulks: shown.map((bulk) => redaction.bulk(viewOf(bulk))), next_cursor })
  })

  const one = {
    summary: 'How far it has come',
    tags,
    params,
    response: { 200: schemas.BulkView, ...schemas.problems },
  }
  app.get('/api/bulk/:bulk_id', { schema: one, config: ofOne }, async (request, reply) => {
    const bulk = await bulks.byId(request.params.bulk_id)
    if (bulk === undefined) return sendProblem(reply, unknownBulk(request.params.bulk_id))
    return reply.send(redaction.bulk(viewOf(bulk)))
  })
}

const IGNORED = 'it had gone on by the time that this came'
const UNKNOWN = 'it was removed before anybody looked'

function sagasRoute(app: HttpServer, bulks: BulkStore): void {
  const schema = {
    summary: 'What became of each saga, newest first',
    tags,
    params,
    querystring: Type.Object(
      { outcome: schemas.OutcomeQuery, ...schemas.pageFields(IntegerText(1, SAGAS_LIMIT_MAX)) },
      { additionalProperties: false },
    ),
    response: { 200: schemas.BulkSagas, ...schemas.problems },
  }
  app.get('/api/bulk/:bulk_id/sagas', { schema, config: ofOne }, async (request, reply) => {
    const { bulk_id } = request.params
    const { outcome } = request.query
    const page = pageOf(request.query, SAGAS_LIMIT)
    if (page === undefined) return sendProblem(reply, notACursor())
    const found = await bulks.sagas(bulk_id, {
      ...page,
      ...(outcome !== undefined && { outcome }),
      limit: page.limit + 1,
    })
    if (found.length === 0 && (await bulks.byId(bulk_id)) === undefined)
      return sendProblem(reply, unknownBulk(bulk_id))
    const [shown, next_cursor] = cut(found, page.limit, ({ saga_id }) => saga_id)
    const told = { ignored: IGNORED, unknown: UNKNOWN, pending: null, applied: null }
    const sagas = shown.map(({ saga_id, outcome: came, why }) => ({
      saga_id,
      outcome: came,
      why: came === 'refused' ? why : told[came],
    }))
    return reply.send({ sagas, next_cursor })
  })
}

function changeRoutes(app: HttpServer, { bulks, redaction, onBulk }: ApiOptions): void {
  const summaries = {
    stop: 'Sends nothing more; what was sent is answered',
    resume: 'Goes on where it was stopped',
  }
  for (const did of ['stop', 'resume'] as const) {
    const schema = {
      summary: summaries[did],
      tags,
      params,
      body: schemas.OperatorBody,
      response: { 200: schemas.BulkView, ...schemas.problems },
    }
    app.post(
      `/api/bulk/:bulk_id/${did}`,
      { schema, config: changing, bodyLimit: BODY_BYTES_MAX },
      async (request, reply) => {
        const { bulk_id } = request.params
        const fault = faultOf(request.body)
        if (fault !== undefined) return sendProblem(reply, invalid([{ field: 'body', message: fault }]))
        const bulk = await bulks.change(bulk_id, did, request.body)
        if (bulk === undefined) return sendProblem(reply, unknownBulk(bulk_id))
        if (bulk.status === 'done') {
          const detail = `Bulk ${bulk_id} is done: there is nothing left to ${did}.`
          return sendProblem(reply, problem(409, 'masse_terminee', detail))
        }
        onBulk()
        return reply.send(redaction.bulk(viewOf(bulk)))
      },
    )
  }
}

function viewOf(bulk: BulkRecord): Static<typeof schemas.BulkView> {
  const { bulkId, verb, asked, actor, reason, details, rate, status, total, history } = bulk
  const { sent, applied, ignored, unknown, refused, createdAt, endedAt } = bulk
  return {
    bulk_id: bulkId,
    verb,
    filter: asked,
    actor,
    reason,
    ...details,
    rate,
    status,
    total,
    sent,
    applied,
    ignored,
    unknown,
    refused,
    pending: sent - applied - ignored - unknown,
    history: [...history],
    created_at: createdAt.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
  }
}

/** undefined for a cursor that is none of ours. */
function pageOf({ cursor, limit }: { cursor?: string; limit?: string }, limitDefault: number) {
  const before = cursor === undefined ? undefined : sagaBefore(cursor)
  if (before === null) return undefined
  return {
    limit: limit === undefined ? limitDefault : Number(limit),
    ...(before !== undefined && { before }),
  }
}

/** Of one more than was asked for: it tells whether there is a next page. */
function cut<Item>(found: readonly Item[], limit: number, idOf: (item: Item) => string) {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const next = found.length > limit && last !== undefined ? cursorAfter(idOf(last)) : null
  return [shown, next] as const
}

function invalid(errors: FieldError[]): Problem {
  const told = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return problem(400, 'requete_invalide', `${told}.`, errors)
}

function unknownBulk(bulkId: string): Problem {
  return problem(404, 'masse_inconnue', `There is no bulk ${bulkId}.`)
}
