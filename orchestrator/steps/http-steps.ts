/**
 * The invoked HTTP actor: one step, its attempts, its outcome.
 *
 * got retries short trouble (no connection, 429, 502-504, Retry-After) within the step's deadline; every
 * attempt is noted, for the outcome is decided over all of them. Each carries the same idempotency key, which
 * follows from the saga and the step, so that a call repeated after a crash is done once.
 *
 * Each participant is called by a limited number of steps at once; the others wait in a queue of their own, outside
 * of their deadline. So one that is slow holds up nobody but those who call it, nor gets more than it can bear.
 */
import { Agent } from 'node:http'
import got, { HTTPError, RequestError, TimeoutError, type Got } from 'got'
import { Compile, type Validator } from 'typebox/compile'
import type { TSchema } from 'typebox'
import type { StepDeclaration, StepRequest } from '../../machines/step.ts'
import type { SagaIdentity, StepCall, StepCaller } from '../engine/ports.ts'
import { isStorable } from '../storable.ts'
import { labelOf, outcomeOf, type Attempt, type OutcomeLabel } from './outcome.ts'
import { Slots } from '../slots.ts'
import { TracedCall, type CallTracing } from './traced-call.ts'

export interface HttpStepsOptions extends CallTracing {
  /** Base URL of each participant by name, without a trailing slash. */
  readonly participants: Readonly<Record<string, string>>
  /** Milliseconds for one attempt, connection included. */
  readonly timeoutMs: number
  /** Milliseconds for all attempts of a step and the waits between them. */
  readonly deadlineMs: number
  /** How often got tries again after the first attempt. */
  readonly retries: number
  /** How many steps call one participant at once, over as many connections; by default 64. */
  readonly concurrency?: number
  /** Sent with every call, to whichever participant. */
  readonly authorization?: string
  readonly onStep?: (step: StepReport) => void
}

export interface StepReport extends SagaIdentity {
  readonly step: string
  readonly undo: boolean
  readonly participant: string
  readonly outcome: OutcomeLabel
  readonly attempts: number
  /** Without the time that it waited for its turn. */
  readonly durationMs: number
}

/** What one participant has to do. */
export interface ParticipantLoad {
  readonly participant: string
  readonly calling: number
  readonly waiting: number
}

/** Trouble that passes by itself, and that the participant's barrier makes safe to repeat. */
const RETRIED_STATUS = [429, 502, 503, 504]
const RETRIED_ERRORS = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNRESET',
  'EPIPE',
  // An answer that broke off in its middle.
  'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
  'ERR_READING_RESPONSE_STREAM',
]
/** Codes of a connection that was never made: the participant surely heard nothing. */
const UNCONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
const FIRST_RETRY_MS = 100
const CONCURRENCY = 64
/** Unpacked. A reply goes into the journal, and a participant gone mad must not fill this process' memory. */
const REPLY_BYTES_MAX = 1_048_576
/** Idle sockets are closed before Node's servers do (5 s by default), so that none is reused half dead. */
const IDLE_SOCKET_MS = 4_000

/** What got's hooks know of the call that they serve. */
interface CallContext extends Record<string, unknown> {
  readonly attempts: Attempt[]
  readonly traced: TracedCall
  /** By performance.now(). */
  readonly deadlineAt: number
}

/** How one participant is reached. Connections of its own, so that nobody else's calls can use them up. */
interface Participant {
  readonly base: string
  readonly agent: Agent
  readonly got: Got
  readonly slots: Slots
}

export class HttpSteps implements StepCaller {
  readonly #options: HttpStepsOptions
  readonly #participants: ReadonlyMap<string, Participant>
  readonly #validators = new WeakMap<TSchema, Validator>()

