/** The calls that start a saga, and wait for its end as long as the caller likes. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { problem, sendProblem } from '../../services/participant/problem.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { isConnectionTrouble } from '../../migrations/database.ts'
import { MachineUnknownError, NotAcceptingError, SagaNotStartedError } from '../engine/errors.ts'
import { answerOfEnd, answerOfRunning, type Answer } from './answers.ts'
import { fingerprintOf, isKey, KEY_FORM } from './idempotency.ts'
import { waitSecondsOf } from './prefer.ts'
import { Problem, SagaEnded, StartHeaders } from './schemas.ts'
import type { ApiOptions } from './options.ts'

/** The machine behind the mission's own path. */
const COMMANDE = 'commande'
/** How often a saga that another orchestrator drives is looked at while its caller waits. */
const POLL_MS = 100
/** How long a start waits for its first commit. */
const ACCEPT_MS = 10_000

export function startRoutes(app: HttpServer, options: ApiOptions): void {
  const starter = new Starter(options)
  for (const { machine, input } of newestOf(options)) {
    const paths = [`/api/sagas/${machine.id}`, ...(machine.id === COMMANDE ? ['/api/orchestrator'] : [])]
    for (const path of paths) {
      app.post(path, { schema: startSchema(machine.id, input) }, async (request, reply) =>
        starter.start(machine.id, request, reply),
      )
    }
  }

  app.post('/api/sagas/:machine', { schema: { hide: true } }, (request, reply) => {
    const { machine } = request.params as { machine: string }
    const { message } = new MachineUnknownError(machine, options.engine.machineNames)
    return sendProblem(reply, problem(404, 'machine_inconnue', `${message}.`))
  })
}

/** A caller starts the newest version only; the others are there for the sagas that began with them. */
function newestOf({ machines }: ApiOptions): ApiOptions['machines'] {
  return [...new Map(machines.map((registered) => [registered.machine.id, registered])).values()]
}

function startSchema(machine: string, input: TSchema) {
  return {
    summary: `Starts a saga of ${machine} and waits for its end`,
    tags: ['sagas'],
    headers: StartHeaders,
    body: input,
    response: {
      201: SagaEnded,
      202: Type.Unknown({ description: 'Still running: Location tells where to look.' }),
      '4xx': Problem,
      '5xx': Problem,
    },
  }
}

class Starter {
  readonly #options: ApiOptions

  constructor(options: ApiOptions) {
    this.#options = options
  }

  async start(machine: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const key = request.headers['idempotency-key']
    if (key !== undefined && (typeof key !== 'string' || !isKey(key))) {
      const errors = [{ field: 'Idempotency-Key', message: KEY_FORM }]
      return sendProblem(
        reply,
        problem(400, 'requete_invalide', `Header Idempotency-Key ${KEY_FORM}.`, errors),
      )
    }
    const input = request.body as Record<string, unknown>
    const idempotency = key === undefined ? null : { key, fingerprint: fingerprintOf(machine, input) }
    let started
    try {
      started = await within(this.#options.engine.start({ machine, input, idempotency }), ACCEPT_MS)
    } catch (error) {
      if (error instanceof SagaNotStartedError) {
        return sendProblem(reply, problem(422, 'saga_impossible', `${error.message}. Nothing was accepted.`))
      }
      if (!(error instanceof NotAcceptingError)) throw error
      const detail = `Nothing was accepted: ${error.message}. Try again.`
      return sendProblem(reply, problem(503, 'occupe', detail))
    }
    // The database went away with the first commit under way: nobody can know yet whether it is in.
    if (started === undefined) {
      const detail =
        'Whether the saga was accepted is not known yet; ask again, with the same Idempotency-Key.'
      return sendProblem(reply, problem(503, 'acceptation_inconnue', detail))
    }
    const waitSeconds = waitSecondsOf(request.headers['prefer'], this.#options.waitSeconds)
    if (started.kind === 'started') return this.#answerAccepted(reply, started.sagaId, waitSeconds)
    if (idempotency === null) throw new Error('a start without a key found its key taken')
    return this.#again(idempotency, waitSeconds, reply)
  }

  /** The key was used before: the same call gets the first answer, another one is refused. */
  async #again(
    { key, fingerprint }: { key: string; fingerprint: string },
    waitSeconds: number,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const first = await this.#options.reader.byKey(key)
    if (first === undefined) throw new Error(`idempotency key ${key} is taken, but by nobody`)
    if (first.fingerprint !== fingerprint) {
      const detail = `Idempotency-Key ${key} was used for another request (saga ${first.sagaId}); use a new key.`
      return sendProblem(reply, problem(422, 'cle_reutilisee', detail))
    }
    reply.header('idempotency-replayed', 'true')
    return this.#answer(reply, first.sagaId, waitSeconds)
  }

  /** Whatever becomes of the database now: it is accepted, and a 503 would say that it is not. */
  async #answerAccepted(reply: FastifyReply, sagaId: string, waitSeconds: number): Promise<FastifyReply> {
    try {
      return await this.#answer(reply, sagaId, waitSeconds)
    } catch (error) {
      if (!isConnectionTrouble(error)) throw error
      return send(reply, sagaId, answerOfRunning(sagaId, 'running'))
    }
  }

  async #answer(reply: FastifyReply, sagaId: string, waitSeconds: number): Promise<FastifyReply> {
    return send(reply, sagaId, await this.#await(sagaId, waitSeconds * 1_000))
  }

  async #await(sagaId: string, waitMs: number): Promise<Answer> {
    let givesUpAt = performance.now() + waitMs
    const here = await within(this.#options.engine.exited(sagaId), waitMs)
    // This process is going away: whoever resumes the saga can be asked in its place.
    if (here?.exit === 'stopped') givesUpAt = performance.now()
    // Only a saga that left memory by ending has an end that is committed.
    if (here?.exit === 'ended' && isEnd(here.status)) return answerOfEnd(sagaId, here.status, here.output)
    // Not in memory: it has ended before, or another orchestrator drives it. The store knows.
    for (;;) {
      const saga = await this.#options.reader.byId(sagaId)
      if (saga === undefined) throw new Error(`saga ${sagaId} was accepted, but is not in the store`)
      if (isEnd(saga.status)) return answerOfEnd(sagaId, saga.status, saga.snapshot.output)
      const leftMs = givesUpAt - performance.now()
      if (leftMs <= 0) return answerOfRunning(sagaId, saga.status)
      await new Promise((resolve) => setTimeout(resolve, Math.min(POLL_MS, leftMs)))
    }
  }
}

function send(reply: FastifyReply, sagaId: string, { status, body }: Answer): FastifyReply {
  if (status === 202) reply.header('location', `/api/sagas/${sagaId}`)
  if (status >= 400) reply.type('application/problem+json')
  return reply.code(status).send(body)
}

const isEnd = (status: string): status is 'done' | 'failed' => status === 'done' || status === 'failed'

/** The value, or undefined when it does not come within `ms`. */
async function within<Value>(promise: Promise<Value> | undefined, ms: number): Promise<Value | undefined> {
  if (promise === undefined || ms <= 0) return undefined
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
