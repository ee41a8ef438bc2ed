/**
 * Events of the stream as they go over the wire, each made once for all viewers that are told the same. Pure.
 */
import { feedCursorText } from '../../api/feed-cursor.ts'
import { isEnd } from '../../engine/status.ts'
import type { SagaCount } from '../../store/saga-counts.ts'
import type { FeedCursor, MovedSaga } from '../../store/transition-feed.ts'

/** So many fill a screen many times over; whoever shows more of them reads them anew. */
const SAGAS_MAX = 500
const RETRY_MS = 1_000

/** What every stream begins with: how soon a client that has lost it comes back. */
export const GREETING = Buffer.from(`retry: ${RETRY_MS}\n\n`)

export function countsMessage(counts: readonly SagaCount[]): Buffer {
  return message('counts', { counts })
}

/** What came between two looks at the feed; `end` is where the second ended. */
export class Messages {
  /** Only that the viewer has seen all until here: no event comes of it, but a client sends it when it comes back. */
  readonly place: Buffer
  /** That nothing moved yet since the stream began. */
  readonly nothing: Buffer
  /** That the viewer has to read anew what it shows. */
  readonly again: Buffer
  readonly #sagas: readonly MovedSaga[]
  readonly #end: string
  readonly #byMachine = new Map<string | undefined, Buffer | undefined>()

  constructor(sagas: readonly MovedSaga[], end: FeedCursor) {
    this.#sagas = sagas
    this.#end = feedCursorText(end)
    this.place = Buffer.from(`id: ${this.#end}\n\n`)
    this.nothing = message('moved', { sagas: [], more: 0 }, this.#end)
    this.again = message('again', {}, this.#end)
  }

  /** undefined if none of these moved. */
  moved(machine: string | undefined): Buffer | undefined {
    if (!this.#byMachine.has(machine)) this.#byMachine.set(machine, this.#make(machine))
    return this.#byMachine.get(machine)
  }

  #make(machine: string | undefined): Buffer | undefined {
    const sagas = machine === undefined ? this.#sagas : this.#sagas.filter((saga) => saga.machine === machine)
    if (sagas.length === 0) return undefined
    const told = sagas.slice(-SAGAS_MAX).map(rowOf)
    return message('moved', { sagas: told, more: sagas.length - told.length }, this.#end)
  }
}

/** JSON has no line breaks of its own, so it is one line of data. */
function message(event: string, data: object, id?: string): Buffer {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    `event: ${event}`,
    `data: ${JSON.stringify(data)}`,
  ]
  return Buffer.from(`${lines.join('\n')}\n\n`)
}

function rowOf(saga: MovedSaga) {
  return {
    saga_id: saga.sagaId,
    machine: saga.machine,
    version: saga.version,
    business_key: saga.businessKey,
    status: saga.status,
    state: isEnd(saga.status) ? saga.status.toUpperCase() : saga.state,
    step: saga.step,
    error_code: saga.errorCode,
    seq: saga.seq,
    created_at: saga.createdAt.toISOString(),
    updated_at: saga.updatedAt.toISOString(),
  }
}
