/** The lines of a journal whose rows have their snapshots: of an exported file, or of the API. Pure; hostile rows become tame lines. */
import { pathsOf } from '../chart/active.ts'
import type { JournalLine } from './journal-line.ts'

/** `version` is the one that the saga is on now. Oldest first; what is no row of a journal is left out. */
export function journalLines(rows: readonly unknown[], version: string): JournalLine[] {
  const lines = rows.flatMap((row) => lineOf(row)).toSorted((a, b) => a.seq - b.seq)
  const moved = lines.find(({ event }) => event.type === MIGRATE)?.event['from']
  let on = typeof moved === 'string' ? moved : version
  return lines.map((line) => {
    const { type, to } = line.event as { type: string; to?: unknown }
    if (type === MIGRATE && typeof to === 'string') on = to
    return { ...line, version: on }
  })
}

/** What a Date can hold. */
const INSTANT_MAX = 8.64e15

const MIGRATE = 'skald.migrate'

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function lineOf(row: unknown): Omit<JournalLine, 'version'>[] {
  if (!isMembers(row) || !Number.isSafeInteger(row['seq'])) return []
  const { seq, actor, event, timer, at, state, snapshot } = row
  const { type } = Object(event) as { type?: unknown }
  const instant = typeof at === 'number' ? at : Date.parse(String(at))
  const inner = isMembers(snapshot) ? snapshot : {}
  return [
    {
      seq: seq as number,
      actor: typeof actor === 'string' ? actor : null,
      event: { ...(isMembers(event) ? event : {}), type: typeof type === 'string' ? type : '' },
      timer: typeof timer === 'string' ? timer : null,
      at: Math.abs(instant) <= INSTANT_MAX ? instant : 0,
      state: typeof state === 'string' ? state : '',
      active: pathsOf(inner['value']),
      open: openIn(inner['children']),
    },
  ]
}

/** Ids of the invokes whose actor runs in a stored snapshot. */
function openIn(children: unknown): string[] {
  if (!isMembers(children)) return []
  return Object.keys(children).filter((id) => {
    const child = children[id]
    const inner = isMembers(child) ? child['snapshot'] : undefined
    return isMembers(inner) && inner['status'] === 'active'
  })
}
