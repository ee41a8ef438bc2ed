/**
 * The inspection protocol of Stately, and what it has to say of a journal. Pure: no clock but that of the rows. An actor
 * is registered before the first message that names it.
 */
import { objectIn, tagsIn, unknownMachine, type Machine } from './definition.ts'

/** Of @statelyai/inspect, whose receivers this was tested with. */
export const PROTOCOL_VERSION = '0.7.2'

interface Common {
  readonly sessionId: string
  readonly rootId: string
  /** Milliseconds since the epoch: when it happened, not when it is told. */
  readonly createdAt: string
  readonly id: null
  readonly _version: string
}

type Snapshot = Readonly<Record<string, unknown>>

interface ActorMessage extends Common {
  readonly type: '@xstate.actor'
  readonly name: string
  readonly parentId?: string
  /** JSON. */
  readonly definition: string
  readonly snapshot: Snapshot
}

interface EventMessage extends Common {
  readonly type: '@xstate.event'
  readonly event: StatelyEvent
  readonly sourceId?: string
}

interface SnapshotMessage extends Common {
  readonly type: '@xstate.snapshot'
  readonly event: StatelyEvent
  readonly snapshot: Snapshot
}

export type StatelyMessage = ActorMessage | EventMessage | SnapshotMessage

interface StatelyEvent {
  readonly type: string
  readonly [member: string]: unknown
}

/** A row of a journal. */
export interface ToldRow {
  readonly seq: number
  readonly actor: string | null
  readonly event: StatelyEvent
  readonly at: Date
  readonly snapshot: unknown
}

export const sessionOf = (sagaId: string) => `saga:${sagaId}`

interface Actor {
  readonly session: string
  /** Its parent's; undefined for the saga. */
  readonly parent: string | undefined
  readonly name: string
  readonly machine: Machine | undefined
  /** As persisted. */
  readonly snapshot: Snapshot
}

const ENDED = /^xstate\.(done|error)\.actor\./

/** Tells one saga, row by row. Rows may be left out: those behind them are told as if nothing had been in between. */
export class Telling {
  readonly #root: string
  readonly #name: string
  #machine: Machine
  /** Actors by their session, and whether they run as far as was told. */
  readonly #known = new Map<string, 'runs' | 'over'>()

  constructor({ sagaId, machine, definition }: { sagaId: string; machine: string; definition: Machine }) {
    this.#root = sessionOf(sagaId)
    this.#name = machine
    this.#machine = definition
  }