  constructor(options: HttpStepsOptions) {
    this.#options = options
    const { participants, concurrency = CONCURRENCY } = options
    this.#participants = new Map(
      Object.entries(participants).map(([name, base]) => {
        const agent = new Agent({
          keepAlive: true,
          timeout: IDLE_SOCKET_MS,
          maxSockets: concurrency,
          maxFreeSockets: concurrency,
        })
        return [name, { base, agent, got: withPolicy(options, agent), slots: new Slots(concurrency) }]
      }),
    )
  }

  async call(declaration: StepDeclaration, call: StepCall): Promise<unknown> {
    const attempts: Attempt[] = call.resumed ? [{ kind: 'unseen' }] : []
    const participant = this.#participants.get(declaration.participant)
    const hasSlot = participant === undefined || (await participant.slots.take(call.signal))
    const startedAt = performance.now()
    try {
      const last = hasSlot ? await this.#lastAttempt(participant, declaration, call, attempts) : notCalled
      attempts.push(last)
    } finally {
      if (hasSlot) participant?.slots.giveBack()
    }
    const outcome = outcomeOf(declaration.step, attempts)
    this.#options.onStep?.({
      sagaId: call.sagaId,
      machine: call.machine,
      version: call.version,
      trace: call.trace,
      step: declaration.step,
      undo: declaration.undo,
      participant: declaration.participant,
      outcome: labelOf(outcome),
      attempts: attempts.length,
      durationMs: performance.now() - startedAt,
    })
    if (outcome.kind === 'done') return outcome.body
    // Plain data: it enters the machine as an event, and the members of an Error would not survive its JSON.
    return Promise.reject(outcome.failure)
  }

  /** Of every participant, now. */
  load(): ParticipantLoad[] {
    return [...this.#participants].map(([participant, { slots }]) => ({
      participant,
      calling: slots.taken,
      waiting: slots.waiting,
    }))
  }

  /** Ends the idle connections. */
  close(): void {
    for (const { agent } of this.#participants.values()) agent.destroy()
  }

  /** Calls until there is an answer to go by; got notes the attempts before it in `earlier`. */
  async #lastAttempt(
    participant: Participant | undefined,
    declaration: StepDeclaration,
    call: StepCall,
    earlier: Attempt[],
  ): Promise<Attempt> {
    if (participant === undefined) {
      const message = `no address is set for participant ${declaration.participant}`
      return { kind: 'unconnected', code: 'NO_ADDRESS', message }
    }
    const { sagaId, signal } = call
    const request = requestOf(declaration, call.input)
    if ('kind' in request) return request
    const { method, path, body } = request
    const traced = new TracedCall(declaration, call, this.#options)
    const context: CallContext = {
      attempts: earlier,
      traced,
      deadlineAt: performance.now() + this.#options.deadlineMs,
    }
    const { authorization } = this.#options
    const tooLarge = new AbortController()
    try {
      const sent = participant.got(`${participant.base}${path}`, {
        method,
        signal: AbortSignal.any([signal, tooLarge.signal]),
        context,
        headers: {
          'idempotency-key': `${sagaId}:${declaration.step}${declaration.undo ? ':undo' : ''}`,
          'x-correlation-id': sagaId,
          ...(authorization !== undefined && { authorization: `Bearer ${authorization}` }),
          ...traced.begin(method),
        },
        ...(body !== undefined && { json: body }),
      })
      void sent.on('downloadProgress', ({ transferred }) => {
        if (transferred > REPLY_BYTES_MAX) tooLarge.abort()
      })
      const response = await sent
      const reply = parse(response.body)
      return traced.end({
        kind: 'reply',
        status: response.statusCode,
        body: reply,
        fits: this.#validator(declaration.reply).Check(reply),
        text: response.body,
      })
    } catch (error) {
      return traced.end(tooLarge.signal.aborted ? notRead : attemptOf(error))
    }
  }

  #validator(schema: TSchema): Validator {
    const known = this.#validators.get(schema)
    if (known !== undefined) return known
    const compiled = Compile(schema)
    this.#validators.set(schema, compiled)
    return compiled
  }
}

