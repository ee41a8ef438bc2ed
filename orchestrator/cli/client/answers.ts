// Answers of the API: the members that the command line shows, and whether a body has the form that they rest on. What is
// only shown may be missing or anything: an older or newer Skald may answer.
import type { SagaStatus } from '../../engine/ports.ts'

export interface PossibleVerb {
  readonly verb: string
  readonly steps: readonly string[]
}

interface Parked {
  readonly reason?: string | null
  readonly code?: string | null
  readonly step?: string | null
  /** The last HTTP status of the step. */
  readonly status?: number | null
  /** What the participant answered last. */
  readonly answer?: unknown
  readonly tries?: number | null
  readonly next_try_at?: string | null
  readonly by?: string | null
}

export interface Saga {
  readonly saga_id: string
  readonly machine: string
  readonly version: string
  readonly state: string
  readonly status: SagaStatus
  readonly seq: number
  readonly created_at: string
  readonly updated_at: string
  readonly input?: unknown
  readonly output?: unknown
  readonly step?: string | null
  readonly error_code?: string | null
  readonly last_error?: unknown
  readonly parked?: Parked | null
  readonly undone?: boolean | null
  readonly next_timer_at?: string | null
  readonly business_key?: string | null
  /** Only of one saga. */
  readonly verbs?: readonly PossibleVerb[]
}

export interface SagaPage {
  readonly sagas: readonly Saga[]
  readonly next_cursor: string | null
}

export interface Transition {
  readonly seq: number
  readonly actor: string | null
  readonly event: { readonly type: string; readonly [member: string]: unknown }
  readonly timer: string | null
  readonly at: string
  readonly state: string
  readonly snapshot: unknown
}

export interface BusinessEvent {
  readonly type: string
  readonly payload: unknown
  readonly created_at: string
}

export interface SagaFile {
  readonly definition: { readonly config: unknown } | null
  readonly transitions: readonly Transition[]
  readonly events: readonly BusinessEvent[]
}

export interface Count {
  readonly machine: string
  readonly version: string
  readonly status: SagaStatus
  readonly state: string | null
  readonly sagas: number
}

export interface MachineVersion {
  readonly version: string
  readonly newest: boolean
  readonly here: boolean
  readonly hash: string | null
  readonly sagas: Readonly<Record<SagaStatus, number>>
}

export interface Machine {
  readonly machine: string
  readonly versions: readonly MachineVersion[]
}

/** One line of the feed of all sagas. */
export interface Happening {
  readonly saga_id: string
  readonly machine: string
  readonly version: string
  readonly seq: number
  readonly event: unknown
  readonly state: string
  readonly status: SagaStatus
  readonly at: string
}

export interface Feed {
  readonly transitions: readonly Happening[]
  readonly cursor: string
}

type Kind = 'string' | 'number' | 'object' | 'boolean'

export function has<Body>(members: Readonly<Partial<Record<keyof Body, Kind>>>) {
  return (body: unknown): body is Body => {
    if (typeof body !== 'object' || body === null) return false
    const values = body as Record<string, unknown>
    return Object.entries(members).every(
      ([name, kind]) => typeof values[name] === kind && values[name] !== null,
    )
  }
}

export function listOf<One>(is: (one: unknown) => one is One) {
  return (body: unknown): body is readonly One[] => Array.isArray(body) && body.every((one) => is(one))
}

export function under<Body>(name: keyof Body & string, is: (value: unknown) => boolean) {
  return (body: unknown): body is Body =>
    typeof body === 'object' && body !== null && is((body as Record<string, unknown>)[name])
}

export const isSaga = has<Saga>({
  saga_id: 'string',
  machine: 'string',
  version: 'string',
  state: 'string',
  status: 'string',
  created_at: 'string',
  updated_at: 'string',
})
export const isSagaPage = under<SagaPage>('sagas', listOf(isSaga))

const isTransition = has<Transition>({ seq: 'number', event: 'object', at: 'string', state: 'string' })
export const areTransitions = listOf(isTransition)
const isEvent = has<BusinessEvent>({ type: 'string', created_at: 'string' })

export const isSagaFile = (body: unknown): body is SagaFile =>
  has<SagaFile>({ transitions: 'object', events: 'object' })(body) &&
  areTransitions(body.transitions) &&
  listOf(isEvent)(body.events) &&
  (body.definition === null || typeof body.definition === 'object')

export const areCounts = under<{ readonly counts: readonly Count[] }>(
  'counts',
  listOf(has<Count>({ machine: 'string', version: 'string', status: 'string', sagas: 'number' })),
)

const isVersion = has<MachineVersion>({ version: 'string', sagas: 'object' })
export const areMachines = under<{ readonly machines: readonly Machine[] }>(
  'machines',
  listOf(
    (one: unknown): one is Machine =>
      has<Machine>({ machine: 'string' })(one) && listOf(isVersion)(one.versions),
  ),
)

const isHappening = has<Happening>({
  saga_id: 'string',
  seq: 'number',
  state: 'string',
  status: 'string',
  at: 'string',
})
export const isFeed = (body: unknown): body is Feed =>
  has<Feed>({ cursor: 'string' })(body) && listOf(isHappening)(body.transitions)

/** A saga that was told something: all of it, or that it has not answered yet. */
export type ToldSaga = Pick<Saga, 'saga_id' | 'status'> & Partial<Saga>
export const isTold = has<ToldSaga>({ saga_id: 'string', status: 'string' })

/** Whether one saga could be moved to another version. */
export interface MigrationTrial {
  readonly possible: boolean
  readonly why: string | null
  readonly state: string | null
}
export const isMigrationTrial = has<MigrationTrial>({ possible: 'boolean' })

/** Anything that is an object. */
export const isObject = has<Readonly<Record<string, unknown>>>({})