  /** The saga and its children, as they were behind its first row. */
  begin(row: ToldRow): StatelyMessage[] {
    return actorsIn(this.#saga(row)).map((actor) => this.#register(actor, row))
  }

  /** The event and where it led, with what became of the children. `moved` is the chart that a migration leads to. */
  next(row: ToldRow, moved?: Machine): StatelyMessage[] {
    if (moved !== undefined) this.#machine = moved
    const all = actorsIn(this.#saga(row))
    const target = this.#targetOf(row, all)
    const source = this.#sourceOf(row, target.session)
    return [
      ...this.#ended(row, source),
      ...(moved === undefined ? [] : [this.#register(this.#saga(row), row)]),
      ...(this.#known.has(target.session) ? [] : [this.#register(target, row)]),
      this.#event(row, target.session, source),
      ...this.#begun(row, all),
      this.#snapshot(row, target, row.event),
      ...this.#left(row, all),
    ]
  }

  #saga(row: ToldRow): Actor {
    const snapshot = objectIn(row.snapshot)
    return {
      session: this.#root,
      parent: undefined,
      name: this.#name,
      machine: this.#machine,
      snapshot,
    }
  }

  /** Who processed it. One that was gone when the snapshot of the saga was taken has ended. */
  #targetOf({ actor }: ToldRow, all: readonly Actor[]): Actor {
    const [saga] = all
    if (saga === undefined) throw new Error('a row tells of no actor')
    if (actor === null) return saga
    const found = all.find(({ session, name }) => session !== this.#root && name === actor)
    if (found !== undefined) return found
    const known = [...this.#known.keys()].find((session) => session.endsWith(`/${actor}`))
    if (known !== undefined) this.#known.set(known, 'over')
    const session = known ?? `${this.#root}/${actor}`
    return { session, parent: this.#root, name: actor, machine: undefined, snapshot: { status: 'done' } }
  }

  #sourceOf({ event }: ToldRow, target: string): string | undefined {
    if (!ENDED.test(event.type) || typeof event['actorId'] !== 'string') return undefined
    const session = `${target}/${event['actorId']}`
    return this.#known.has(session) ? session : undefined
  }

  #ended(row: ToldRow, session: string | undefined): StatelyMessage[] {
    if (session === undefined) return []
    this.#known.set(session, 'over')
    const { type, output, error } = row.event
    const snapshot = type.startsWith('xstate.done.') ? { status: 'done', output } : { status: 'error', error }
    return [{ type: '@xstate.snapshot', ...this.#common(session, row), event: { type }, snapshot }]
  }

  #event(row: ToldRow, session: string, sourceId: string | undefined): StatelyMessage {
    const source = sourceId === undefined ? {} : { sourceId }
    return { type: '@xstate.event', ...this.#common(session, row), event: row.event, ...source }
  }

  /** Those that begin to run here, or to run again. */
  #begun(row: ToldRow, all: readonly Actor[]): StatelyMessage[] {
    return all.flatMap((actor) => {
      const before = this.#known.get(actor.session)
      if (before === undefined) return [this.#register(actor, row)]
      if (before === 'runs' || actor.snapshot['status'] !== 'active') return []
      this.#known.set(actor.session, 'runs')
      return [this.#snapshot(row, actor, { type: 'xstate.init' })]
    })
  }

  /** Children that the saga went on without. */
  #left(row: ToldRow, all: readonly Actor[]): StatelyMessage[] {
    const there = new Set(all.map(({ session }) => session))
    return [...this.#known].flatMap(([session, how]): StatelyMessage[] => {
      if (how === 'over' || there.has(session)) return []
      this.#known.set(session, 'over')
      const snapshot = { status: 'stopped' }
      return [
        { type: '@xstate.snapshot', ...this.#common(session, row), event: { type: 'xstate.stop' }, snapshot },
      ]
    })
  }

  #register(actor: Actor, row: ToldRow): StatelyMessage {
    this.#known.set(actor.session, actor.snapshot['status'] === 'active' ? 'runs' : 'over')
    const machine = actor.machine ?? unknownMachine(actor.name)
    return {
      type: '@xstate.actor',
      ...this.#common(actor.session, row),
      name: actor.name,
      ...(actor.parent !== undefined && { parentId: actor.parent }),
      definition: machine.text,
      snapshot: shown(actor),
    }
  }

  #snapshot(row: ToldRow, actor: Actor, event: StatelyEvent): StatelyMessage {
    return { type: '@xstate.snapshot', ...this.#common(actor.session, row), event, snapshot: shown(actor) }
  }

  #common(sessionId: string, { at }: ToldRow): Common {
    const createdAt = String(at.getTime())
    return { sessionId, rootId: this.#root, createdAt, id: null, _version: PROTOCOL_VERSION }
  }
}

/** The actor and all that run within it, outer ones first. */
function actorsIn(actor: Actor): Actor[] {
  const children = Object.entries(objectIn(actor.snapshot['children'])).map(([id, child]): Actor => {
    const { src, snapshot } = objectIn(child)
    return {
      session: `${actor.session}/${id}`,
      parent: actor.session,
      name: id,
      machine: typeof src === 'string' ? actor.machine?.within.get(src) : undefined,
      snapshot: objectIn(snapshot),
    }
  })
  return [actor, ...children.flatMap(actorsIn)]
}

/** As XState writes a snapshot: children are references, and tags are there, which no persisted one has. */
function shown({ snapshot, machine }: Actor): Snapshot {
  const { children, ...members } = snapshot
  if (members['value'] === undefined || members['value'] === null) return members
  const references = Object.keys(objectIn(children)).map((id) => [id, { xstate$$type: 1, id }] as const)
  const tags = machine === undefined ? [] : tagsIn(machine.config, members['value'])
  return { ...members, children: Object.fromEntries(references), tags }
}
