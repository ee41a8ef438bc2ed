/**
 * Tells all viewers of this process what moves, whichever orchestrator moves it. It looks at the feed once for all of
 * them, twice a second, and only while somebody looks.
 *
 * Each look is a step of the feed from one cursor to the next, and each viewer is at a cursor: at that of the last look,
 * and then the step is told; or further back, because it did not read or comes from another orchestrator, and then what
 * lies between is looked up, up to just where the step ended. So a viewer is told each saga that moved, once a look,
 * whatever happens on the way; or, too far behind, that it has to read anew.
 *
 * Nothing is kept beside cursors: what was not told when the process dies, the next one finds in the feed.
 */
import { feedCursorText } from '../../api/feed-cursor.ts'
import type { SagaCount } from '../../store/saga-counts.ts'
import type { FeedCursor, Moved, TransitionFeed } from '../../store/transition-feed.ts'
import { Counter } from './counter.ts'
import { GREETING, Messages } from './messages.ts'
import { Viewer, type Place, type Stream } from './viewer.ts'

const EVERY_MS = 500
/** Between looks that are asked for: viewers come in crowds when an orchestrator ends. */
const SOON_MS = 50
/** Each is a look of its own; those that are left over have their turn at the next. */
const CATCH_UPS_MAX = 20
/** How often a client learns its place, though nothing that it shows moves. */
const PLACE_EVERY_MS = 15_000
const VIEWERS_MAX = 200

export interface HubOptions {
  readonly feed: Pick<TransitionFeed, 'now' | 'moved'>
  readonly count: () => Promise<readonly SagaCount[]>
  /** A look failed; the next one may not. */
  readonly onTrouble: (error: unknown) => void
}

interface Step {
  /** None if nobody looked before. */
  readonly from: FeedCursor | undefined
  readonly to: FeedCursor
  readonly moved: Moved | undefined
}

export class Hub {
  readonly #options: HubOptions
  readonly #counter: Counter
  readonly #viewers = new Set<Viewer>()
  #cursor: FeedCursor | undefined
  #timer: NodeJS.Timeout | undefined
  #startedAt = -Infinity
  #isLooking = false
  #isWanted = false
  #isClosed = false

  constructor(options: HubOptions) {
    this.#options = options
    const { count, onTrouble } = options
    this.#counter = new Counter({ count, onTrouble, onChange: () => this.#soon() })
  }

  /** Whether it takes another viewer. */
  get isOpen(): boolean {
    return !this.#isClosed && this.#viewers.size < VIEWERS_MAX
  }

  /** Returns what ends it. The stream is ended by the hub when it closes. */
  join(stream: Stream, from: { place: Place; machine: string | undefined }): () => void {
    const viewer = new Viewer(stream, from)
    stream.write(GREETING)
    this.#viewers.add(viewer)
    this.#soon()
    return () => {
      this.#viewers.delete(viewer)
      if (this.#viewers.size === 0) clearTimeout(this.#timer)
    }
  }

  /** All streams end, so that their clients go elsewhere. */
  close(): void {
    this.#isClosed = true
    for (const viewer of this.#viewers) viewer.end()
    this.#viewers.clear()
    clearTimeout(this.#timer)
  }

  /** There is something to tell. */
  #soon(): void {
    this.#isWanted = true
    if (!this.#isLooking) this.#schedule()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#viewers.size === 0) return
    const dueAt = this.#startedAt + (this.#isWanted ? SOON_MS : EVERY_MS)
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, dueAt - performance.now()))
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    this.#isWanted = false
    this.#startedAt = performance.now()
    // Whoever comes while it looks may come from further on than this look ends.
    const viewers = [...this.#viewers]
    for (const viewer of viewers) viewer.cutIfStalled()
    try {
      const step = await this.#step()
      await this.#tell(viewers, step)
      this.#counter.look(step.moved?.isWhole !== true || step.moved.sagas.length > 0)
    } catch (error) {
      this.#options.onTrouble(error)
    }
    this.#isLooking = false
    this.#schedule()
  }

  async #step(): Promise<Step> {
    const { feed } = this.#options
    const from = this.#cursor
    const moved = from && (await feed.moved(from))
    const to = moved?.cursor ?? (await feed.now())
    this.#cursor = to
    return { from, to, moved }
  }

  async #tell(viewers: readonly Viewer[], { from, to, moved }: Step): Promise<void> {
    const messages = new Messages(moved?.sagas ?? [], to)
    const behind: Viewer[] = []
    for (const viewer of viewers) {
      if (!viewer.isDrained || !this.#viewers.has(viewer)) continue
      if (viewer.place === 'new') viewer.tell(messages.nothing, to)
      else if (viewer.place === 'lost') viewer.tell(messages.again, to)
      else if (viewer.place !== from) behind.push(viewer)
      else tellMoved(viewer, moved, messages, to)
      viewer.tellCounts(this.#counter.message)
    }
    const places = Map.groupBy(behind, ({ place }) =>
      typeof place === 'string' ? place : feedCursorText(place),
    )
    for (const group of [...places.values()].slice(0, CATCH_UPS_MAX)) await this.#catchUp(group, to)
  }

  /** All are at the same place. */
  async #catchUp(viewers: readonly Viewer[], to: FeedCursor): Promise<void> {
    const place = viewers[0]?.place
    if (typeof place !== 'object') return
    const moved = await this.#options.feed.moved(place, to)
    const messages = new Messages(moved?.sagas ?? [], to)
    for (const viewer of viewers) if (this.#viewers.has(viewer)) tellMoved(viewer, moved, messages, to)
  }
}

function tellMoved(viewer: Viewer, moved: Moved | undefined, messages: Messages, to: FeedCursor): void {
  if (moved?.isWhole !== true) return viewer.tell(messages.again, to)
  const isPlaceDue = performance.now() - viewer.toldPlaceAt > PLACE_EVERY_MS
  viewer.tell(messages.moved(viewer.machine) ?? (isPlaceDue ? messages.place : undefined), to)
}
