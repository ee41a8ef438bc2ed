// The named points at which an orchestrator of the crash ring kills itself, as parent and child tell them each other.

/** Of the write that brings the saga to `state`; `*` is any. */
type CommitPoint = {
  readonly at: 'before commit' | 'committed, not yet called'
  readonly state: string
}
/** Of a call, named as in `lock` or `undo lock`. */
type CallPoint = { readonly at: 'before the call' | 'called, answer lost'; readonly call: string }

/** Of an event that somebody sent: it is accepted, and no saga has heard it. */
type HearingPoint = { readonly at: 'accepted, not yet heard'; readonly event: string }

/** `time` is the how-manieth passing of the point since the process knows of it; the first if not given. */
export type Point = (CommitPoint | CallPoint | HearingPoint) & { readonly time?: number }

export interface Plan {
  /** It may also be told later, where it dies. */
  readonly dies?: Point
  /** Of the release before, which knew the first version of the machine only; or as now, but it begins on the first. */
  readonly machines?: 'of the release before' | 'begins on v1'
  /** A fault of Skald that the ring has to find: see orchestrator-that-dies.ts. */
  readonly mutation?: 'calls before the commit' | 'forgets unseen attempts' | 'gives calls new keys'
}

/** What the child tells, as its last words. */
export interface Marker {
  readonly dies: Point
  readonly sagaId: string
  /** Where its saga stands: the state of the write, or of the last write before the call. */
  readonly state: string
}

export function nameOf(point: Point): string {
  const time = point.time === undefined ? '' : `, time ${point.time}`
  return `${point.at}: ${whatOf(point)}${time}`
}

/** What has to come by. */
export function whatOf(point: Point): string {
  if (point.at === 'accepted, not yet heard') return point.event
  return 'state' in point ? point.state : point.call
}

export const beforeCommit = (state: string): Point => ({ at: 'before commit', state })
export const committed = (state: string): Point => ({ at: 'committed, not yet called', state })
export const beforeCall = (call: string): Point => ({ at: 'before the call', call })
export const answerLost = (call: string): Point => ({ at: 'called, answer lost', call })

export const notHeard = (event: string): Point => ({ at: 'accepted, not yet heard', event })

/** Both points around the commit of a state. */
export const aroundCommit = (state: string): Point[] => [beforeCommit(state), committed(state)]
/** Both points around a call. */
export const aroundCall = (call: string): Point[] => [beforeCall(call), answerLost(call)]
