// What was begun is ended in reverse, whatever became of it: as a tap test does it, for a run without tap.
export interface Scope {
  teardown(end: () => unknown): void
}

export class OwnScope implements Scope {
  readonly #ends: (() => unknown)[] = []

  teardown(end: () => unknown): void {
    this.#ends.push(end)
  }

  /** Ends all, those behind one that fails too. A second call does nothing. */
  async end(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) {
      try {
        await end()
      } catch (error) {
        console.error(error)
      }
    }
  }
}
