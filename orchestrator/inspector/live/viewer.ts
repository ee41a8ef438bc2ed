/**
 * Who looks, and how far it has been told. Nothing is ever queued for it: while its last message has not gone out it is
 * told nothing, and keeps its place; what it missed is looked up in the feed when it can take more.
 */
import type { FeedCursor } from '../../store/transition-feed.ts'

/** Long enough for a laptop that was shut for a moment; who takes longer comes back by itself. */
const STALLED_MS = 60_000

/** The part of a response that a viewer needs. */
export interface Stream {
  /** Bytes that have not gone out. */
  readonly writableLength: number
  write(piece: Buffer): unknown
  end(): unknown
  destroy(): unknown
}

/** `new`: it has seen nothing; `lost`: it says that it has, and nobody can tell what. */
export type Place = FeedCursor | 'new' | 'lost'

export class Viewer {
  /** Only sagas of this one; of all without. */
  readonly machine: string | undefined
  #place: Place
  #stream: Stream
  #counts: Buffer | undefined
  #toldPlaceAt = -Infinity
  #stalledAt: number | undefined

  constructor(stream: Stream, { place, machine }: { place: Place; machine: string | undefined }) {
    this.#stream = stream
    this.#place = place
    this.machine = machine
  }

  get place(): Place {
    return this.#place
  }

  /** By performance.now(): when the client last learned how far it has been told. */
  get toldPlaceAt(): number {
    return this.#toldPlaceAt
  }

  get isDrained(): boolean {
    return this.#stream.writableLength === 0
  }

  /** All until `place`, by a message that says so; without one it is at `place`, and its client does not know. */
  tell(message: Buffer | undefined, place: FeedCursor): void {
    this.#place = place
    if (message === undefined) return
    this.#toldPlaceAt = performance.now()
    this.#stream.write(message)
  }

  /** Counts that it has not been told yet. */
  tellCounts(counts: Buffer | undefined): void {
    if (counts === undefined || counts === this.#counts) return
    this.#counts = counts
    this.#stream.write(counts)
  }

  /** Hangs up if nothing has gone out for long: it would keep its place in the house for ever. */
  cutIfStalled(): void {
    const now = performance.now()
    this.#stalledAt = this.isDrained ? undefined : (this.#stalledAt ?? now)
    if (this.#stalledAt !== undefined && now - this.#stalledAt > STALLED_MS) this.#stream.destroy()
  }

  /** Node hangs up on a connection whose answer has ended when its server closes, whether its client reads or not. */
  end(): void {
    this.#stream.end()
  }
}
