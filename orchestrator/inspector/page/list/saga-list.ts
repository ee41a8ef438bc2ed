/** The sagas that are listed, newest first: read page by page, and kept as the stream tells. */
import { batch, signal, type Signal } from '@preact/signals'
import { get } from '../api.ts'
import { messageOf } from '../message-of.ts'
import type { Moved } from '../live.ts'
import type { Row } from '../types.ts'
import { matches, type Filter } from './filter.ts'
import { isNewer, merged } from './merge.ts'

/** Each has signals of its own: a row that moves is drawn anew, and no other. */
export interface Entry {
  readonly id: string
  readonly row: Signal<Row>
  /** Since when it does not match any more; null while it does. */
  readonly goneAt: Signal<number | null>
}

interface Page {
  readonly sagas: readonly Row[]
  readonly next_cursor: string | null
}

const PAGE = 100
/** Nobody reads that far; a list that grew so long while it was looked at begins anew. */
const ENTRIES_MAX = 10_000
/** How long one that does not match any more is still shown, so that it is seen to leave. */
const LEAVING_MS = 3_000
const AGAIN_MS = 2_000

export class SagaList {
  readonly entries = signal<readonly Entry[]>([])
  readonly isLoading = signal(true)
  /** In words: why it could not be read. */
  readonly failure = signal<string | null>(null)
  readonly hasMore = signal(false)
  /** New ones that match, and are not shown, for that would move what is looked at. */
  readonly waiting = signal(0)
  /** Told by who shows it: new ones may come in above what is looked at. */
  isAtTop = true
  #filter: Filter = {}
  /** What is shown is of another filter, until the first page of this one comes. */
  #isOfBefore = false
  #byId = new Map<string, Entry>()
  #waiting = new Set<string>()
  #cursor: string | null = null
  #abort = new AbortController()
  /** What moved since the page was asked for: what comes may be older. */
  #missed: Row[] = []
  #readAt = 0
  #again: ReturnType<typeof setTimeout> | undefined

  async show(filter: Filter): Promise<void> {
    this.#filter = filter
    this.#isOfBefore = true
    await this.refresh()
  }

  /** The first page anew. What is shown stays until it comes. */
  async refresh(): Promise<void> {
    this.#abort.abort()
    await this.#read(null, (rows) => {
      const before = this.#byId
      this.#byId = new Map()
      this.#waiting.clear()
      this.waiting.value = 0
      this.entries.value = rows.map((row) => this.#entryOf(row, before.get(row.saga_id)))
    })
  }

  /** The next page. */
  async more(): Promise<void> {
    if (this.#cursor === null || this.isLoading.peek()) return
    await this.#read(this.#cursor, (rows) => this.#insert(rows))
  }

  async #read(cursor: string | null, take: (rows: readonly Row[]) => void): Promise<void> {
    this.#abort = new AbortController()
    const { signal: aborted } = this.#abort
    this.isLoading.value = true
    this.failure.value = null
    this.#missed = []
    this.#readAt = Date.now()
    try {
      const query = { ...this.#filter, limit: PAGE, cursor: cursor ?? undefined }
      const page = await get<Page>('/api/sagas', query, aborted)
      batch(() => {
        this.#isOfBefore = false
        this.#cursor = page.next_cursor
        this.hasMore.value = page.next_cursor !== null
        take(page.sagas)
        this.isLoading.value = false
        this.#follow(this.#missed)
      })
    } catch (error) {
      if (aborted.aborted) return
      batch(() => {
        if (this.#isOfBefore) this.#clear()
        this.isLoading.value = false
        this.failure.value = messageOf(error)
      })
    }
  }

  moved(moved: Moved | 'again'): void {
    if (moved === 'again') return this.#readSoon()
    if (this.isLoading.peek()) this.#missed.push(...moved.sagas)
    batch(() => this.#follow(moved.sagas))
    if (moved.more > 0) this.#readSoon()
  }

  dispose(): void {
    clearTimeout(this.#again)
    this.#abort.abort()
  }

  /** Not at once again and again, where more moves than a stream can tell. */
  #readSoon(): void {
    clearTimeout(this.#again)
    const waitMs = Math.max(0, this.#readAt + AGAIN_MS - Date.now())
    this.#again = setTimeout(() => {
      if (this.isAtTop) void this.refresh()
      else this.waiting.value = Math.max(1, this.#waiting.size)
    }, waitMs)
  }

  #follow(rows: readonly Row[]): void {
    const now = Date.now()
    const fresh: Row[] = []
    for (const row of rows) {
      const entry = this.#byId.get(row.saga_id)
      const isMatch = matches(row, this.#filter, now)
      if (entry !== undefined) {
        if (!isNewer(row, entry.row.peek())) continue
        entry.row.value = row
        entry.goneAt.value = isMatch ? null : (entry.goneAt.peek() ?? now)
      } else if (isMatch && this.#isInside(row)) fresh.push(row)
    }
    if (!this.isAtTop) return this.#wait(fresh)
    this.#drop(now)
    if (fresh.length > 0) this.#insert(fresh)
    if (this.entries.peek().length > ENTRIES_MAX) void this.refresh()
  }

  #clear(): void {
    this.#byId.clear()
    this.#cursor = null
    this.hasMore.value = false
    this.entries.value = []
  }

  /** Whether it belongs among those that are loaded, or to a page that is not. */
  #isInside({ saga_id }: Row): boolean {
    const last = this.entries.peek().at(-1)
    return !this.hasMore.peek() || last === undefined || saga_id > last.id
  }

  #wait(rows: readonly Row[]): void {
    for (const { saga_id } of rows) if (this.#waiting.size < ENTRIES_MAX) this.#waiting.add(saga_id)
    this.waiting.value = this.#waiting.size
  }

  #insert(rows: readonly Row[]): void {
    const fresh = rows
      .filter(({ saga_id }) => !this.#byId.has(saga_id))
      .map((row) => this.#entryOf(row, undefined))
    this.entries.value = merged(this.entries.peek(), fresh)
  }

  #drop(now: number): void {
    const isShown = ({ goneAt }: Entry) => (goneAt.peek() ?? now) > now - LEAVING_MS
    const entries = this.entries.peek()
    const kept = entries.filter(isShown)
    if (kept.length === entries.length) return
    for (const entry of entries) if (!isShown(entry)) this.#byId.delete(entry.id)
    this.entries.value = kept
  }

  #entryOf(row: Row, known: Entry | undefined): Entry {
    const entry = known ?? { id: row.saga_id, row: signal(row), goneAt: signal<number | null>(null) }
    if (isNewer(row, entry.row.peek())) entry.row.value = row
    entry.goneAt.value = null
    this.#byId.set(entry.id, entry)
    return entry
  }
}
