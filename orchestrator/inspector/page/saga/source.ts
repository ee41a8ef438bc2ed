/**
 * Where the view of a saga reads it: from the server that the page came from, where it may move meanwhile, or from a
 * file that somebody opened, where it is as it was when it was exported. The view is the same.
 */
import type { Change } from '../../../engine/replay/changes.ts'
import type { Difference } from '../../../engine/replay/difference.ts'
import type { JournalLine } from '../../../story/journal-line.ts'
import { get } from '../api.ts'
import { openedSource } from '../file/opened.ts'
import type { DrawnChart, Emitted, OpenSaga } from '../types.ts'

/** Rejects with an ApiError, or with what aborted it. */
export interface SagaSource {
  readonly kind: 'server' | 'file'
  /** When it was as it is, in milliseconds since the epoch; null of what is as it is now. */
  readonly asOf: number | null
  /** As it stands; of a file, as it stood when it was exported, and nothing can be done with it. */
  saga(signal?: AbortSignal): Promise<OpenSaga>
  /** The journal from `fromSeq` on, oldest first, a page at a time. */
  lines(fromSeq: number, signal?: AbortSignal): AsyncGenerator<readonly JournalLine[], void>
  /** Rejects with the code `machine_inconnue` where nobody knows that version. */
  chart(of: VersionName, signal?: AbortSignal): Promise<DrawnChart>
  moment(seq: number, signal?: AbortSignal): Promise<Moment>
  /** The snapshot behind a transition, to be saved: also one that is too long to be shown. */
  snapshotUrl(seq: number): Promise<string>
  events(signal?: AbortSignal): Promise<readonly Emitted[]>
  serviceEvents(signal?: AbortSignal): Promise<ServiceEvents | null>
  /** The whole saga, to be saved; null of what is a file already. */
  readonly exportUrl: string | null
  /** Null where there is no machine to tell it again. */
  readonly replay: ((against: string | undefined, signal?: AbortSignal) => Promise<Replay>) | null
}

export interface VersionName {
  readonly machine: string
  readonly version: string
}

/** One transition, and what it left behind. */
export interface Moment {
  readonly seq: number
  readonly at: string
  readonly actor: string | null
  readonly event: unknown
  readonly state: string
  readonly context: unknown
  readonly snapshot: unknown
  /** In the context. */
  readonly changes: readonly ShownChange[]
  /** Bytes of what is null for being too long to be shown. */
  readonly cut: {
    readonly context: number | null
    readonly snapshot: number | null
    readonly event: number | null
    /** Set where nobody compared what came before with what came behind, for that is too much. */
    readonly changes: number | null
  }
}

export interface ShownChange extends Change {
  /** Characters of what is null for being too long to be shown. */
  readonly cut?: { readonly before: number | null; readonly after: number | null }
}

/** By participant, oldest first; null where the machine names none to ask. */
export type ServiceEvents = Readonly<Record<string, readonly unknown[] | { readonly error: string }>>

export interface Replay {
  /** `untold`: a version is not here. `too-long`: nobody waits for that. */
  readonly outcome: 'identical' | 'differs' | 'untold' | 'too-long'
  /** The version that it was told on. */
  readonly against: string
  readonly difference: Difference | null
  /** Versions that it ran on and that are not here. */
  readonly missing: readonly string[]
  /** By transition: the edges that it really took. */
  readonly edges: Readonly<Record<string, readonly string[]>>
}

/** In the address, for the saga that was opened from a file. */
const FILE_ADDRESS = 'file'

/** Null for a file that is not open any more: a page that was loaded anew has none. */
export function sourceOf(sagaId: string): SagaSource | null {
  return sagaId === FILE_ADDRESS ? openedSource.value : serverSource(sagaId)
}

interface Film {
  readonly lines: readonly JournalLine[]
  readonly next_from_seq: number | null
}

const LINES_PER_PAGE = 2_000

function serverSource(sagaId: string): SagaSource {
  const id = encodeURIComponent(sagaId)
  const [api, own] = [`/api/sagas/${id}`, `/inspector/api/sagas/${id}`]
  return {
    kind: 'server',
    asOf: null,
    saga: async (signal) => get(api, {}, signal),
    async *lines(fromSeq, signal) {
      let from: number | null = fromSeq
      while (from !== null) {
        const film: Film = await get(`${own}/film`, { from_seq: from, limit: LINES_PER_PAGE }, signal)
        yield film.lines
        from = film.next_from_seq
      }
    },
    chart: async ({ machine, version }, signal) =>
      get(`/inspector/api/charts/${encodeURIComponent(machine)}/${encodeURIComponent(version)}`, {}, signal),
    moment: async (seq, signal) => get(`${own}/moments/${seq}`, {}, signal),
    snapshotUrl: async (seq) => `${own}/moments/${seq}/snapshot`,
    events: async (signal) => get(`${api}/events`, {}, signal),
    async serviceEvents(signal) {
      const { participants } = await get<{ participants: ServiceEvents | null }>(
        `${own}/service-events`,
        {},
        signal,
      )
      return participants
    },
    exportUrl: `${api}/export`,
    replay: async (against, signal) => get(`${own}/replay`, { against }, signal),
  }
}
