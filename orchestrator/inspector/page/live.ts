/**
 * What happens, as it happens: one stream for the whole page, whatever is looked at. The browser connects again by itself
 * and says what it saw last, so nothing is missed while a server is away.
 */
import { signal, type ReadonlySignal } from '@preact/signals'
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

const countsSignal = signal<readonly Count[]>([])
/** Of all sagas. */
export const counts: ReadonlySignal<readonly Count[]> = countsSignal

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

/** Once, by the page. */
export function connect(url = '/inspector/api/live'): () => void {
  const source = new EventSource(url)
  source.addEventListener('open', () => {
    connectionSignal.value = 'live'
  })
  source.addEventListener('error', () => {
    connectionSignal.value = 'lost'
  })
  source.addEventListener('moved', ({ data }: MessageEvent<string>) => tell(JSON.parse(data) as Moved))
  source.addEventListener('counts', ({ data }: MessageEvent<string>) => {
    countsSignal.value = (JSON.parse(data) as { counts: Count[] }).counts
  })
  source.addEventListener('again', () => tell('again'))
  return () => source.close()
}
