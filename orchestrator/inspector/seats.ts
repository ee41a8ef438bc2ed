/**
 * How many streams one name has open: one token, however many hold it, must leave room for the others. Where nobody is
 * asked who they are, all are one, and share what there is.
 */
export class Seats {
  readonly #each: number
  readonly #taken = new Map<string, number>()

  /** Of each name. */
  constructor(each: number) {
    this.#each = each
  }

  /** Returns what gives it back, once; undefined if this name has as many as it may. */
  take(name: string | undefined): (() => void) | undefined {
    if (name === undefined) return () => undefined
    const taken = this.#taken.get(name) ?? 0
    if (taken >= this.#each) return undefined
    this.#taken.set(name, taken + 1)
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      const left = (this.#taken.get(name) ?? 1) - 1
      if (left === 0) this.#taken.delete(name)
      else this.#taken.set(name, left)
    }
  }
}
