/** The actors that another window told of, as far as there is room for them. Pure but for what it holds. */
import { fieldsOf, jsonOf, type Fields, type Received } from './received.ts'

export interface Actor {
  readonly sessionId: string
  readonly name: string
  readonly parentId: string | null
  /** Of a machine: an object with states, as JSON. Null of any other actor. */
  readonly machine: string | null
  readonly snapshot: Fields
  /** How many there were; the log keeps the last of them. */
  readonly events: number
  readonly log: readonly LogEntry[]
  /** Of its registration, or the first that was heard of it. */
  readonly since: number
  /** Rises with each that is heard of. */
  readonly order: number
}

export interface LogEntry {
  readonly id: number
  readonly at: number
  readonly event: Fields
  readonly sourceId: string | null
  /** The value that it led to, as JSON; null while no snapshot said so. */
  readonly to: string | null
}

export const ACTORS_MAX = 500
export const LOG_MAX = 500
/** Of messages, to know those that come again. */
const FINGERPRINTS_MAX = 10_000

export class Actors {
  readonly #byId = new Map<string, Actor>()
  readonly #seen = new Set<string>()
  #isRepeating = false
  #newest = 0
  #entries = 0
  #order = 0
  /** Messages taken, those that came twice counted once. */
  taken = 0
  /** Actors forgotten to make room. */
  forgotten = 0

  get(sessionId: string): Actor | undefined {
    return this.#byId.get(sessionId)
  }

  /** Newest first. */
  all(): Actor[] {
    return [...this.#byId.values()].toSorted((a, b) => b.order - a.order)
  }

  take(message: Received): void {
    if (this.#isRepetition(message)) return
    this.taken += 1
    const known = this.#byId.get(message.sessionId)
    const actor = known ?? this.#unheard(message)
    this.#byId.set(message.sessionId, this.#next(actor, message))
    if (known === undefined) this.#makeRoom(message.sessionId)
  }

  /**
   * An app that connects again sends all that it kept once more. What is the same as before is a repetition if it is
   * older than the newest, or follows one; two events of one millisecond may be the same without being one.
   */
  #isRepetition({ fingerprint, at, type }: Received): boolean {
    const isSame = this.#seen.has(fingerprint)
    this.#isRepeating = isSame && (this.#isRepeating || at < this.#newest || type === 'actor')
    this.#newest = Math.max(this.#newest, at)
    this.#seen.delete(fingerprint)
    this.#seen.add(fingerprint)
    const [oldest] = this.#seen
    if (this.#seen.size > FINGERPRINTS_MAX && oldest !== undefined) this.#seen.delete(oldest)
    return this.#isRepeating
  }

  /** Attached late, one hears of actors whose registration was before. */
  #unheard({ sessionId, at }: Received): Actor {
    this.#order += 1
    const nothing = { machine: null, snapshot: {}, events: 0, log: [] }
    return { sessionId, name: sessionId, parentId: null, since: at, order: this.#order, ...nothing }
  }

  #next(actor: Actor, message: Received): Actor {
    switch (message.type) {
      case 'actor': {
        const { name, parentId, definition, snapshot } = message
        return { ...actor, name, parentId, machine: machineIn(definition) ?? actor.machine, snapshot }
      }
      case 'event': {
        const { at, event, sourceId } = message
        this.#entries += 1
        const entry = { id: this.#entries, at, event, sourceId, to: null }
        return { ...actor, events: actor.events + 1, log: [...actor.log.slice(1 - LOG_MAX), entry] }
      }
      case 'snapshot': {
        const { snapshot, event } = message
        return { ...actor, snapshot, log: led(actor.log, event, snapshot) }
      }
    }
  }

  /** Those that are over before those that run, and the oldest of them first. */
  #makeRoom(newcomer: string): void {
    if (this.#byId.size <= ACTORS_MAX) return
    const others = [...this.#byId.values()].filter(({ sessionId }) => sessionId !== newcomer)
    const leaving = others.find(({ snapshot }) => snapshot['status'] !== 'active') ?? others[0]
    if (leaving === undefined) return
    this.#byId.delete(leaving.sessionId)
    this.forgotten += 1
  }
}

/** The last event of that type, if nothing is known of where it led. */
function led(log: readonly LogEntry[], event: Fields, { value }: Fields): readonly LogEntry[] {
  const last = log.at(-1)
  if (last === undefined || last.to !== null || last.event['type'] !== event['type'] || value === undefined)
    return log
  return [...log.slice(0, -1), { ...last, to: jsonOf(value) ?? null }]
}

function machineIn(definition: string | null): string | null {
  if (definition === null) return null
  try {
    const { states } = fieldsOf(JSON.parse(definition))
    return Object.keys(fieldsOf(states)).length > 0 ? definition : null
  } catch {
    return null
  }
}

export interface Branch {
  readonly actor: Actor
  readonly depth: number
}

/** Children below their parents, both newest first; those whose parent is not known are at the top. */
export function treeOf(actors: readonly Actor[]): Branch[] {
  const known = new Set(actors.map(({ sessionId }) => sessionId))
  const isBelow = ({ parentId, sessionId }: Actor) =>
    parentId !== null && parentId !== sessionId && known.has(parentId)
  const children = Map.groupBy(actors.filter(isBelow), ({ parentId }) => parentId ?? '')
  const told = new Set<string>()
  const branch = (actor: Actor, depth: number): Branch[] => {
    if (told.has(actor.sessionId)) return []
    told.add(actor.sessionId)
    return [
      { actor, depth },
      ...(children.get(actor.sessionId) ?? []).flatMap((child) => branch(child, depth + 1)),
    ]
  }
  const roots = actors.filter((actor) => !isBelow(actor)).flatMap((actor) => branch(actor, 0))
  // Parents in a circle have nothing above them.
  return [...roots, ...actors.flatMap((actor) => branch(actor, 0))]
}
