/** Charts and their drawings, each made once and kept in memory: a page asks for them again and again. */
import { createHash } from 'node:crypto'
import { ladderHere } from './ladder-here.ts'
import { DrawingThread, type DrawingThreadOptions, type DrawnTexts } from './drawing-thread.ts'

/** So many wait to be drawn already. */
export class TooManyChartsError extends Error {
  override readonly name = 'TooManyChartsError'
}

export interface DrawnChartsOptions extends DrawingThreadOptions {
  /** Letters of all that is kept. */
  readonly keptMax?: number
}

export interface DrawOptions {
  /** More than so many are not drawn before it. */
  readonly waitingMax: number
  /** It comes from a registry, and not from anybody. */
  readonly isOwn: boolean
}

interface Kept {
  readonly drawn: DrawnTexts
  readonly length: number
  readonly until: number
}

const KEPT_MAX = 32_000_000
/** A layout that was too slow may have been so because the machine was busy. */
const LATE_MS = 60_000

export class DrawnCharts {
  readonly #thread: DrawingThread
  readonly #keptMax: number
  /** The one that was asked for last is the last. */
  readonly #kept = new Map<string, Kept>()
  #keptLength = 0
  readonly #underWay = new Map<string, Promise<DrawnTexts>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor({ keptMax = KEPT_MAX, ...options }: DrawnChartsOptions) {
    this.#thread = new DrawingThread(options)
    this.#keptMax = keptMax
  }

  /**
   * The chart of a definition that is JSON, drawn if it can be. Throws a NotDrawableError for what is none, and a
   * TooManyChartsError if too many wait before it.
   */
  async draw(definition: string, { waitingMax, isOwn }: DrawOptions): Promise<DrawnTexts> {
    const key = createHash('sha256').update(definition).digest('base64url')
    const kept = this.#find(key)
    if (kept !== undefined) return kept
    const here = isOwn ? ladderHere(definition) : null
    if (here !== null) return this.#keep(key, here)
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return await underWay
    if (this.#underWay.size > waitingMax) throw new TooManyChartsError('too many charts wait to be drawn')
    const drawing = this.#last.then(() => this.#thread.draw(definition))
    this.#last = drawing.catch(() => undefined)
    this.#underWay.set(key, drawing)
    try {
      return this.#keep(key, await drawing)
    } finally {
      this.#underWay.delete(key)
    }
  }

  async close(): Promise<void> {
    await this.#thread.close()
  }

  #find(key: string): DrawnTexts | undefined {
    const kept = this.#forget(key)
    if (kept === undefined || kept.until < performance.now()) return undefined
    this.#add(key, kept)
    return kept.drawn
  }

  #keep(key: string, drawn: DrawnTexts): DrawnTexts {
    const { chart, mermaid, drawing, isLate } = drawn
    const until = isLate ? performance.now() + LATE_MS : Infinity
    this.#add(key, { drawn, length: chart.length + mermaid.length + drawing.length, until })
    for (const oldest of this.#kept.keys()) {
      if (this.#keptLength <= this.#keptMax) break
      this.#forget(oldest)
    }
    return drawn
  }

  #add(key: string, kept: Kept): void {
    this.#kept.set(key, kept)
    this.#keptLength += kept.length
  }

  #forget(key: string): Kept | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    this.#kept.delete(key)
    this.#keptLength -= kept.length
    return kept
  }
}
