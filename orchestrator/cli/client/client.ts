// The API as the command line calls it: typed, with every trouble as one sentence, and repeated where that is safe: what
// only reads, and what has an idempotency key.
import got, { RequestError, TimeoutError, type Got, type Response } from 'got'
import { jsonIn } from '../../json-in.ts'
import { authorizationOf, type Globals } from '../globals.ts'
import { NoAnswerError, noAnswer, problemIn, ProblemError } from './api-errors.ts'

/** Beyond the longest wait of the API itself, 5 s for the answer to an event. */
const TIMEOUT_MS = 15_000
const RETRIES = 2
const RETRY_DELAY_MAX_MS = 1_000
/** Trouble that passes by itself. A refused connection does not: nobody is there. */
const RETRIED_ERRORS = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']
const RETRIED_STATUS = [429, 502, 503, 504]

export type Query = Readonly<Record<string, string | number | undefined>>

/** Whether an answer is what the command goes on with: what stands at an address may be anything. */
type Expected<Body> = (body: unknown) => body is Body

export interface Call<Body> {
  readonly path: string
  readonly expected: Expected<Body>
  readonly query?: Query
  readonly json?: object
  /** Makes a POST safe to repeat. */
  readonly key?: string
  /** Seconds the API may wait for an end before it answers. */
  readonly waitSeconds?: number
  /** Statuses beyond 2xx that are an answer too, not a problem. */
  readonly alsoFine?: readonly number[]
  readonly timeoutMs?: number
  readonly retries?: number
}

export interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

export class Client {
  readonly url: string
  readonly #http: Got

  constructor({ url, token }: Pick<Globals, 'url' | 'token'>) {
    this.url = url
    this.#http = got.extend({
      throwHttpErrors: false,
      responseType: 'text',
      headers: {
        accept: 'application/json',
        'user-agent': 'skald-cli',
        ...authorizationOf(token),
      },
    })
  }

  async get<Body>(call: Omit<Call<Body>, 'json' | 'key'>): Promise<Body> {
    return (await this.#call('GET', call)).body
  }

  async post<Body>(call: Call<Body>): Promise<Answer<Body>> {
    return this.#call('POST', call)
  }

  async #call<Body>(method: 'GET' | 'POST', call: Call<Body>): Promise<Answer<Body>> {
    const isSafe = method === 'GET' || call.key !== undefined
    const { statusCode, body } = await this.#answer(method, call, isSafe)
    const json = jsonIn(body)
    const isFine = (statusCode >= 200 && statusCode < 300) || call.alsoFine?.includes(statusCode)
    if (isFine && call.expected(json)) return { status: statusCode, body: json }
    const problem = problemIn(json, statusCode)
    if (problem !== undefined && !isFine) throw new ProblemError(problem)
    throw new NoAnswerError(
      `What answers at ${this.url} is not the Skald that this command knows (${statusCode} for ${call.path}): mend --url or SKALD_URL, or update one of the two.`,
    )
  }

  async #answer(
    method: 'GET' | 'POST',
    { path, query, json, key, waitSeconds, ...call }: Call<unknown>,
    isSafe: boolean,
  ): Promise<Response<string>> {
    const timeoutMs = (call.timeoutMs ?? TIMEOUT_MS) + (waitSeconds ?? 0) * 1_000
    try {
      return await this.#http<string>(`${this.url}${path}`, {
        method,
        searchParams: given(query),
        ...(json !== undefined && { json }),
        headers: {
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(waitSeconds !== undefined && {
            prefer: waitSeconds > 0 ? `wait=${waitSeconds}` : 'respond-async',
          }),
        },
        timeout: { request: timeoutMs },
        retry: {
          limit: isSafe ? (call.retries ?? RETRIES) : 0,
          methods: [method],
          errorCodes: RETRIED_ERRORS,
          statusCodes: RETRIED_STATUS,
          backoffLimit: RETRY_DELAY_MAX_MS,
          maxRetryAfter: RETRY_DELAY_MAX_MS,
        },
      })
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      const code = error instanceof TimeoutError ? 'ETIMEDOUT' : error.code
      const hint = key === undefined ? '' : ` With --key ${key} nothing is done twice.`
      throw noAnswer({ url: this.url, path, code, message: error.message }, hint)
    }
  }
}

function given(query: Query = {}): Record<string, string | number> {
  const members = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  return Object.fromEntries(members) as Record<string, string | number>
}

/** Undefined for what is none. */
