// Waiting for a condition instead of for a time.
import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 10
const PAUSE_MS_MAX = 100

/** Polls until `condition` gives a value; fails after `seconds`, naming what it waited for. */
export async function until<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false>,
  seconds = 30,
): Promise<Value> {
  const since = performance.now()
  const waited = () => performance.now() - since
  while (waited() < seconds * 1_000) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    // What takes long is not asked after as often: the asking takes time from those who are asked.
    await sleep(Math.min(PAUSE_MS + waited() / 10, PAUSE_MS_MAX))
  }
  throw new Error(`waited ${seconds} s in vain for ${what}`)
}
