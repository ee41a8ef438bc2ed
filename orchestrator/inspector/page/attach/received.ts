/** What comes from another window: anything at all, of which only messages of the inspection protocol are taken. Pure. */

/** A message of the inspection protocol, with what is missing or of another form left out. */
export type Received =
  | (Common & {
      readonly type: 'actor'
      readonly name: string
      readonly parentId: string | null
      /** JSON; null where there is none. */
      readonly definition: string | null
      readonly snapshot: Fields
    })
  | (Common & { readonly type: 'event'; readonly event: Fields; readonly sourceId: string | null })
  | (Common & { readonly type: 'snapshot'; readonly event: Fields; readonly snapshot: Fields })

interface Common {
  readonly sessionId: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The same for the same message, if it comes again. */
  readonly fingerprint: string
}

export type Fields = Readonly<Record<string, unknown>>

/** Longer ids and names are no ids and names. */
const NAME_LENGTH_MAX = 1_000
/** Of JSON: what is longer is told by its length. */
const PAYLOAD_LENGTH_MAX = 100_000
const DEFINITION_LENGTH_MAX = 1_000_000

/** Undefined for what is no such message, or of a type that this page does not know. */
export function received(data: unknown, now: number): Received | undefined {
  const message = fieldsOf(data)
  const sessionId = nameIn(message['sessionId'])
  if (sessionId === null || typeof message['_version'] !== 'string') return undefined
  const text = jsonOf(message)
  if (text === undefined) return undefined
  const at = Number(message['createdAt'])
  const common = { sessionId, at: Number.isFinite(at) && at > 0 ? at : now, fingerprint: fingerprintOf(text) }
  const parts = text.length > PAYLOAD_LENGTH_MAX ? shortened(message) : message
  switch (message['type']) {
    case '@xstate.actor':
      return {
        ...common,
        type: 'actor',
        name: nameIn(message['name']) ?? sessionId,
        parentId: nameIn(message['parentId']),
        definition: definitionIn(message['definition']),
        snapshot: fieldsOf(parts['snapshot']),
      }
    case '@xstate.event':
      return {
        ...common,
        type: 'event',
        event: fieldsOf(parts['event']),
        sourceId: nameIn(message['sourceId']),
      }
    case '@xstate.snapshot':
      return {
        ...common,
        type: 'snapshot',
        event: fieldsOf(parts['event']),
        snapshot: fieldsOf(parts['snapshot']),
      }
    default:
      return undefined
  }
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function nameIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= NAME_LENGTH_MAX ? value : null
}

function definitionIn(value: unknown): string | null {
  return typeof value === 'string' && value.length <= DEFINITION_LENGTH_MAX ? value : null
}

/** What another window sends may refer to itself, or have numbers that JSON has not. */
export function jsonOf(value: unknown, indent = 0): string | undefined {
  try {
    return JSON.stringify(
      value,
      (_key, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member),
      indent,
    )
  } catch {
    return undefined
  }
}

/** Members of the event and of the snapshot, each by its length where that is much. */
function shortened(message: Fields): Fields {
  const event = fieldsOf(message['event'])
  const snapshot = fieldsOf(message['snapshot'])
  return { event: shortMembers(event), snapshot: shortMembers(snapshot) }
}

function shortMembers(fields: Fields): Fields {
  const members = Object.entries(fields).map(([key, member]) => {
    const { length } = jsonOf(member) ?? ''
    return [key, length > PAYLOAD_LENGTH_MAX / 4 ? { left_out_characters: length } : member] as const
  })
  return Object.fromEntries(members)
}

/** FNV-1a, twice: of two messages that differ, one in some 10^18 would be taken for the other. */
function fingerprintOf(text: string): string {
  let [one, two] = [0x811c9dc5, 0x01000193]
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    one = Math.imul(one ^ code, 0x01000193)
    two = Math.imul(two ^ (code + index), 0x85ebca6b)
  }
  return `${(one >>> 0).toString(36)}.${(two >>> 0).toString(36)}.${text.length.toString(36)}`
}
