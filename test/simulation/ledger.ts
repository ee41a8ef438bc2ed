/**
 * The participants: what they did, under which key, and what stands of it. Each keeps the barrier of ADR 0006:
 * a key repeated gets its first answer; a compensation that comes first leaves a tombstone, which refuses the
 * late action behind it.
 */
import { isDeepStrictEqual } from 'node:util'

/** How a participant behaves towards the attempts at one step, the last word for all further ones. */
export type Conduct =
  | 'does it'
  | 'refuses'
  | 'unreachable'
  | 'does it, answer lost'
  | 'nothing done, answer lost'
  /** Until whoever asked gives up. */
  | 'does it in silence'

export interface Request {
  readonly sagaId: string
  readonly step: string
  readonly undo: boolean
  readonly input: unknown
}

export type Answer = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly reason: string }

export interface LedgerFlaws {
  readonly noTombstones?: boolean
  readonly noBarrier?: boolean
  /** Keys do not say which saga they belong to. */
  readonly sharedKeys?: boolean
}

/** What was done for one saga. */
export interface Deeds {
  /** What was executed, in order: `lock`, `lock:undo`, … */
  readonly executed: string[]
  /** Steps whose effect stands, in the order of their coming. */
  readonly standing: Set<string>
}

export class Ledger {
  readonly complaints: string[] = []
  readonly #deeds = new Map<string, Deeds>()
  /** Without a request, somebody did it by hand. */
  readonly #answers = new Map<string, { request?: Request; answer: Answer }>()
  readonly #tombstones = new Set<string>()
  readonly #flaws: LedgerFlaws

  constructor(flaws: LedgerFlaws = {}) {
    this.#flaws = flaws
  }

  deedsFor(sagaId: string): Deeds {
    const known = this.#deeds.get(sagaId) ?? { executed: [], standing: new Set<string>() }
    this.#deeds.set(sagaId, known)
    return known
  }

  /** The request has arrived: this is the instant of its effect. */
  take(request: Request, refuses: boolean): Answer {
    const key = this.#keyOf(request)
    const known = this.#answers.get(key)
    if (known !== undefined && this.#flaws.noBarrier !== true) {
      if (known.request !== undefined && !isDeepStrictEqual(known.request, request)) {
        this.complaints.push(`${key} was called again with another input`)
      }
      return known.answer
    }
    const answer = this.#execute(request, key, refuses)
    this.#answers.set(key, { request, answer })
    return answer
  }

  /** Somebody undoes a step by hand, under the key of the compensation. */
  undoByHand(sagaId: string, step: string): void {
    const request = { sagaId, step, undo: true, input: undefined }
    const key = this.#keyOf(request)
    if (this.#answers.has(key)) return
    this.#answers.set(key, { answer: this.#execute(request, key, false) })
  }

  #execute(request: Request, key: string, refuses: boolean): Answer {
    const { sagaId, step, undo } = request
    const { executed, standing } = this.deedsFor(sagaId)
    if (undo) {
      const action = this.#keyOf({ ...request, undo: false })
      if (!this.#answers.has(action) && this.#flaws.noTombstones !== true) this.#tombstones.add(action)
      standing.delete(step)
      executed.push(`${step}:undo`)
      return { kind: 'done' }
    }
    if (this.#tombstones.has(key)) return { kind: 'refused', reason: 'it was undone before it came' }
    if (refuses) return { kind: 'refused', reason: 'the participant does not want to' }
    executed.push(step)
    standing.add(step)
    return { kind: 'done' }
  }

  #keyOf(request: Request): string {
    return `${this.#flaws.sharedKeys === true ? '' : request.sagaId}:${stepName(request)}`
  }
}

export function stepName({ step, undo }: { step: string; undo: boolean }): string {
  return undo ? `${step}:undo` : step
}
