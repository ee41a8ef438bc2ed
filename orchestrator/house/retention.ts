/** How long what has ended is kept: as operators write it, and in milliseconds. Pure. */
import type { OrchestratorConfig } from '../config.ts'
import { ENDED_STATUSES, type EndedStatus } from '../store/house-store.ts'

/** In milliseconds. */
export interface Retention {
  /** Of sagas, since they ended so; what is missing is kept for ever. */
  readonly sagas: Readonly<Partial<Record<EndedStatus, number>>>
  /** Of answered events, since they were accepted; with their saga if that goes before. */
  readonly events: number
}

type Settings = Pick<OrchestratorConfig, 'RETAIN_DONE' | 'RETAIN_FAILED' | 'RETAIN_EVENTS'>

export function retentionOf({ RETAIN_DONE, RETAIN_FAILED, RETAIN_EVENTS }: Settings): Retention {
  const settings = { done: RETAIN_DONE, failed: RETAIN_FAILED }
  const retained = ENDED_STATUSES.flatMap((status) => {
    const text = settings[status]
    return text === undefined ? [] : [[status, durationMs(text)] as const]
  })
  return {
    sagas: Object.fromEntries(retained),
    events: durationMs(RETAIN_EVENTS),
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Of a text that a setting of this kind takes, such as 90m, 36h or 30d. */
export function durationMs(text: string): number {
  return Number.parseInt(text, 10) * (UNIT_MS[text.slice(-1)] ?? Number.NaN)
}
