/**
 * What one viewer is told: the journals of a few sagas from their start, and then as they grow, wherever they are
 * driven. Nothing is read before what was read is on its way, so a viewer costs a page of memory, however slow it is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { isEnd } from '../../engine/status.ts'
import type { Tail, TailFrom, TailRow, WatchedSaga } from '../../store/journal-tail.ts'
import type { Machine } from './definition.ts'
import { merged } from './merged.ts'
import { Telling, type StatelyMessage } from './messages.ts'

const LOOK_MS = 500
/** Of one look, over all sagas. */
const ROWS_MAX = 60
/** Of each saga, at first: how long that takes depends on how large they are. */
const ROWS_OF_EACH = 8
const QUICK_MS = 100
const SLOW_MS = 1_000
/** A viewer that takes longer for a page has fallen behind, and is shown how things stand by now. */
const STALLED_MS = 5_000

export interface FeedOptions {
  readonly sagas: readonly WatchedSaga[]
  readonly tails: (sagas: readonly TailFrom[], rowsMax: number) => Promise<readonly Tail[]>
  readonly machine: (id: string, version: string) => Promise<Machine>
  /** Resolves when the viewer has taken it; rejects if it never will. */
  readonly send: (messages: readonly StatelyMessage[]) => Promise<void>
  readonly log: FastifyBaseLogger
  readonly stalledMs?: number
}

interface Watched {
  readonly saga: WatchedSaga
  /** Set with its first row. */
  telling: Telling | undefined
  nextSeq: number
  /** As the last look had it. */
  seq: number
  /** Rows before the next one are left out. */
  isBehindGap: boolean
}

export class Feed {
  readonly #options: FeedOptions
  /** Those that can still move, by their id. */
  readonly #open: Map<string, Watched>
  readonly #rowsOfEachMax: number
  #rowsOfEach = ROWS_OF_EACH
  /** Said once, and not twice a second. */
  #isBlind = false

  constructor(options: FeedOptions) {
    this.#options = options
    this.#open = new Map(
      options.sagas.map((saga) => [
        saga.sagaId,
        { saga, telling: undefined, nextSeq: 0, seq: 0, isBehindGap: false },
      ]),
    )
    this.#rowsOfEachMax = Math.max(ROWS_OF_EACH, Math.floor(ROWS_MAX / options.sagas.length))
  }

  /** Until all have ended and are told, or `signal` says that nobody watches any more. */
  async run(signal: AbortSignal): Promise<void> {
    while (this.#open.size > 0 && !signal.aborted) {
      const tails = await this.#look()
      const messages = tails === undefined ? [] : await this.#told(tails)
      if (messages.length > 0) await this.#send(messages)
      if (tails !== undefined) this.#close(tails)
      if (messages.length === 0) await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Undefined while the database can't tell: the viewer waits as the sagas do. */
  async #look(): Promise<readonly Tail[] | undefined> {
    const from = [...this.#open.values()].map(({ saga, nextSeq }) => ({
      sagaId: saga.sagaId,
      fromSeq: nextSeq,
    }))
    const since = performance.now()
    try {
      const tails = await this.#options.tails(from, this.#rowsOfEach)
      this.#learn(performance.now() - since)
      for (const { sagaId, seq } of tails) {
        const watched = this.#open.get(sagaId)
        if (watched !== undefined) watched.seq = seq
      }
      this.#isBlind = false
      return tails
    } catch (error) {
      // If it was too much to ask for within the time of a statement, less will be answered.
      this.#learn(Infinity)
      if (!this.#isBlind) this.#options.log.warn({ err: error }, 'journals can not be watched at the moment')
      this.#isBlind = true
      return undefined
    }
  }

  #learn(tookMs: number): void {
    if (tookMs < QUICK_MS) this.#rowsOfEach = Math.min(this.#rowsOfEach * 2, this.#rowsOfEachMax)
    if (tookMs > SLOW_MS) this.#rowsOfEach = Math.max(1, Math.floor(this.#rowsOfEach / 2))
  }

  /** Registrations of all come before what happened to any. */
  async #told(tails: readonly Tail[]): Promise<StatelyMessage[]> {
    const registrations: StatelyMessage[] = []
    for (const { sagaId, rows } of tails) {
      const watched = this.#open.get(sagaId)
      const [first] = rows
      if (watched === undefined || watched.telling !== undefined || first === undefined) continue
      watched.telling = await this.#begin(watched.saga)
      registrations.push(...watched.telling.begin(first))
    }
    const versions = new Map(tails.map(({ sagaId, version }) => [sagaId, version]))
    const messages: StatelyMessage[] = []
    for (const { sagaId, row } of merged(tails)) {
      const watched = this.#open.get(sagaId)
      if (watched?.telling === undefined) continue
      const to = watched.isBehindGap ? versions.get(sagaId) : movedTo(row)
      const moved = to === undefined ? undefined : await this.#options.machine(watched.saga.machine, to)
      messages.push(...watched.telling.next(row, moved))
      Object.assign(watched, { nextSeq: row.seq + 1, isBehindGap: false })
    }
    return [...registrations, ...messages]
  }

  async #begin({ sagaId, machine, firstVersion }: WatchedSaga): Promise<Telling> {
    return new Telling({ sagaId, machine, definition: await this.#options.machine(machine, firstVersion) })
  }

  async #send(messages: readonly StatelyMessage[]): Promise<void> {
    const since = performance.now()
    await this.#options.send(messages)
    if (performance.now() - since < (this.#options.stalledMs ?? STALLED_MS)) return
    // Of those with more behind than the next look would tell, the last row alone; it has all that still runs.
    for (const watched of this.#open.values())
      if (watched.seq - watched.nextSeq >= this.#rowsOfEach)
        Object.assign(watched, { nextSeq: watched.seq, isBehindGap: true })
  }

  /** Those that have ended and are told, and those that are not there any more. */
  #close(tails: readonly Tail[]): void {
    const found = new Map(tails.map((tail) => [tail.sagaId, tail]))
    for (const [sagaId, { nextSeq }] of this.#open) {
      const tail = found.get(sagaId)
      const isOver = tail === undefined || isEnd(tail.status)
      if (isOver && nextSeq > (tail?.seq ?? -1)) this.#open.delete(sagaId)
    }
  }
}

/** The version that the row leads to, if it leads to another one. */
function movedTo({ event }: TailRow): string | undefined {
  const { type, to } = event
  return type === 'skald.migrate' && typeof to === 'string' ? to : undefined
}
