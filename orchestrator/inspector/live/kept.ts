/** What is dear to find out: found out once for all who ask, and kept for a while. */

/** Of the time that it takes to find out; so it takes at most a tenth of all. */
const PAUSES = 9

export class Kept<Value> {
  readonly #find: () => Promise<Value>
  readonly #keepMs: number
  #value: Promise<Value> | undefined
  #isUnderWay = false
  #keptUntil = -Infinity

  constructor(find: () => Promise<Value>, keepMs: number) {
    this.#find = find
    this.#keepMs = keepMs
  }

  /** Rejects if it can't be found out now; who asks next tries again. */
  async get(): Promise<Value> {
    const isFresh = this.#isUnderWay || performance.now() < this.#keptUntil
    if (this.#value === undefined || !isFresh) this.#value = this.#findOut()
    return await this.#value
  }

  async #findOut(): Promise<Value> {
    this.#isUnderWay = true
    const startedAt = performance.now()
    try {
      const value = await this.#find()
      const now = performance.now()
      this.#keptUntil = now + Math.max(this.#keepMs, PAUSES * (now - startedAt))
      return value
    } finally {
      this.#isUnderWay = false
    }
  }
}
