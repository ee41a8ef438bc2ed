/** Chance that follows from one seed: the same throws, in the same order, on every machine. */
export class Dice {
  #state: number

  constructor(seed: number) {
    // Neighbouring seeds must not begin with neighbouring throws.
    this.#state = Math.imul((seed >>> 0) + 0x9e3779b9, 0x85ebca6b) >>> 0
  }

  /** From 0 up to, not including, 1 (mulberry32: small and fast). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** From `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.next())
  }

  /** Mostly near `low`, sometimes near `high`: as delays are. */
  skewed(low: number, high: number): number {
    return low * (high / low) ** (this.next() ** 3)
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(items.length * this.next())] ?? items[0]
  }

  /** One of a list that may be empty. */
  oneOf<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(items.length * this.next())]
  }

  /** Dice of its own for something that must not change when others throw more often. */
  fork(): Dice {
    return new Dice(Math.floor(this.next() * 2 ** 32))
  }
}
