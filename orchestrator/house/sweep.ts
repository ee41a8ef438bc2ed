/**
 * Removes all that is old, in batches with a pause behind each: of the time that a batch took, so that whoever is
 * slowed down by it slows it down, and a busy database has most of its time for the sagas that run.
 *
 * It may be ended, or die, between any two lines: what is left is removed by the next sweep, here or elsewhere.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HouseStore, Keep, OldSagas, RemovedBatch } from '../store/house-store.ts'

/** Sagas of one batch, and of one file of the archive. */
const SAGAS_MAX = 1_000
/** Rows of the journal in one batch: some tens of megabytes, and well below a second. */
const ROWS_MAX = 10_000
/** Events that are looked at at once. */
const EVENTS_MAX = 2_000
/** How many times as long as the batch took. */
const PAUSES = 3
const PAUSE_MIN_MS = 20

export interface Sweeping {
  readonly store: HouseStore
  readonly signal: AbortSignal
  readonly keep?: Keep | undefined
  readonly onBatch?: (batch: RemovedBatch) => void
}

export interface Swept {
  readonly sagas: number
  /** Notices among it that nobody could be told of until now. */
  readonly untold: number
  readonly files: number
}

/** Resolves when nothing is left, or `signal` fires. Rejects where a batch can't be removed: it is there yet. */
export async function sweep(old: OldSagas, { store, signal, keep, onBatch }: Sweeping): Promise<Swept> {
  let swept: Swept = { sagas: 0, untold: 0, files: 0 }
  let from: string | null = null
  while (!signal.aborted) {
    const beganAt = performance.now()
    const bounds = { sagasMax: SAGAS_MAX, rowsMax: ROWS_MAX }
    const batch: RemovedBatch = await store.remove(old, { ...bounds, from, keep })
    swept = {
      sagas: swept.sagas + batch.sagas,
      untold: swept.untold + batch.untold,
      files: swept.files + (batch.file === null ? 0 : 1),
    }
    if (batch.sagas > 0) onBatch?.(batch)
    if (batch.next === null) break
    from = batch.next
    await pauseBehind(beganAt, signal)
  }
  return swept
}

/** Resolves with how many answered events were forgotten. */
export async function forgetEvents(
  olderThanMs: number,
  { store, signal }: Pick<Sweeping, 'store' | 'signal'>,
): Promise<number> {
  let forgotten = 0
  let after: string | null = '0'
  while (after !== null && !signal.aborted) {
    const beganAt = performance.now()
    const page = await store.forgetEvents({ olderThanMs, after, limit: EVENTS_MAX })
    forgotten += page.events
    after = page.next
    if (after !== null) await pauseBehind(beganAt, signal)
  }
  return forgotten
}

async function pauseBehind(beganAt: number, signal: AbortSignal): Promise<void> {
  const pauseMs = Math.max(PAUSE_MIN_MS, (performance.now() - beganAt) * PAUSES)
  await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
}
