/**
 * Events for sagas, from outside. Whichever orchestrator gets one takes it into the inbox of the saga, also when it
 * drives the saga itself; the owner answers it, and the caller waits here for the answer.
 */
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AnyEventObject, AnyStateMachine } from 'xstate'
import { isConnectionTrouble } from '../../migrations/database.ts'
import { Uuid } from '../../services/participant/fields.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { problem, sendProblem, type Problem as ProblemDocument } from '../../services/participant/problem.ts'
import type { EventOutcome } from '../store/event-inbox.ts'
import type { SagaRecord } from '../store/saga-reader.ts'
import { isStorable } from '../storable.ts'
import { answerOfRunning, viewOf } from './answers.ts'
import { fingerprintOf, keyFault } from './idempotency.ts'
import type { ApiOptions } from './options.ts'
import { waitSecondsOf } from './prefer.ts'
import { endedSaga, notNow, refusalOf, unknownSaga } from './refusals.ts'
import { EventHeaders, Problem, SagaView, SentEvent, StillRunning } from './schemas.ts'
import { Watch } from './watch.ts'
import { LOOK_MS, within } from './within.ts'

/** Of one saga: a machine that does not listen must not fill the database. */
const PENDING_MAX = 100
const BODY_BYTES_MAX = 65_536
const DEPTH_MAX = 32
const WAIT_SECONDS = 5

const params = Type.Object({ saga_id: Uuid })
const tags = ['sagas']
const headers = EventHeaders
const response = { 200: SagaView, 202: StillRunning, '4xx': Problem, '5xx': Problem }

export function eventRoutes(app: HttpServer, options: ApiOptions): void {
  const sender = new Sender(options)
  app.addHook('preClose', async () => sender.close())

  const schema = { summary: 'Sends it an event', tags, params, headers, body: SentEvent, response }
  const path = '/api/sagas/:saga_id/events'
  app.post(path, { schema, bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const fault = faultOf(request.body)
    if (fault === undefined) return sender.send(request.body, request, reply)
    const errors = [{ field: 'body', message: fault }]
    return sendProblem(reply, problem(400, 'requete_invalide', `The event ${fault}.`, errors))
  })

  const shorthands = {
    retry: { type: 'RETRY', summary: 'Tries the parked compensation again now' },
    cancel: { type: 'CANCEL', summary: 'Stops the saga and undoes what it has begun' },
  }
  for (const [verb, { type, summary }] of Object.entries(shorthands)) {
    const schema = { summary, tags, params, headers, response }
    app.post(`/api/sagas/:saga_id/${verb}`, { schema }, (request, reply) =>
      sender.send({ type }, request, reply),
    )
  }
}

