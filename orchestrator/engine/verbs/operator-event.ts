/** The words of an operator: what a person may do to one saga, and the events in the journal that tell of it. Pure. */
import type { AnyEventObject } from 'xstate'
import type { Problem } from '../ports.ts'

/**
 * What a person may do to a saga where it stands. `retry`: now, not at the next automatic try. `skip`: a compensation
 * that somebody did by hand. `complete`: a step whose result somebody looked up. `compensate`, `cancel`: stop, and undo
 * what was begun. `abandon`: give up; it ends failed, and not undone.
 */
export const VERBS = ['retry', 'skip', 'complete', 'compensate', 'cancel', 'abandon'] as const
export type Verb = (typeof VERBS)[number]

/** Nobody but the API may send these: it has asked who, and why. */
const PREFIX = 'skald.'

interface ByOperator {
  /** Who did it. */
  readonly actor: string
  /** Why, in that person's words. */
  readonly reason: string
}

/** As the journal has it. The chart sees it, if it listens, as RETRY, COMPENSATE or CANCEL with `actor` and `reason`. */
export interface VerbEvent extends ByOperator {
  readonly type: `skald.${Verb}`
  /** The step that it is about: `skip`, `complete` and `retry` with an input do nothing without it. */
  readonly step?: string
  /** Of `retry`: what the step is called with instead. */
  readonly input?: unknown
  /** Of `complete` and `skip`: what the step would have answered. */
  readonly output?: unknown
  /** Set by the engine, if it was the engine that had parked the saga. */
  readonly problem?: Problem
}

/** Moves a saga to another version of its machine. */
export interface MigrateEvent extends ByOperator {
  readonly type: 'skald.migrate'
  /** Nothing is moved that runs on another by then. */
  readonly from: string
  readonly to: string
}

export type OperatorEvent = VerbEvent | MigrateEvent

const TYPES: ReadonlySet<string> = new Set([...VERBS, 'migrate'].map((verb) => PREFIX + verb))

export function isOperatorEvent(event: { readonly type: string }): event is OperatorEvent {
  return TYPES.has(event.type)
}

/** Of Skald itself, and of nobody else to send: also those that only a later version knows. */
export function isOperatorsType(type: string): boolean {
  return type.startsWith(PREFIX)
}

/** XState takes any object with a type. */
export const asEvent = (event: OperatorEvent): AnyEventObject => ({ ...event })
