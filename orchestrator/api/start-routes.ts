/** The calls that start a saga, and wait for its end as long as the caller likes. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { problem, sendProblem } from '../../services/participant/problem.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { isConnectionTrouble } from '../../migrations/database.ts'
import { MachineUnknownError, NotAcceptingError, SagaNotStartedError } from '../engine/errors.ts'
import type { SagaStart } from '../engine/ports.ts'
import { isEnd } from '../engine/status.ts'
import type { Standing } from '../store/saga-reader.ts'
import { callersTrace } from '../traces/callers-trace.ts'
import { answerOfEnd, answerOfRunning, type Answer } from './answers.ts'
import { fingerprintOf, keyFault } from './idempotency.ts'
import type { ApiOptions } from './options.ts'
import { waitSecondsOf } from './prefer.ts'
import { Problem, SagaEnded, StartHeaders, StillRunning } from './schemas.ts'
import { Watch } from './watch.ts'
import { LOOK_MS, within } from './within.ts'

/** The machine behind the mission's own path. */
const COMMANDE = 'commande'
const config = { access: ['start'] } as const
/** How long a start waits for its first commit. */
const ACCEPT_MS = 10_000
/** The second is for a key that was free again before one could look whose it is. */
const START_TRIES = 2
/** How long one that is refused waits to hear whether it was accepted before. */
const KNOWS_MS = 1_000

export function startRoutes(app: HttpServer, options: ApiOptions): void {
  const starter = new Starter(options)
  app.addHook('preClose', async () => starter.close())
  for (const { machine, input } of newestOf(options)) {
    const paths = [`/api/sagas/${machine.id}`, ...(machine.id === COMMANDE ? ['/api/orchestrator'] : [])]
    for (const path of paths) {
      app.post(path, { schema: startSchema(machine.id, input), config }, async (request, reply) =>
        starter.start(machine.id, request, reply),
      )
    }
  }

  app.post('/api/sagas/:machine', { schema: { hide: true }, config }, (request, reply) => {
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
      202: StillRunning,
      '4xx': Problem,
      '5xx': Problem,
    },
  }
}

/** Who waits for the end of a saga. */
interface Waiting {
  /** What the saga was started with. */
  readonly input: unknown
  readonly waitSeconds: number
}

class Starter {
  readonly #options: ApiOptions
  /** Of sagas that are not in memory here, but were accepted: one that nobody knows was old, and has been removed. */
  readonly #standings: Watch<Standing | 'removed'>

