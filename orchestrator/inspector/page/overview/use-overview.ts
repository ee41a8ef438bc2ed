/** What the overview reads: the chart of what was chosen, and what its states have seen of late. */
import { signal, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { get } from '../api.ts'
import { connection } from '../live.ts'
import { messageOf } from '../message-of.ts'
import type { VersionName } from '../scope.ts'
import type { DrawnChart, Stats } from '../types.ts'

export type Loaded<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: Value }
  | { readonly state: 'failed'; readonly why: string }

const LOADING = { state: 'loading' } as const
/** A version is for ever, and so is its chart. */
const charts = new Map<string, DrawnChart>()

export function useChart(of: VersionName): ReadonlySignal<Loaded<DrawnChart>> {
  const chart = useSignal<Loaded<DrawnChart>>(LOADING)
  const name = `${encodeURIComponent(of.machine)}/${encodeURIComponent(of.version)}`
  useSignalEffect(() => {
    const known = charts.get(name)
    if (known !== undefined) {
      chart.value = { state: 'ready', value: known }
      return
    }
    // Tried again when the server is back.
    if (connection.value === 'lost' && chart.peek().state === 'failed') return
    const abort = new AbortController()
    const take = (read: Loaded<DrawnChart>) => {
      if (!abort.signal.aborted) chart.value = read
    }
    void readChart(name, abort.signal).then(take)
    return () => abort.abort()
  })
  return chart
}

async function readChart(name: string, signal: AbortSignal): Promise<Loaded<DrawnChart>> {
  try {
    const value = await get<DrawnChart>(`/inspector/api/charts/${name}`, {}, signal)
    charts.set(name, value)
    return { state: 'ready', value }
  } catch (error) {
    return { state: 'failed', why: messageOf(error) }
  }
}

const EVERY_MS = 15_000
const stats = signal<Loaded<Stats>>(LOADING)

/** Read again and again while it is wanted and somebody looks. */
export function useStats(
  { machine, version }: VersionName,
  isWanted: boolean,
): ReadonlySignal<Loaded<Stats>> {
  useEffect(() => {
    if (!isWanted) return undefined
    const abort = new AbortController()
    const read = async () => {
      if (document.hidden) return
      try {
        const value = await get<Stats>('/inspector/api/stats', { machine, version }, abort.signal)
        stats.value = { state: 'ready', value }
      } catch (error) {
        if (!abort.signal.aborted) stats.value = { state: 'failed', why: messageOf(error) }
      }
    }
    stats.value = LOADING
    void read()
    const timer = setInterval(() => void read(), EVERY_MS)
    return () => {
      clearInterval(timer)
      abort.abort()
    }
  }, [machine, version, isWanted])
  return stats
}
