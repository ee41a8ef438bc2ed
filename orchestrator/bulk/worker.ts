/**
 * Takes bulks further, page by page. Every orchestrator runs one, and whoever is first at a page takes it.
 *
 * It keeps nothing that a process could lose by dying at any line: how far a bulk has come stands in its row.
 */
import type { Versions } from '../engine/versions.ts'
import { Pause } from '../pause.ts'
import type { Redaction } from '../redact/redaction.ts'
import type { BulkStore, Judge } from '../store/bulk-store.ts'
import { fairly } from './fairly.ts'

/** Between two looks for a bulk that was begun elsewhere. */
const POLL_MS = 1_000
/** While another one is at the page that is due. */
const PAUSE_MIN_MS = 20

export interface BulkWorkerOptions {
  readonly store: Pick<BulkStore, 'turn'>
  readonly versions: Versions
  readonly redaction: Redaction
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  /** The database could not be asked; it is tried again. */
  readonly onTrouble: (error: unknown) => void
}

export class BulkWorker {
  readonly #options: BulkWorkerOptions
  readonly #idle = new Pause()
  readonly #judge: Judge
  #isClosed = false
  #isPoked = false
  #running: Promise<void> | undefined

  constructor(options: BulkWorkerOptions) {
    this.#options = options
    this.#judge = fairly(options.versions, options.redaction)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** There may be something to do now. */
  poke(): void {
    this.#isPoked = true
    this.#idle.end()
  }

  /** Resolves when the page under way is taken, or given up. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#idle.end()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const idleMs = await this.#turn()
      // When its next page is due, keeps the rate.
      if (idleMs !== undefined) await this.#pause(idleMs)
    }
  }

  /** Returns for how long there is nothing to do; undefined if there may be more at once. */
  async #turn(): Promise<number | undefined> {
    this.#isPoked = false
    const { store, versions, onTrouble } = this.#options
    try {
      const turn = await store.turn({ machines: versions.names, judge: this.#judge })
      if (turn.kind === 'taken') return undefined
      return Math.min(turn.nextMs ?? POLL_MS, POLL_MS)
    } catch (error) {
      onTrouble(error)
      return POLL_MS
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isClosed || this.#isPoked) return
    // Jittered: orchestrators that wait for the same page would all ask at once.
    const delayMs = Math.max(ms, PAUSE_MIN_MS) * (1 + 0.4 * this.#options.random())
    await this.#idle.take(delayMs)
  }
}
