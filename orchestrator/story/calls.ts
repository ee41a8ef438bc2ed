/**
 * The calls that a journal tells of, and what people did to it. Pure, and of any chart: a call is open for as long as
 * the snapshots have its actor.
 */
import { callIn, type KnownChart } from './known-chart.ts'
import type { JournalLine } from './journal-line.ts'
import { text } from './words.ts'

export interface Failure {
  readonly code: string
  readonly message: string
  readonly step: string
  /** Of the last answer, if there was any. */
  readonly status: number | null
  readonly inDoubt: boolean
}

/** What a person did. */
export interface Deed {
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly verb: string
  readonly actor: string
  readonly reason: string
  readonly step: string | null
}

export interface Call {
  /** The id of the invoke. */
  readonly invoke: string
  /** Id of the state in the chart; null without a chart. */
  readonly state: string | null
  /** As the chart names it; without a chart, by the names that the charts of this house use. */
  readonly step: string
  readonly participant: string | null
  readonly isCompensation: boolean
  /** Which of its calls in a row, from 1: one that did not succeed is followed by the next try. One `by hand` is no try. */
  readonly tryNumber: number
  /** Of the transition that began it. */
  readonly fromSeq: number
  /** Of the one that ended it; null while it is open. */
  toSeq: number | null
  /** Milliseconds since the epoch. */
  readonly from: number
  /** Null while it is open. */
  to: number | null
  /** `left`: the saga went on while it was open. `by hand`: a person said how it ended. */
  outcome: 'open' | 'done' | 'failed' | 'left' | 'by hand'
  failure: Failure | null
  deed: Deed | null
}

export interface Calls {
  /** In the order in which they were made. */
  readonly calls: readonly Call[]
  readonly deeds: readonly Deed[]
}

export type ChartOf = (version: string) => KnownChart | undefined

const ENDED = /^xstate\.(done|error)\.actor\.(.*)$/
const VERB = /^skald\.(.*)$/

export function callsOf(lines: readonly JournalLine[], chartOf: ChartOf): Calls {
  const teller = new Teller(chartOf)
  // Nested machines have calls of their own: the saga's journal shows them as one.
  for (const line of lines) if (line.actor === null) teller.hear(line)
  return teller
}

class Teller implements Calls {
  readonly calls: Call[] = []
  readonly deeds: Deed[] = []
  readonly #chartOf: ChartOf
  readonly #open = new Map<string, Call>()
  /** Of each invoke. */
  readonly #last = new Map<string, Call>()

  constructor(chartOf: ChartOf) {
    this.#chartOf = chartOf
  }

  hear(line: JournalLine): void {
    const deed = deedOf(line)
    if (deed !== null) this.deeds.push(deed)
    if (deed?.verb === 'skip' || deed?.verb === 'complete') this.#endByHand(deed)
    else this.#endByEvent(line)
    const now = new Set(line.open)
    for (const [invoke, call] of this.#open) {
      if (now.has(invoke)) continue
      this.#end(call, { to: line.at, toSeq: line.seq, outcome: 'left', deed })
    }
    for (const invoke of now) if (!this.#open.has(invoke)) this.#begin(invoke, line)
  }

  #begin(invoke: string, { seq, at, active, version }: JournalLine): void {
    const placed = callIn(this.#chartOf(version), invoke, active)
    const before = this.#last.get(invoke)
    const isAgain = before?.outcome === 'failed' || before?.outcome === 'left'
    const call: Call = {
      invoke,
      state: placed?.state ?? null,
      step: placed?.step ?? withoutUndo(invoke),
      participant: placed?.participant ?? null,
      isCompensation: placed?.isCompensation ?? invoke.startsWith(UNDO),
      tryNumber: isAgain ? before.tryNumber + 1 : 1,
      fromSeq: seq,
      toSeq: null,
      from: at,
      to: null,
      outcome: 'open',
      failure: null,
      deed: null,
    }
    this.calls.push(call)
    this.#open.set(invoke, call)
    this.#last.set(invoke, call)
  }

  #end(call: Call, how: Partial<Call>): void {
    this.#open.delete(call.invoke)
    Object.assign(call, how)
  }

  #endByEvent({ event, seq, at }: JournalLine): void {
    const [, how, ending = ''] = ENDED.exec(event.type) ?? []
    const invoke = typeof event['actorId'] === 'string' ? event['actorId'] : ending
    const call = this.#open.get(invoke)
    if (how === undefined || call === undefined) return
    const outcome = how === 'done' ? 'done' : 'failed'
    this.#end(call, { to: at, toSeq: seq, outcome, failure: failureIn(event) })
  }

  /** The call that is open; or one that was never made, behind the one that parked the saga. */
  #endByHand(deed: Deed): void {
    const isUndo = deed.verb === 'skip'
    const isMeant = ({ step, invoke, isCompensation }: Call) =>
      isCompensation === isUndo && (deed.step === null || [step, lastName(invoke)].includes(deed.step))
    const { at: to, seq: toSeq } = deed
    const how = { to, toSeq, outcome: 'by hand', deed } as const
    const open = [...this.#open.values()].find(isMeant)
    if (open !== undefined) return this.#end(open, how)
    const last = this.calls.findLast(isMeant)
    if (last === undefined) return
    const call = { ...last, ...how, from: to, fromSeq: toSeq, failure: null }
    this.calls.push(call)
    this.#last.set(call.invoke, call)
  }
}

const UNDO = 'undo-'
const withoutUndo = (invoke: string) => (invoke.startsWith(UNDO) ? invoke.slice(UNDO.length) : invoke)

/** Of an invoke that its chart gave no id: `lock` of `0.commande.doing.lock`. */
const lastName = (invoke: string) => invoke.slice(invoke.lastIndexOf('.') + 1)

export function deedOf({ event, seq, at }: JournalLine): Deed | null {
  const [, verb] = VERB.exec(event.type) ?? []
  if (verb === undefined) return null
  const { actor, reason, step } = event
  return { seq, at, verb, actor: text(actor), reason: text(reason), step: text(step) || null }
}

export function failureIn({ error }: JournalLine['event']): Failure | null {
  if (typeof error !== 'object' || error === null) return null
  const { code, message, step, status, inDoubt } = error as Partial<Record<keyof Failure, unknown>>
  return {
    code: text(code),
    message: text(message),
    step: text(step),
    status: typeof status === 'number' ? status : null,
    inDoubt: inDoubt === true,
  }
}
