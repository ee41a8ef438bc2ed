/**
 * All that is known of the saga that is open, kept as it is in the store while somebody looks. Whatever is shown derives
 * from it and from the moment that the address names.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals'
import type { JournalLine } from '../../../story/journal-line.ts'
import { storyOf, type ExactEdges, type Story } from '../../../story/story.ts'
import { address, go } from '../address.ts'
import { ApiError } from '../api.ts'
import { onMoved, type Moved } from '../live.ts'
import type { DrawnChart, Emitted, OpenSaga } from '../types.ts'
import type { Replay, SagaSource, VersionName } from './source.ts'

/** `null`: nobody knows that version. */
type Charts = ReadonlyMap<string, DrawnChart | null>

export interface Looked {
  /** Among the moments; -1 as long as there are none. */
  readonly index: number
  readonly last: number
  readonly seq: number
  readonly isLive: boolean
}

export class SagaModel {
  readonly source: SagaSource
  readonly #sagaId: string
  readonly #stopped = new AbortController()
  readonly #saga = signal<OpenSaga | null>(null)
  readonly #lines = signal<readonly JournalLine[]>([])
  readonly #charts = signal<Charts>(new Map())
  readonly #exact = signal<ExactEdges>({})
  readonly #events = signal<readonly Emitted[]>([])
  readonly #fault = signal<ApiError | null>(null)
  readonly #isComplete = signal(false)
  #isReading = false
  #isStale = false
  #canReplay = true
  #timer: ReturnType<typeof setTimeout> | undefined
  #again: ReturnType<typeof setTimeout> | undefined

  constructor(sagaId: string, source: SagaSource) {
    this.#sagaId = sagaId
    this.source = source
  }

  readonly saga: ReadonlySignal<OpenSaga | null> = this.#saga
  readonly charts: ReadonlySignal<Charts> = this.#charts
  /** Oldest first. */
  readonly events: ReadonlySignal<readonly Emitted[]> = this.#events
  /** Why it can not be read, or not any more. */
  readonly fault: ReadonlySignal<ApiError | null> = this.#fault
  /** Whether the journal was read to its end. */
  readonly isComplete: ReadonlySignal<boolean> = this.#isComplete

  readonly story: ReadonlySignal<Story> = computed(() => {
    const charts = [...this.#charts.value.values()].flatMap((drawn) => (drawn === null ? [] : [drawn.chart]))
    return storyOf(this.#lines.value, charts, this.#exact.value)
  })

  /** The transition that is looked at, and whether it is the last one for as long as nobody goes back. */
  readonly looked: ReadonlySignal<Looked> = computed(() => {
    const { moments } = this.story.value
    const last = moments.length - 1
    const at = Number(address.value.at ?? NaN)
    const found = Number.isNaN(at) ? -1 : moments.findLastIndex(({ seq }) => seq <= at)
    const index = found === -1 ? last : found
    return { index, last, seq: moments[index]?.seq ?? 0, isLive: found === -1 }
  })

  /** The last moment is not named: who looks at it goes along with the saga. */
  readonly goTo = (index: number): void => {
    const { moments } = this.story.peek()
    const seq = index >= moments.length - 1 ? undefined : moments[Math.max(0, index)]?.seq
    go({ at: seq === undefined ? undefined : String(seq) }, { replace: true })
  }

  readonly goToSeq = (seq: number): void => {
    this.goTo(this.story.peek().moments.findLastIndex((moment) => moment.seq <= seq))
  }

  /** Returns what ends it. */
  start(): () => void {
    void this.refresh()
    const stop = this.source.kind === 'server' ? onMoved((moved) => this.#hear(moved)) : () => {}
    return () => {
      stop()
      clearTimeout(this.#timer)
      clearTimeout(this.#again)
      this.#stopped.abort()
    }
  }

  /** What a check told, instead of what was asked for here. */
  readonly tellAgain = (replay: Replay | null): void => {
    // Told on another version it went along edges of another chart.
    if (replay?.against === this.#saga.peek()?.version) this.#exact.value = replay?.edges ?? {}
  }

  /** Once more if it is asked for meanwhile: what moved then may have been read before it did. */
  readonly refresh = async (): Promise<void> => {
    clearTimeout(this.#again)
    this.#isStale = true
    if (this.#isReading) return
    this.#isReading = true
    while (this.#isStale && !this.#stopped.signal.aborted) {
      this.#isStale = false
      await this.#read()
    }
    this.#isReading = false
    void this.#replay()
  }

  #hear(moved: Moved | 'again'): void {
    // Among those that are not told may be this one.
    const isAbout =
      moved === 'again' || moved.more > 0 || moved.sagas.some(({ saga_id }) => saga_id === this.#sagaId)
    if (isAbout) void this.refresh()
  }

  async #read(): Promise<void> {
    const { signal } = this.#stopped
    try {
      const from = (this.#lines.peek().at(-1)?.seq ?? -1) + 1
      const [saga] = await Promise.all([this.#readSaga(), this.#readLines(from)])
      // With the journal that it stands at the end of: the two never tell different things.
      this.#saga.value = saga
      this.#fault.value = null
      this.#isComplete.value = true
      const versions = new Set(this.#lines.peek().map(({ version }) => version))
      await Promise.all([
        this.#readEvents(),
        ...[...versions].map(async (version) => this.#readChart({ ...saga, version })),
      ])
    } catch (error) {
      if (signal.aborted) return
      const fault = faultOf(error)
      this.#fault.value = fault
      // A server that is away comes back, and maybe the saga does not move any more: nobody would say so.
      const isPassing = fault.status === 0 || fault.status >= 500
      if (isPassing) this.#again = setTimeout(() => void this.refresh(), AGAIN_MS)
    }
  }

  async #readSaga(): Promise<OpenSaga> {
    const saga = await this.source.saga(this.#stopped.signal)
    if (this.#saga.peek() === null) this.#saga.value = saga
    await this.#readChart(saga)
    return saga
  }

  async #readLines(from: number): Promise<void> {
    for await (const page of this.source.lines(from, this.#stopped.signal)) {
      if (page.length > 0) this.#lines.value = [...this.#lines.peek(), ...page]
    }
  }

  async #readChart({ machine, version }: VersionName): Promise<void> {
    if (this.#charts.peek().has(version)) return
    const drawn = await this.source
      .chart({ machine, version }, this.#stopped.signal)
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return null
        throw error
      })
    this.#charts.value = new Map([...this.#charts.peek(), [version, drawn]])
  }

  async #readEvents(): Promise<void> {
    this.#events.value = await this.source.events(this.#stopped.signal)
  }

  /** Only where the chart alone does not tell which way it went: somebody has to tell the saga again for it. */
  async #replay(): Promise<void> {
    const { replay } = this.source
    if (replay === null || !this.#canReplay || this.#fault.peek() !== null) return
    if (this.story.peek().moments.every(({ isExact }) => isExact)) return
    this.#canReplay = false
    const begin = performance.now()
    try {
      const told = await replay(undefined, this.#stopped.signal)
      this.tellAgain(told)
      if (told.outcome === 'untold' || told.outcome === 'too-long') return
    } catch {
      // The likeliest way is shown, as before.
    }
    // A long saga that moves on and on must not keep the server busy with telling it.
    const restMs = REPLAY_REST * (performance.now() - begin)
    this.#timer = setTimeout(() => {
      this.#canReplay = true
      void this.#replay()
    }, restMs)
  }
}

const REPLAY_REST = 10
const AGAIN_MS = 2_000

const faultOf = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(0, { detail: String(error), code: 'broken' })