/** got with this engine's policy: hooks read the call they serve from its context, so one instance serves all. */
function withPolicy({ timeoutMs, deadlineMs, retries }: HttpStepsOptions, agent: Agent): Got {
  return got.extend({
    agent: { http: agent },
    throwHttpErrors: false,
    followRedirect: false,
    timeout: { request: timeoutMs },
    retry: {
      limit: retries,
      methods: ['POST', 'PUT', 'DELETE'],
      statusCodes: RETRIED_STATUS,
      errorCodes: RETRIED_ERRORS,
      maxRetryAfter: deadlineMs,
      enforceRetryRules: true,
      calculateDelay({ attemptCount, error, retryAfter }) {
        const { deadlineAt, traced } = error.options.context as CallContext
        const delayMs = retryAfter ?? FIRST_RETRY_MS * 2 ** (attemptCount - 1) * (1 + Math.random() / 4)
        if (performance.now() + delayMs >= deadlineAt) return 0
        // Now, for what follows is the wait before the next one.
        traced.end(attemptOf(error))
        return delayMs
      },
    },
    hooks: {
      beforeRetry: [
        (error) => {
          const { attempts, deadlineAt, traced } = error.options.context as CallContext
          attempts.push(attemptOf(error))
          Object.assign(error.options.headers, traced.begin(error.options.method))
          const leftMs = Math.max(1, deadlineAt - performance.now())
          error.options.timeout = { request: Math.min(timeoutMs, leftMs) }
        },
      ],
    },
  })
}

/** The saga left the state while its call waited for a turn. */
const notCalled: Attempt = {
  kind: 'unconnected',
  code: 'NOT_CALLED',
  message: 'the saga went on before it was the turn of this call',
}

const notRead: Attempt = {
  kind: 'unanswered',
  code: 'REPLY_TOO_LARGE',
  message: `the participant answered with more than ${REPLY_BYTES_MAX} bytes`,
}

/** A declaration that throws on its input has called nobody. */
function requestOf(declaration: StepDeclaration, input: unknown): StepRequest | Attempt {
  try {
    return declaration.request(input as never)
  } catch (error) {
    return { kind: 'unconnected', code: 'REQUEST_NOT_MADE', message: String(error) }
  }
}

function attemptOf(error: unknown): Attempt {
  // Whatever it was, it came after the request may have left.
  if (!(error instanceof RequestError))
    return { kind: 'unanswered', code: 'UNEXPECTED', message: String(error) }
  // Of other errors the answer, if they have one, is not whole.
  if (error instanceof HTTPError) {
    const { statusCode: status, body: text } = error.response
    return { kind: 'reply', status, body: undefined, fits: false, text: typeof text === 'string' ? text : '' }
  }
  const kind = wasNeverConnected(error) ? 'unconnected' : 'unanswered'
  return { kind, code: error.code, message: messageOf(error) }
}

/** What got says of a timeout is for those who know got. */
function messageOf(error: RequestError): string {
  const ms = error instanceof TimeoutError ? error.options.timeout.request : undefined
  return ms === undefined ? error.message : `the participant did not answer within ${ms / 1_000} s`
}

/** The same codes can come from a connection that was made, and broke: only looking up and connecting count. */
function wasNeverConnected({ code, cause }: RequestError): boolean {
  if (!UNCONNECTED.has(code)) return false
  const tries: unknown[] = cause instanceof AggregateError ? cause.errors : [cause]
  return tries.every((one) =>
    ['connect', 'getaddrinfo'].includes((one as NodeJS.ErrnoException).syscall ?? ''),
  )
}

/**
 * undefined for an empty body, for one that is no JSON, and for one that the journal could not store, which would
 * stop the saga for good: none of them fits a schema that asks for anything.
 */
function parse(text: string): unknown {
  if (text === '') return undefined
  try {
    const reply: unknown = JSON.parse(text)
    // Whole pairs are escaped in `text` too, but not in the second text.
    return isStorable(text) || isStorable(JSON.stringify(reply)) ? reply : undefined
  } catch {
    return undefined
  }
}