/** Found out by the owner only, it would park the saga. */
function faultOf(event: object): string | undefined {
  if (isDeeper(event, DEPTH_MAX)) return `is nested more than ${DEPTH_MAX} deep`
  return isStorable(JSON.stringify(event)) ? undefined : 'has a NUL or half a surrogate pair in it'
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

class Sender {
  readonly #options: ApiOptions
  readonly #machines: ReadonlyMap<string, AnyStateMachine>
  readonly #outcomes: Watch<EventOutcome>

  constructor(options: ApiOptions) {
    this.#options = options
    this.#machines = new Map(
      options.machines.map(({ machine }) => [`${machine.id}@${machine.version}`, machine]),
    )
    this.#outcomes = new Watch({
      lookUp: (ids) => options.inbox.outcomes(ids),
      isFinal: (outcome) => outcome !== 'pending',
    })
  }

  async send(
    event: AnyEventObject,
    request: FastifyRequest<{ Params: { saga_id: string } }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const key = request.headers['idempotency-key']
    const fault = keyFault(key)
    if (fault !== undefined) return sendProblem(reply, fault)
    const saga = await this.#options.reader.byId(request.params.saga_id)
    if (saga === undefined) return sendProblem(reply, unknownSaga(request.params.saga_id))
    const refusal = refusalOf(saga, this.#machineOf(saga), event.type)
    if (refusal !== undefined && key === undefined) return sendProblem(reply, refusal)

    const accepted = await this.#accept(saga, event, typeof key === 'string' ? key : randomUUID(), refusal)
    if ('problem' in accepted) {
      if (accepted.problem.status === 429) reply.header('retry-after', '1')
      return sendProblem(reply, accepted.problem)
    }
    if (accepted.repeated) reply.header('idempotency-replayed', 'true')
    const maxSeconds = Math.max(WAIT_SECONDS, this.#options.waitSeconds)
    const waitSeconds = waitSecondsOf(request.headers['prefer'], WAIT_SECONDS, maxSeconds)
    const waitMs = waitSeconds * 1_000
    return this.#answerAccepted(reply, saga, { id: accepted.id, type: event.type, waitMs })
  }

  /** Callers that wait are told at once where to look. */
  close(): void {
    this.#outcomes.close()
  }

  #machineOf({ machine, version }: SagaRecord): AnyStateMachine | undefined {
    return this.#machines.get(`${machine}@${version}`)
  }

  /** With a refusal, only an event that is in the inbox already: the answer to it stands, wherever the saga does. */
  async #accept(
    { sagaId }: SagaRecord,
    event: AnyEventObject,
    key: string,
    refusal: ProblemDocument | undefined,
  ): Promise<{ readonly id: string; readonly repeated: boolean } | { readonly problem: ProblemDocument }> {
    const fingerprint = fingerprintOf(event.type, event)
    const max = refusal === undefined ? PENDING_MAX : 0
    let acceptance
    try {
      acceptance = await this.#options.inbox.accept({ sagaId, key, fingerprint, event, max })
    } catch (error) {
      if (!isConnectionTrouble(error)) throw error
      const detail =
        'Whether the event was accepted is not known yet; ask again, with the same Idempotency-Key.'
      return { problem: problem(503, 'acceptation_inconnue', detail) }
    }
    switch (acceptance.kind) {
      case 'accepted':
      case 'repeated':
        return { id: acceptance.id, repeated: acceptance.kind === 'repeated' }
      case 'unknown_saga':
        return { problem: unknownSaga(sagaId) }
      case 'ended':
        return { problem: refusal ?? endedSaga(sagaId) }
      case 'key_reused': {
        const detail = `Idempotency-Key ${key} was used for another event of saga ${sagaId}; use a new key.`
        return { problem: problem(422, 'cle_reutilisee', detail) }
      }
      case 'full': {
        const detail = `${PENDING_MAX} events wait for saga ${sagaId} already; nothing was accepted.`
        return { problem: refusal ?? problem(429, 'trop_d_evenements', detail) }
      }
    }
  }

  /** Whatever becomes of the database now: it is accepted, and a 503 would say that it is not. */
  async #answerAccepted(
    reply: FastifyReply,
    saga: SagaRecord,
    { id, type, waitMs }: { readonly id: string; readonly type: string; readonly waitMs: number },
  ): Promise<FastifyReply> {
    // If the saga is driven here, its answer need not wait for the next poll, nor for the next look.
    void this.#options.engine.poke().then(() => this.#outcomes.look(id))
    try {
      const outcome = await within(this.#outcomes.wait(id, waitMs), waitMs + LOOK_MS)
      const now = await this.#options.reader.byId(saga.sagaId)
      if (outcome === 'applied' && now !== undefined) return await reply.send(viewOf(now))
      if (outcome === 'ignored' && now !== undefined) {
        return sendProblem(reply, notNow(now, this.#machineOf(now), type))
      }
    } catch (error) {
      if (!isConnectionTrouble(error)) throw error
    }
    const { status, body } = answerOfRunning(saga.sagaId, saga.status)
    return reply.code(status).header('location', `/api/sagas/${saga.sagaId}`).send(body)
  }
}
