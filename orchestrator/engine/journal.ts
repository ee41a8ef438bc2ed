/**
 * Group commit: one batch at a time goes to the store, and all that comes meanwhile makes the next one. One
 * statement and one fsync then serve up to a few hundred transitions.
 *
 * If the process dies at any line here, a batch is in the store as a whole or not at all, and nobody was told
 * of it: the effects of its transitions were still held.
 */
import type { Clock, JournalStore, Observer, SagaWrite, WriteOutcome } from './ports.ts'

const BATCH_MAX = 256
const RETRY_FIRST_MS = 50
const RETRY_MAX_MS = 2_000
/** After so many failures in a row a batch is tried in halves. */
const FAILURES_TO_HALVE = 3

interface Waiting {
  readonly write: SagaWrite
  readonly settle: (outcome: WriteOutcome) => void
}

export class Journal {
  readonly #store: JournalStore
  readonly #clock: Clock
  readonly #observer: Pick<Observer, 'committed' | 'journalWaiting'>
  readonly #random: () => number
  readonly #queue: Waiting[] = []
  #underWay: readonly Waiting[] = []
  #flushing = false
  #failures = 0
  #closed = false

  /** `random` jitters the waits, so that orchestrators that lost one database do not come back to it in step. */
  constructor(
    store: JournalStore,
    clock: Clock,
    observer: Pick<Observer, 'committed' | 'journalWaiting'>,
    random: () => number = () => 0.5,
  ) {
    this.#store = store
    this.#clock = clock
    this.#observer = observer
    this.#random = random
  }

  /** False while the store does not answer: whoever is about to accept something new had better refuse it. */
  get healthy(): boolean {
    return this.#failures === 0
  }

  /** Transitions that wait, or are being written. Counted when somebody asks, which is seldom. */
  get uncommitted(): number {
    const waiting = [...this.#underWay, ...this.#queue]
    return waiting.reduce((sum, { write }) => sum + write.transitions.length, 0)
  }

  /** Resolves when the write is known to be committed, or known never to be. Never rejects. */
  commit(write: SagaWrite): Promise<WriteOutcome> {
    return new Promise((settle) => {
      this.#queue.push({ write, settle })
      if (!this.#flushing) void this.#flush()
    })
  }

  /** What is still unknown stays so: nobody waits for it any more. */
  close(): void {
    this.#closed = true
  }

  async #flush(): Promise<void> {
    this.#flushing = true
    // Transitions that this very turn of the event loop brings, join the first batch instead of missing it.
    await new Promise<void>((resolve) => this.#clock.setImmediate(resolve))
    while (this.#queue.length > 0) await this.#settle(this.#nextBatch())
    this.#underWay = []
    this.#flushing = false
  }

  /** A write whose outcome is unknown is written again until it is known: the store makes that safe. */
  async #settle(batch: Waiting[]): Promise<void> {
    this.#underWay = batch
    for (;;) {
      const outcomes = await this.#write(batch.map(({ write }) => write))
      if (outcomes !== undefined) {
        return batch.forEach(({ settle }, index) => settle(outcomes[index] ?? { kind: 'lost' }))
      }
      // It may be too much for the time that a statement has.
      const isTooMuch = this.#failures % FAILURES_TO_HALVE === 0
      if (isTooMuch) this.#queue.unshift(...batch.splice(Math.ceil(batch.length / 2)))
      await this.#pause()
    }
  }

  /**
   * A saga is in it once. One that was dropped, and loaded again under another lease, may have a write of before in
   * the queue: within one statement neither could be told from the other.
   */
  #nextBatch(): Waiting[] {
    const sagas = new Set<string>()
    for (const { write } of this.#queue) {
      if (sagas.size === BATCH_MAX || sagas.has(write.sagaId)) break
      sagas.add(write.sagaId)
    }
    return this.#queue.splice(0, sagas.size)
  }

  /** undefined when nobody knows what became of them. */
  async #write(writes: SagaWrite[]): Promise<readonly WriteOutcome[] | undefined> {
    const startedAt = performance.now()
    try {
      const outcomes = await this.#store.write(writes)
      this.#failures = 0
      const transitions = writes.reduce((sum, write) => sum + write.transitions.length, 0)
      const events = writes.reduce((sum, write) => sum + write.consumed.length, 0)
      const durationMs = performance.now() - startedAt
      this.#observer.committed({ writes: writes.length, transitions, events, durationMs })
      return outcomes
    } catch (error) {
      if (this.#closed) return writes.map(() => ({ kind: 'lost' }))
      this.#failures += 1
      this.#observer.journalWaiting(error, this.#failures)
      return undefined
    }
  }

  async #pause(): Promise<void> {
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (this.#failures - 1))
    const delayMs = waitMs * (0.75 + 0.5 * this.#random())
    await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, delayMs))
  }
}
