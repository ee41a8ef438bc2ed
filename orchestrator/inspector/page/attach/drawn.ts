/** The chart of an attached machine, as the server lays it out from its definition. */
import { signal, type Signal } from '@preact/signals'
import { ApiError, post } from '../api.ts'
import { messageOf } from '../message-of.ts'
import type { DrawnChart } from '../types.ts'
import type { Actor } from './actors.ts'

export type Drawn =
  | { readonly kind: 'asked' }
  | { readonly kind: 'drawn'; readonly chart: DrawnChart }
  /** Why, in words. */
  | { readonly kind: 'not-drawn'; readonly why: string }

/** Two actors of one machine are drawn once. */
const byDefinition = new Map<string, Signal<Drawn>>()
const KEPT_MAX = 50
const BUSY_TRIES = 5
const BUSY_MS = 1_000

export function drawnOf({ machine, name }: Actor): Signal<Drawn> | null {
  if (machine === null) return null
  const known = byDefinition.get(machine)
  if (known !== undefined) return known
  const drawn = signal<Drawn>({ kind: 'asked' })
  const [oldest] = byDefinition.keys()
  if (byDefinition.size >= KEPT_MAX && oldest !== undefined) byDefinition.delete(oldest)
  byDefinition.set(machine, drawn)
  void ask(machine, name).then((answer) => (drawn.value = answer))
  return drawn
}

async function ask(machine: string, name: string, triesLeft = BUSY_TRIES): Promise<Drawn> {
  const config = JSON.parse(machine) as { readonly id?: unknown; readonly version?: unknown }
  const id = typeof config.id === 'string' ? config.id : name
  const version = typeof config.version === 'string' ? { version: config.version } : {}
  try {
    return {
      kind: 'drawn',
      chart: await post<DrawnChart>('/inspector/api/charts', { id, ...version, config }),
    }
  } catch (error) {
    const isBusy = error instanceof ApiError && (error.status === 503 || error.status === 0)
    if (!isBusy || triesLeft <= 1) return { kind: 'not-drawn', why: messageOf(error) }
    await new Promise((resolve) => setTimeout(resolve, BUSY_MS))
    return ask(machine, name, triesLeft - 1)
  }
}
