/**
 * One call to the webhook: a notice, signed by the scheme of Standard Webhooks, and what the receiver said to it.
 * It keeps nothing that a process could lose by dying at any line.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import got, { RequestError } from 'got'
import { Webhook as Signer } from 'standardwebhooks'
import type { DueNotice } from '../store/notice-store.ts'
import { traceHeaders, traceOf, type Sampler } from '../traces/saga-trace.ts'

export type Delivery =
  | { readonly kind: 'delivered' }
  /** The receiver answered that it wants no such notice; a later try may find it changed. */
  | { readonly kind: 'refused'; readonly error: string }
  /** `waitMs`: how long the receiver asks to be left alone. */
  | { readonly kind: 'failed'; readonly error: string; readonly waitMs: number }

/** As the engine wrote it. */
interface NoticeData {
  readonly at: string
  readonly error: { readonly code: string; readonly message: string } | null
}

export interface WebhookOptions {
  readonly url: string
  /** `whsec_` and base64, as the receiver has it. */
  readonly secret: string
  /** For the whole call. */
  readonly timeoutMs: number
  /** Milliseconds since the epoch: receivers refuse what is signed five minutes off. */
  readonly now: () => number
  /** What may be told of what it is about; all, unless said. */
  readonly redact?: (data: NoticeData) => NoticeData
  /** Of traces that no caller has decided about; all of them, unless said. */
  readonly isSampled?: Sampler
}

/** Of 4xx those that say "not now". */
const NOT_NOW = new Set([408, 425, 429])
const WAIT_MAX_MS = 3_600_000
/** Idle sockets are closed before Node's servers do (5 s by default), so that none is reused half dead. */
const IDLE_SOCKET_MS = 4_000

export class Webhook {
  readonly #options: WebhookOptions
  readonly #signer: Signer
  readonly #http = new HttpAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS })
  readonly #https = new HttpsAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS })

  constructor(options: WebhookOptions) {
    this.#options = options
    this.#signer = new Signer(options.secret)
  }

  /** Rejects only when `signal` is aborted. */
  async tell(notice: DueNotice, signal: AbortSignal): Promise<Delivery> {
    const { url, timeoutMs, now, redact, isSampled } = this.#options
    const id = idOf(notice)
    const body = bodyOf(notice, redact)
    const at = new Date(now())
    const trace = traceOf(notice, isSampled)
    const call = got.stream.post(url, {
      agent: { http: this.#http, https: this.#https },
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'skald',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': this.#signer.sign(id, at, body),
        ...traceHeaders(trace, trace.rootId),
      },
      // Signed for this receiver, and for nobody it may point to.
      followRedirect: false,
      retry: { limit: 0 },
      signal,
      throwHttpErrors: false,
      timeout: { request: timeoutMs },
    })
    try {
      const [response] = (await once(call, 'response')) as [Answer]
      // What else it says interests nobody: it is read to its end within the time, and lost.
      call.on('error', () => undefined).resume()
      return deliveryOf(response)
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'failed', error: told(error), waitMs: 0 }
    }
  }

  /** Ends the idle connections. */
  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}

/** The same for each try, and another one for each notice: by it a receiver knows what it has heard before. */
function idOf({ sagaId, seq, kind, payload }: DueNotice): string {
  const content = createHash('sha256').update(payload).digest('hex').slice(0, 8)
  return `notice_${sagaId}_${seq}_${kind}_${content}`
}

function bodyOf({ kind, payload }: DueNotice, redact: WebhookOptions['redact']): string {
  const data = JSON.parse(payload) as NoticeData
  return JSON.stringify({ type: `saga.${kind}`, timestamp: data.at, data: redact?.(data) ?? data })
}

interface Answer {
  readonly statusCode: number
  readonly headers: { readonly 'retry-after'?: string }
}

function deliveryOf({ statusCode, headers }: Answer): Delivery {
  if (statusCode >= 200 && statusCode <= 299) return { kind: 'delivered' }
  const error = `HTTP ${statusCode}`
  if (statusCode >= 400 && statusCode <= 499 && !NOT_NOW.has(statusCode)) return { kind: 'refused', error }
  const seconds = Number(headers['retry-after'] ?? 0)
  return { kind: 'failed', error, waitMs: seconds > 0 ? Math.min(seconds * 1_000, WAIT_MAX_MS) : 0 }
}

/** By its code alone: a message may hold the address, and with it a password. */
const told = (error: unknown) => (error instanceof RequestError ? error.code : 'UNEXPECTED')
