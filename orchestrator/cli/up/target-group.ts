// The processes that answer the same calls, and which of them is asked next. What is believed of one may be old by the
// time it is asked; so whoever asks tells when it was not as believed, and asks for another.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import got from 'got'

const POLL_MS = 500
const READY_MS = 2000

/** One process, as it is believed to be. */
export interface Target {
  readonly url: string
  isReady: boolean
  /** Calls that wait for its answer. */
  underWay: number
  /** How often a call did not find it ready. */
  misses: number
}

export class TargetGroup {
  readonly name: string
  readonly #targets: readonly Target[]
  #turn = 0

  constructor(name: string, urls: readonly string[]) {
    this.name = name
    this.#targets = urls.map((url) => ({
      url: url.replace(/\/+$/, ''),
      isReady: true,
      underWay: 0,
      misses: 0,
    }))
  }

  /**
   * Of those that were not tried, the one with the fewest calls under way: so one that is slow or frozen gets few. One
   * that is not ready is asked only when none is, for then it can at least say why.
   */
  next(tried: ReadonlySet<Target>): Target | undefined {
    const isAnyReady = this.#targets.some(({ isReady }) => isReady)
    const count = this.#targets.length
    let best: Target | undefined
    this.#turn = (this.#turn + 1) % count
    for (let step = 0; step < count; step += 1) {
      const target = this.#targets[(this.#turn + step) % count]
      if (target === undefined || tried.has(target) || target.isReady !== isAnyReady) continue
      if (best === undefined || target.underWay < best.underWay) best = target
    }
    return best
  }

  /** A call found it gone or not ready: it is asked no more until it says again that it is. */
  markNotReady(target: Target): void {
    target.isReady = false
    target.misses += 1
  }

  /** Asks them all. */
  async isAnyReady(): Promise<boolean> {
    const answers = await Promise.all(this.#targets.map(({ url }) => isReady(url)))
    return answers.includes(true)
  }

  /** Keeps asking each whether it is ready, until the signal. One that has no other beside it need not be. */
  watch(log: FastifyBaseLogger, signal: AbortSignal): void {
    if (this.#targets.length > 1) for (const target of this.#targets) void this.#watch(target, log, signal)
  }

  async #watch(target: Target, log: FastifyBaseLogger, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { misses, isReady: wasReady } = target
      const isReadyNow = await isReady(target.url)
      // An answer that was under way when a call missed it is older than what the call knows.
      if (target.misses === misses) target.isReady = isReadyNow
      if (target.isReady !== wasReady) log.info({ url: target.url, ready: target.isReady }, this.name)
      await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  const options = { retry: { limit: 0 }, timeout: { request: READY_MS }, throwHttpErrors: false }
  return got(`${url}/readyz`, options).then(
    ({ ok }) => ok,
    () => false,
  )
}