  constructor(options: ApiOptions) {
    this.#options = options
    this.#standings = new Watch({
      lookUp: async (sagaIds) => {
        const standings = await options.reader.standings(sagaIds)
        return new Map(sagaIds.map((sagaId) => [sagaId, standings.get(sagaId) ?? 'removed']))
      },
      isFinal: (standing) => standing === 'removed' || isEnd(standing.status),
    })
  }

  async start(
    machine: string,
    request: FastifyRequest,
    reply: FastifyReply,
    tries = START_TRIES,
  ): Promise<FastifyReply> {
    const key = request.headers['idempotency-key']
    const fault = keyFault(key)
    if (fault !== undefined) return sendProblem(reply, fault)
    const { engine } = this.#options
    const input = request.body as Record<string, unknown>
    const idempotency = typeof key === 'string' ? { key, fingerprint: fingerprintOf(machine, input) } : null
    const trace = callersTrace(request.headers)
    const waitSeconds = waitSecondsOf(request.headers['prefer'], this.#options.waitSeconds)
    let started
    try {
      started = await within(engine.start({ machine, input, idempotency, trace }), ACCEPT_MS)
    } catch (error) {
      if (error instanceof SagaNotStartedError) {
        const detail = `${error.message}. Nothing was accepted.`
        const { redaction } = this.#options
        const refusal = problem(422, 'saga_impossible', detail)
        return sendProblem(reply, redaction.problem(refusal, redaction.about(input)))
      }
      if (!(error instanceof NotAcceptingError)) throw error
      // Too busy for a new saga is not too busy to tell of one that was accepted before.
      const knows = idempotency !== null && (await this.#knows(idempotency.key))
      if (knows && (await this.#again(idempotency, { input, waitSeconds }, reply))) return reply
      const detail = `Nothing was accepted: ${error.message}. Try again.`
      return sendProblem(reply, problem(503, 'occupe', detail))
    }
    // The database, or the lease, went away with the first commit under way: nobody can know yet whether it is in.
    if (started === undefined || started.kind === 'unknown') {
      const detail =
        'Whether the saga was accepted is not known yet; ask again, with the same Idempotency-Key.'
      return sendProblem(reply, problem(503, 'acceptation_inconnue', detail))
    }
    if (started.kind === 'started') return this.#answerAccepted(reply, started.sagaId, { input, waitSeconds })
    if (idempotency === null) throw new Error('a start without a key found its key taken')
    if (await this.#again(idempotency, { input, waitSeconds }, reply)) return reply
    if (tries > 1) return this.start(machine, request, reply, tries - 1)
    return sendProblem(
      reply,
      problem(503, 'occupe', 'Nothing was accepted: the key changes hands. Try again.'),
    )
  }

  /** Callers that wait are told at once where to look. */
  close(): void {
    this.#standings.close()
  }

  /** Whether a saga was accepted under this key; no, while the database does not say so. */
  async #knows(key: string): Promise<boolean> {
    try {
      return (await within(this.#options.reader.byKey(key), KNOWS_MS)) !== undefined
    } catch (error) {
      if (!isConnectionTrouble(error)) throw error
      return false
    }
  }

  /**
   * The key was used before: the same call gets the first answer, another one is refused. False, and nothing answered,
   * if the saga that had it was old, and was removed in this moment: the key is as if it had never been used. (Not the
   * reply itself: it can be awaited, and is undefined then.)
   */
  async #again(
    { key, fingerprint }: NonNullable<SagaStart['idempotency']>,
    { input, waitSeconds }: Waiting,
    reply: FastifyReply,
  ): Promise<boolean> {
    const first = await this.#options.reader.byKey(key)
    if (first === undefined) return false
    if (first.fingerprint !== fingerprint) {
      const detail = `Idempotency-Key ${key} was used for another request (saga ${first.sagaId}); use a new key.`
      void sendProblem(reply, problem(422, 'cle_reutilisee', detail))
      return true
    }
    const answer = await this.#await(first.sagaId, waitSeconds)
    if (answer === undefined) return false
    reply.header('idempotency-replayed', 'true')
    void this.#send(reply, first.sagaId, { answer, input })
    return true
  }

  /** Whatever becomes of the database now: it is accepted, and a 503 would say that it is not. */
  async #answerAccepted(
    reply: FastifyReply,
    sagaId: string,
    { input, waitSeconds }: Waiting,
  ): Promise<FastifyReply> {
    let answer: Answer | undefined
    try {
      answer = await this.#await(sagaId, waitSeconds)
    } catch (error) {
      if (!isConnectionTrouble(error)) throw error
    }
    return this.#send(reply, sagaId, { answer: answer ?? answerOfRunning(sagaId, 'running'), input })
  }

  /** undefined if the saga is not there any more. */
  async #await(sagaId: string, waitSeconds: number): Promise<Answer | undefined> {
    const waitMs = waitSeconds * 1_000
    const givesUpAt = performance.now() + waitMs
    const here = await within(this.#options.engine.exited(sagaId), waitMs)
    // Only a saga that left memory by ending has an end that is committed.
    if (here?.exit === 'ended' && isEnd(here.status)) return answerOfEnd(sagaId, here.status, here.output)
    // Not in memory: it has ended before, it waits, or another orchestrator drives it. The store knows. If this
    // process is going away, whoever resumes the saga can be asked in its place.
    const leftMs = here?.exit === 'stopped' ? 0 : Math.max(0, givesUpAt - performance.now())
    const standing = await within(this.#standings.wait(sagaId, leftMs), leftMs + LOOK_MS)
    if (standing === undefined) return answerOfRunning(sagaId, 'running')
    if (standing === 'removed') return undefined
    const { status, output } = standing
    return isEnd(status) ? answerOfEnd(sagaId, status, output) : answerOfRunning(sagaId, status)
  }

  #send(
    reply: FastifyReply,
    sagaId: string,
    { answer, input }: { readonly answer: Answer; readonly input: unknown },
  ): FastifyReply {
    const { status, body } = this.#options.redaction.answer(answer, input)
    if (status === 202) reply.header('location', `/api/sagas/${sagaId}`)
    if (status >= 400) reply.type('application/problem+json')
    return reply.code(status).send(body)
  }
}
