/** What this process has in hand beside its sagas: who looks, who was turned away, what was told to whom. */
import { Counter, Gauge, type Registry } from 'prom-client'

/** Why a call was turned away. */
const ACCESS_REFUSALS = [
  'no_token',
  'unknown_token',
  'expired_token',
  'bad_jwt',
  'issuer_away',
  'role',
  'origin',
  'host',
  'rate',
] as const
type AccessRefusal = (typeof ACCESS_REFUSALS)[number]

/** For the guard of the API. */
export interface AccessMetrics {
  refused(why: AccessRefusal): void
  /** Whether the file of tokens can't be read, so that those of before are in use. */
  fileIsStale(isStale: boolean): void
}

/** For the inspector. */
export interface InspectorMetrics {
  /** Somebody watches; returns what to call when they leave. */
  watches(by: 'sse' | 'websocket'): () => void
  replayed(outcome: 'identical' | 'differs' | 'untold' | 'too-long'): void
}

export function accessMetrics(register: Registry): AccessMetrics {
  const refusals = new Counter({
    name: 'skald_access_refusals_total',
    help: 'Calls that were turned away: whose token is none, unknown or expired, lacks the role, comes too often …',
    labelNames: ['why'],
    registers: [register],
  })
  const stale = new Gauge({
    name: 'skald_access_file_stale',
    help: '1 while the file of tokens can not be used, and those that were read before still hold',
    registers: [register],
  })
  for (const why of ACCESS_REFUSALS) refusals.inc({ why }, 0)
  return { refused: (why) => refusals.inc({ why }), fileIsStale: (isStale) => stale.set(isStale ? 1 : 0) }
}

export function inspectorMetrics(register: Registry): InspectorMetrics {
  const viewers = new Gauge({
    name: 'skald_viewers',
    help: 'Streams of the inspector that are open: of its page (sse), of other tools (websocket)',
    labelNames: ['by'],
    registers: [register],
  })
  for (const by of ['sse', 'websocket']) viewers.set({ by }, 0)
  const replays = new Counter({
    name: 'skald_replays_total',
    help: 'Sagas told again for the inspector, by outcome: identical, differs, untold (a version is not here), too-long',
    labelNames: ['outcome'],
    registers: [register],
  })
  for (const outcome of ['identical', 'differs', 'untold', 'too-long']) replays.inc({ outcome }, 0)
  return {
    watches(by) {
      viewers.inc({ by })
      let isHere = true
      return () => {
        if (isHere) viewers.dec({ by })
        isHere = false
      }
    },
    replayed: (outcome) => replays.inc({ outcome }),
  }
}

export function noticeMetrics(register: Registry): (outcome: 'delivered' | 'refused' | 'failed') => void {
  const notices = new Counter({
    name: 'skald_notices_total',
    help: 'Calls to the webhook, by what came of it: delivered, refused (4xx) or failed; the latter two are made again',
    labelNames: ['outcome'],
    registers: [register],
  })
  for (const outcome of ['delivered', 'refused', 'failed']) notices.inc({ outcome }, 0)
  return (outcome) => notices.inc({ outcome })
}
