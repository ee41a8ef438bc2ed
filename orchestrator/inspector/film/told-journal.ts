/** A journal to be told again: its rows are read as text, and each is understood only when its turn comes. */
import type { AnyEventObject } from 'xstate'
import type { JournalRow } from '../../engine/replay/journal-row.ts'
import type { Journal } from '../../engine/replay/replay.ts'
import type { FilmedSaga, SagaFilm, TextRow } from '../../store/saga-film.ts'

export interface Bounds {
  readonly transitionsMax: number
  readonly bytesMax: number
  /** Of one snapshot: a transition is told in one go, and nothing else is done by this process meanwhile. */
  readonly snapshotBytesMax: number
}

/** What is stored may be a hundred times as long when it is unpacked, and all of a page is held. */
const PAGE_BYTES = 256 * 1_024
/** A machine tells a few with each transition. */
const EVENTS_PER_TRANSITION = 20

/** Undefined of one that is longer than that. */
export async function journalToTell(
  film: SagaFilm,
  saga: FilmedSaga,
  { transitionsMax, bytesMax, snapshotBytesMax }: Bounds,
): Promise<Journal | undefined> {
  if (saga.seq >= transitionsMax || (await film.storedBytes(saga)) > bytesMax) return undefined
  const rows: JournalRow[] = []
  let bytes = 0
  for await (const page of film.rows(saga, { pageBytes: PAGE_BYTES })) {
    for (const row of page) {
      if (row.snapshot.length > snapshotBytesMax) return undefined
      bytes += row.snapshot.length + row.event.length
      rows.push(rowOf(row))
    }
    if (bytes > bytesMax) return undefined
  }
  const { saga_id, machine, version, seq } = saga
  const events = await film.events(saga, transitionsMax * EVENTS_PER_TRANSITION)
  return { saga: { saga_id, machine, version, seq }, rows, events }
}

function rowOf({ event, snapshot, ...row }: TextRow): JournalRow {
  return {
    ...row,
    event: JSON.parse(event) as AnyEventObject,
    get snapshot(): unknown {
      return JSON.parse(snapshot)
    },
  }
}
