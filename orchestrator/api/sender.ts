/**
 * Sends to sagas, from outside: events and verbs alike. Whichever orchestrator is asked takes what is sent into the
 * inbox of the saga, also when it drives the saga itself; the owner answers it, and the caller waits here for the answer.
 */
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnyEventObject } from 'xstate'
import { isConnectionTrouble } from '../../migrations/database.ts'
import { problem, sendProblem, type Problem } from '../../services/participant/problem.ts'
import type { EventOutcome } from '../store/event-inbox.ts'
import type { SagaRecord } from '../store/saga-reader.ts'
import { answerOfRunning } from './answers.ts'
import { fingerprintOf, keyFault } from './idempotency.ts'
import type { ApiOptions } from './options.ts'
import { waitSecondsOf } from './prefer.ts'
import { unknownSaga } from './refusals.ts'
import { viewOf } from './saga-view.ts'
import { Watch } from './watch.ts'
import { LOOK_MS, within } from './within.ts'

/** Of one saga: a machine that does not listen must not fill the database. */
const PENDING_MAX = 100
const WAIT_SECONDS = 5

/** What the door says of it: the event that goes into the inbox, or why none does. */
export type Verdict = { readonly event: AnyEventObject } | { readonly refusal: Problem }

export interface Sending {
  /** With the content, what tells it from whatever else came under the same key: as it was sent, wherever the saga stood. */
  readonly name: string
  readonly content: object
  /** Before anything is accepted, from the saga as it is stored. */
  readonly judge: (saga: SagaRecord) => Verdict
  /** By the time it came, the saga stood elsewhere and did not take it. */
  readonly tooLate: (saga: SagaRecord) => Problem
}

type SagaRequest = FastifyRequest<{ Params: { saga_id: string } }>
type Accepted = { readonly id: string; readonly repeated: boolean }

export class Sender {
  readonly #options: ApiOptions
  readonly #outcomes: Watch<EventOutcome>

  constructor(options: ApiOptions) {
    this.#options = options
    this.#outcomes = new Watch({
      lookUp: (ids) => options.inbox.outcomes(ids),
      isFinal: (outcome) => outcome !== 'pending',
    })
  }

  async send(sending: Sending, request: SagaRequest, reply: FastifyReply): Promise<FastifyReply> {
    const key = request.headers['idempotency-key']
    const fault = keyFault(key)
    if (fault !== undefined) return sendProblem(reply, fault)
    const saga = await this.#options.reader.byId(request.params.saga_id)
    if (saga === undefined) return sendProblem(reply, unknownSaga(request.params.saga_id))
    const verdict = sending.judge(saga)
    if ('refusal' in verdict && key === undefined) return this.#refuse(reply, saga, verdict.refusal)

    const accepted = await this.#accept(saga, sending, verdict, typeof key === 'string' ? key : randomUUID())
    if ('problem' in accepted) {
      if (accepted.problem.status === 429) reply.header('retry-after', '1')
      return this.#refuse(reply, saga, accepted.problem)
    }
    if (accepted.repeated) reply.header('idempotency-replayed', 'true')
    const maxSeconds = Math.max(WAIT_SECONDS, this.#options.waitSeconds)
    const waitSeconds = waitSecondsOf(request.headers['prefer'], WAIT_SECONDS, maxSeconds)
    return this.#answerAccepted(reply, saga, sending, { id: accepted.id, waitMs: waitSeconds * 1_000 })
  }

  /** Callers that wait are told at once where to look. */
  close(): void {
    this.#outcomes.close()
  }

  /** What the engine or a machine says of it may quote what is in the saga. */
  #refuse(reply: FastifyReply, saga: SagaRecord, refusal: Problem): FastifyReply {
    const { redaction } = this.#options
    return sendProblem(reply, redaction.problem(refusal, redaction.aboutSaga(saga)))
  }

  /** With a refusal, only what is in the inbox already: the answer to it stands, wherever the saga does. */
  async #accept(
    { sagaId }: SagaRecord,
    { name, content, tooLate }: Sending,
    verdict: Verdict,
    key: string,
  ): Promise<Accepted | { readonly problem: Problem }> {
    const { reader, inbox } = this.#options
    const refusal = 'refusal' in verdict ? verdict.refusal : undefined
    const event = 'event' in verdict ? verdict.event : { type: name }
    const max = refusal === undefined ? PENDING_MAX : 0
    let acceptance
    try {
      acceptance = await inbox.accept({ sagaId, key, fingerprint: fingerprintOf(name, content), event, max })
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
      case 'ended': {
        const ended = await reader.byId(sagaId)
        return { problem: refusal ?? (ended === undefined ? unknownSaga(sagaId) : tooLate(ended)) }
      }
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
    { sagaId, status: statusBefore }: SagaRecord,
    { tooLate }: Sending,
    { id, waitMs }: { readonly id: string; readonly waitMs: number },
  ): Promise<FastifyReply> {
    // If the saga is driven here, its answer need not wait for the next poll, nor for the next look.
    void this.#options.engine.poke().then(() => this.#outcomes.look(id))
    try {
      const outcome = await within(this.#outcomes.wait(id, waitMs), waitMs + LOOK_MS)
      const now = await this.#options.reader.byId(sagaId)
      if (outcome === 'applied' && now !== undefined)
        return await reply.send(this.#options.redaction.view(viewOf(now), now))
      if (outcome === 'ignored' && now !== undefined) return this.#refuse(reply, now, tooLate(now))
    } catch (error) {
      if (!isConnectionTrouble(error)) throw error
    }
    const { status, body } = answerOfRunning(sagaId, statusBefore)
    return reply.code(status).header('location', `/api/sagas/${sagaId}`).send(body)
  }
}
