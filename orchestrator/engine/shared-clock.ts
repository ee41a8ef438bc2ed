/**
 * The time that all orchestrators of one database share: the database's. Timers are told by it, so one that was
 * armed by an orchestrator whose own clock is an hour off fires on time at any other.
 *
 * It keeps nothing that a process could lose by dying at any line.
 */
import type { Clock } from './ports.ts'

/** What the database's clock said, and between which two moments of `monotonic()` it said so. */
interface Reading {
  readonly databaseNow: number
  readonly sentAt: number
  readonly receivedAt: number
}

export class SharedClock implements Clock {
  readonly #local: Clock
  /** The database's time at moment 0 of `monotonic()`; this machine's, until the database was heard. */
  #epochMs: number

  constructor(local: Clock) {
    this.#local = local
    this.#epochMs = local.now() - local.monotonic()
  }

  /** Whole milliseconds since the epoch, wrong by at most the time that the last reading took. */
  now(): number {
    return Math.floor(this.#local.monotonic() + this.#epochMs)
  }

  /** A reading bounds the truth; time moves only as far as it must to lie within, so it does not jitter. */
  adjust({ databaseNow, sentAt, receivedAt }: Reading): void {
    const earliest = databaseNow - receivedAt
    const latest = databaseNow - sentAt
    this.#epochMs = Math.min(latest, Math.max(earliest, this.#epochMs))
  }

  monotonic(): number {
    return this.#local.monotonic()
  }

  setTimeout(fn: () => void, delayMs: number): unknown {
    return this.#local.setTimeout(fn, delayMs)
  }

  clearTimeout(timeout: unknown): void {
    this.#local.clearTimeout(timeout)
  }

  setImmediate(fn: () => void): void {
    this.#local.setImmediate(fn)
  }
}
