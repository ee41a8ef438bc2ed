// One order, as a caller with patience places it: asked again under its key until the answer is final.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { MAGASIN } from '../kit/shop.ts'
import { CALLER } from './secrets.ts'
import type { System } from './system.ts'

/** Past this the call is broken off and made again. */
const ANSWER_MS = 10_000
const AGAIN_MS = 150
/** Who operates the sagas, by the name of the token, and why. */
export const BY_CHAOS = { actor: CALLER, reason: 'somebody changed their mind, or lost patience' }

interface Body {
  readonly saga_id?: string
  readonly vente_id?: number
  readonly state?: string
  readonly code?: string
}

export interface Final {
  readonly status: number
  readonly sagaId: string
  readonly venteId: number | undefined
}

export class Order {
  readonly key: string = randomUUID()
  readonly cart: string
  /** As it was told, again and again: they must be one. */
  readonly sagaIds = new Set<string>()
  final: Final | undefined
  readonly #system: Pick<System, 'url' | 'http'>
  readonly #tell: (answer: string) => void

  /** `tell` hears of each answer, or of what came instead. */
  constructor(system: Pick<System, 'url' | 'http'>, cart: string, tell: (answer: string) => void) {
    this.#system = system
    this.cart = cart
    this.#tell = tell
  }

  /** Asks until the answer is final, or `signal` fires. */
  async place(signal: AbortSignal, prefer?: string): Promise<void> {
    while (this.final === undefined && !signal.aborted) {
      await this.#ask(prefer)
      if (this.final === undefined) await sleep(AGAIN_MS)
    }
  }

  /** Starts it, and does not wait for its end. */
  async begin(): Promise<void> {
    await this.#ask('respond-async')
  }

  /** As an operator would; the status, or undefined if none came. */
  async send(verb: 'cancel' | 'retry'): Promise<void> {
    const [sagaId] = this.sagaIds
    if (sagaId === undefined) return
    const headers = { 'idempotency-key': randomUUID() }
    const options = { headers, json: BY_CHAOS, timeout: { request: ANSWER_MS } }
    const { url, http } = this.#system
    const answer = await http.post(`${url}/api/sagas/${sagaId}/${verb}`, options).catch(() => undefined)
    this.#tell(`${verb} ${answer?.statusCode ?? 'broken off'}`)
  }

  async #ask(prefer: string | undefined): Promise<void> {
    const { url, http } = this.#system
    const answer = await http
      .post<Body>(`${url}/api/orchestrator/`, {
        json: { cart_id: this.cart, magasin_id: MAGASIN },
        headers: { 'idempotency-key': this.key, ...(prefer !== undefined && { prefer }) },
        timeout: { request: ANSWER_MS },
      })
      .catch(() => undefined)
    if (answer === undefined) return this.#tell('broken off')
    const { statusCode: status, body } = answer
    this.#tell(isEnd(status, body) ? `${status}` : `${status} ${body.code ?? 'accepted'}`)
    if (body.saga_id !== undefined) this.sagaIds.add(body.saga_id)
    if (isEnd(status, body)) this.final = { status, sagaId: body.saga_id ?? '', venteId: body.vente_id }
  }
}

/** The 502 of a gateway that lost an answer is none, nor is the 202 of a saga that still runs. */
function isEnd(status: number, { state }: Body): boolean {
  return status === 201 || state === 'FAILED'
}
