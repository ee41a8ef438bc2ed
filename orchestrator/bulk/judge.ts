/**
 * What a bulk may ask of a saga where it stands: what the door says to the same verb for this saga alone, told before
 * anything is sent. By the time that it comes, its owner decides. Pure.
 */
import type { Versions } from '../engine/versions.ts'
import type { Candidate, Judgement } from '../store/bulk-page.ts'
import type { BulkOrder } from '../store/bulk-record.ts'
import { judgeMigration, judgeVerb } from '../verbs/door.ts'

export function judge(versions: Versions, order: BulkOrder, saga: Candidate): Judgement {
  const { verb, actor, reason, details } = order
  const { to = '', step, input, output } = details
  const request = {
    actor,
    reason,
    ...(step !== undefined && { step }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
  }
  const verdict =
    verb === 'migrate'
      ? judgeMigration(versions, saga, { actor, reason, to })
      : judgeVerb(versions, saga, verb, request)
  if ('refusal' in verdict) return { kind: 'refused', why: storable(verdict.refusal.detail) }
  return { kind: 'allowed', event: verdict.event }
}

/** A migration may throw any text; one that Postgres can't keep would hold up the whole page for ever. */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '')
