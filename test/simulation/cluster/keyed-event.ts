/** What callers and operators send. */
import type { Verb } from '../../../orchestrator/engine/verbs/operator-event.ts'

export interface KeyedEvent {
  readonly type: string
  /** That of the request, so that the row of the journal tells which it was. */
  readonly key: string
  readonly [member: string]: unknown
}

/** `details` are what it has beside its type, its key, and who and why. */
export function verbEvent(
  verb: Verb | 'migrate',
  key: string,
  details: Readonly<Record<string, unknown>> = {},
): KeyedEvent {
  return { type: `skald.${verb}`, key, actor: 'o', reason: `because of ${key}`, ...details }
}
