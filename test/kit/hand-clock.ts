// A clock that moves only when a test moves it, and runs what comes due on the way.
import type { Clock } from '../../orchestrator/engine/ports.ts'

interface Timeout {
  readonly dueAt: number
  readonly run: () => void
}

const START = Date.UTC(2026, 0, 1)

export class HandClock implements Clock {
  #elapsedMs = 0
  readonly #timeouts = new Set<Timeout>()

  now(): number {
    return START + this.#elapsedMs
  }

  monotonic(): number {
    return this.#elapsedMs
  }

  setTimeout(run: () => void, delayMs: number): Timeout {
    const timeout = { dueAt: this.#elapsedMs + delayMs, run }
    this.#timeouts.add(timeout)
    return timeout
  }

  clearTimeout(timeout: unknown): void {
    this.#timeouts.delete(timeout as Timeout)
  }

  setImmediate(run: () => void): void {
    setImmediate(run)
  }

  /** Runs all that comes due within `ms`, in order, and whatever follows from it at once. */
  async pass(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms
    await settled()
    for (;;) {
      const next = [...this.#timeouts].sort((a, b) => a.dueAt - b.dueAt)[0]
      if (next === undefined || next.dueAt > until) break
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueAt)
      this.#timeouts.delete(next)
      next.run()
      await settled()
    }
    this.#elapsedMs = until
  }

  /** Time passes, and nothing runs: what a process sees that was frozen. Its timers are late when it wakes. */
  freeze(ms: number): void {
    this.#elapsedMs += ms
  }
}

/** All that follows from what was done, without time passing. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise<void>((resolve) => setImmediate(resolve))
}
