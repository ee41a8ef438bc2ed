/**
 * Reads the figures of the whole database when a scraper asks, at most every ten seconds and in at most a tenth of the
 * time, however many sagas there are. A scrape waits a moment for them, and goes on with those of before.
 */
import type { Figures } from '../store/figures.ts'

const EVERY_MS = 10_000
/** Of the time that a read takes. */
const PAUSES = 9
/** How long a scrape waits for a read. */
const WAIT_MS = 500
/** Older ones would be taken for what is so now. */
const FRESH_MS = 60_000

export interface FiguresReaderOptions {
  readonly read: () => Promise<Figures>
  /** A read failed; the next one may not. */
  readonly onTrouble: (error: unknown) => void
  /** Milliseconds since some moment of this process. */
  readonly monotonic: () => number
}

export class FiguresReader {
  readonly #options: FiguresReaderOptions
  #figures: Figures | undefined
  /** When those that are known were asked for. Before the first read, when this process began to look. */
  #readAt: number
  #nextAt = -Infinity
  #reading: Promise<void> | undefined

  constructor(options: FiguresReaderOptions) {
    this.#options = options
    this.#readAt = options.monotonic()
  }

  get ageMs(): number {
    return this.#options.monotonic() - this.#readAt
  }

  /** The newest that are to be had in a moment; undefined if they are not fresh. Never rejects. */
  async look(): Promise<Figures | undefined> {
    if (this.#reading === undefined && this.#options.monotonic() >= this.#nextAt) this.#reading = this.#read()
    if (this.#reading !== undefined) await atMost(WAIT_MS, this.#reading)
    return this.ageMs <= FRESH_MS ? this.#figures : undefined
  }

  async #read(): Promise<void> {
    const { read, monotonic, onTrouble } = this.#options
    const startedAt = monotonic()
    try {
      this.#figures = await read()
      this.#readAt = startedAt
    } catch (error) {
      onTrouble(error)
    }
    const now = monotonic()
    this.#nextAt = Math.max(startedAt + EVERY_MS, now + PAUSES * (now - startedAt))
    this.#reading = undefined
  }
}

async function atMost(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([done, late])
  clearTimeout(timer)
}
