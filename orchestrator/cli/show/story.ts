// What the journal of one saga tells of its calls, and of what people did to it. Pure, and of any chart: a call is open
// for as long as the snapshots have its actor.
import type { Transition } from '../client/answers.ts'

interface Failure {
  readonly code: string
  readonly message: string
  readonly step: string
  readonly inDoubt: boolean
}

/** What a person did. */
export interface Deed {
  readonly at: string
  readonly verb: string
  readonly actor: string
  readonly reason: string
  readonly step: string | null
}

export interface Call {
  /** The id of the invoke. */
  readonly invoke: string
  readonly from: string
  /** Null while it is open. */
  to: string | null
  /** `left`: the saga went on while it was open. `by hand`: a person said how it ended. */
  outcome: 'open' | 'done' | 'failed' | 'left' | 'by hand'
  failure: Failure | null
  deed: Deed | null
}

export interface Story {
  /** In the order in which they were made. */
  readonly calls: readonly Call[]
  readonly deeds: readonly Deed[]
}

const ENDED = /^xstate\.(done|error)\.actor\.(.*)$/
const VERB = /^skald\.(.*)$/

export function storyOf(transitions: readonly Transition[]): Story {
  const calls: Call[] = []
  const deeds: Deed[] = []
  const open = new Map<string, Call>()
  for (const transition of transitions) {
    // Nested machines have calls of their own: the saga's journal shows them as one.
    if (transition.actor !== null) continue
    const { event, at } = transition
    const deed = deedOf(event, at)
    if (deed !== null) deeds.push(deed)
    if (deed?.verb === 'skip' || deed?.verb === 'complete') endByHand(deed, calls, open)
    else endByEvent(event, at, open)
    const now = openIn(transition.snapshot)
    for (const [invoke, call] of open) {
      if (now.has(invoke)) continue
      Object.assign(call, { to: at, outcome: 'left', deed })
      open.delete(invoke)
    }
    for (const invoke of now) {
      if (open.has(invoke)) continue
      const call: Call = { invoke, from: at, to: null, outcome: 'open', failure: null, deed: null }
      calls.push(call)
      open.set(invoke, call)
    }
  }
  return { calls, deeds }
}

function endByEvent(event: Transition['event'], at: string, open: Map<string, Call>): void {
  const [, how, ending = ''] = ENDED.exec(event.type) ?? []
  const invoke = typeof event['actorId'] === 'string' ? event['actorId'] : ending
  const call = open.get(invoke)
  if (call === undefined) return
  open.delete(invoke)
  Object.assign(call, { to: at, outcome: how === 'done' ? 'done' : 'failed', failure: failureIn(event) })
}

/** The call that is open; or the last one, which parked the saga. */
function endByHand(deed: Deed, calls: Call[], open: Map<string, Call>): void {
  const isMeant = ({ invoke }: Call) => deed.step === null || invoke.endsWith(deed.step)
  const call = [...open.values()].find(isMeant) ?? calls.findLast(isMeant)
  if (call === undefined) return
  open.delete(call.invoke)
  Object.assign(call, { to: deed.at, outcome: 'by hand', deed })
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')

function deedOf(event: Transition['event'], at: string): Deed | null {
  const [, verb] = VERB.exec(event.type) ?? []
  if (verb === undefined) return null
  const { actor, reason, step } = event
  return { at, verb, actor: text(actor), reason: text(reason), step: text(step) || null }
}

function failureIn({ error }: Transition['event']): Failure | null {
  if (typeof error !== 'object' || error === null) return null
  const { code, message, step, inDoubt } = error as Partial<Record<keyof Failure, unknown>>
  return {
    code: text(code),
    message: text(message),
    step: text(step),
    inDoubt: inDoubt === true,
  }
}

/** Ids of the invokes whose actor runs in a stored snapshot. */
function openIn(snapshot: unknown): Set<string> {
  const { children } = (snapshot ?? {}) as { children?: Record<string, { snapshot?: { status?: unknown } }> }
  const running = Object.entries(children ?? {}).filter(([, child]) => child.snapshot?.status === 'active')
  return new Set(running.map(([id]) => id))
}
