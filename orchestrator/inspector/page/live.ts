/**
 * What happens, as it happens: one stream for the whole page, whatever is looked at. It is told where the last one
 * ended, so nothing is missed while a server is away, or while nobody looks.
 */
import { signal, type ReadonlySignal } from '@preact/signals'
import { withQuery } from './api.ts'
import { askWhoLooks } from './session.ts'
import type { Count, Row } from './types.ts'

/** `paused`: nobody looks, for the page is hidden. */
export type Connection = 'connecting' | 'live' | 'lost' | 'paused'

export interface Moved {
  readonly sagas: readonly Row[]
  /** How many more moved than are told. */
  readonly more: number
}

const connectionSignal = signal<Connection>('connecting')
export const connection: ReadonlySignal<Connection> = connectionSignal

const lostSinceSignal = signal<number | null>(null)
/** Milliseconds since the epoch; null while nothing is lost. */
export const lostSince: ReadonlySignal<number | null> = lostSinceSignal

const countsSignal = signal<readonly Count[] | null>(null)
/** Of all sagas; null until they are told. */
export const counts: ReadonlySignal<readonly Count[] | null> = countsSignal

type Listener = (moved: Moved | 'again') => void
const listeners = new Set<Listener>()

/** `again`: too much was missed to be told; read what you show once more. Returns what ends it. */
export function onMoved(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function tell(moved: Moved | 'again'): void {
  for (const listener of listeners) listener(moved)
}

const LIVE_URL = '/inspector/api/live'
/** A browser has six connections to a server for all its tabs: those that nobody looks at give theirs back. */
const HIDDEN_MS = 60_000
const RETRY_MS = 1_000
const RETRY_MS_MAX = 10_000
/** A clock that jumps by more than this was that of a machine asleep, whose connections are gone without a word. */
const ASLEEP_MS = 30_000

let source: EventSource | undefined
/** How far it was told, in the server's words. */
let place: string | undefined
let retryMs = RETRY_MS
let retry: ReturnType<typeof setTimeout> | undefined

/** Once, by the page. */
export function connect(): void {
  open()
  followVisibility()
  followNetwork()
}

function open(): void {
  end()
  source = new EventSource(withQuery(LIVE_URL, { last_event_id: place }))
  source.addEventListener('open', () => {
    retryMs = RETRY_MS
    connectionSignal.value = 'live'
    lostSinceSignal.value = null
  })
  source.addEventListener('error', lose)
  source.addEventListener('moved', ({ data, lastEventId }: MessageEvent<string>) => {
    const isFirst = place === undefined
    place = lastEventId
    // What was read before the stream began may have moved in between.
    tell(isFirst ? 'again' : (JSON.parse(data) as Moved))
  })
  source.addEventListener('counts', ({ data }: MessageEvent<string>) => {
    countsSignal.value = (JSON.parse(data) as { counts: Count[] }).counts
  })
  source.addEventListener('again', ({ lastEventId }: MessageEvent<string>) => {
    place = lastEventId
    tell('again')
  })
}

function end(): void {
  clearTimeout(retry)
  source?.close()
  source = undefined
}

/** A browser tries again by itself, but not where it was answered anything else than a stream, such as a 503. */
function lose(): void {
  connectionSignal.value = 'lost'
  lostSinceSignal.value ??= Date.now()
  if (source?.readyState !== EventSource.CLOSED) return
  end()
  // It does not say what it was answered, and it may be that this page may look no more.
  void askWhoLooks()
  retry = setTimeout(open, retryMs)
  retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
}

function followVisibility(): void {
  let pause: ReturnType<typeof setTimeout> | undefined
  document.addEventListener('visibilitychange', () => {
    clearTimeout(pause)
    if (!document.hidden) {
      if (connectionSignal.peek() === 'paused') open()
      return
    }
    pause = setTimeout(() => {
      end()
      connectionSignal.value = 'paused'
    }, HIDDEN_MS)
  })
}

function followNetwork(): void {
  addEventListener('offline', () => {
    end()
    lose()
  })
  addEventListener('online', () => {
    if (!document.hidden) open()
  })
  let last = Date.now()
  setInterval(() => {
    const slept = Date.now() - last > ASLEEP_MS
    last = Date.now()
    if (slept && !document.hidden) open()
  }, ASLEEP_MS / 6)
}
