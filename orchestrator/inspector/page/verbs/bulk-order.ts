/** What somebody wrote into the form of a bulk: what is wrong with it, and what of it is sent. Pure. */
import type { Static } from 'typebox'
import type { BulkList, BulkSagas, BulkView, DryRunView } from '../../../api/bulk-schemas.ts'
import type { Filter } from '../list/filter.ts'
import { jsonFault } from './values.ts'
import type { AnyVerb } from './verb-list.ts'

export type Bulk = Static<typeof BulkView>
export type BulkTrial = Static<typeof DryRunView>
export type BulkPage = Static<typeof BulkList>
export type BulkSagasPage = Static<typeof BulkSagas>
export type Outcome = BulkSagasPage['sagas'][number]['outcome']

const RATE_MAX = 1_000

export interface BulkOrder {
  readonly verb: AnyVerb
  readonly actor: string
  readonly reason: string
  /** '' for whichever it is about. */
  readonly step: string
  /** '' for none. */
  readonly json: string
  readonly to: string
  /** Sagas a second, as it was written. */
  readonly rate: string
}

export type OrderFaults = Readonly<Partial<Record<keyof BulkOrder, string>>>

/** What is likeliest for sagas that are like that. */
export const likeliestFor = ({ status }: Filter): AnyVerb =>
  status === undefined || status === 'parked' ? 'retry' : 'compensate'

/** What the verb calls its data; null for one that takes none. */
export function bulkDataOf(verb: AnyVerb): 'input' | 'output' | null {
  if (verb === 'retry') return 'input'
  return verb === 'complete' || verb === 'skip' ? 'output' : null
}

export function orderFaults({ verb, actor, reason, json, to, rate }: BulkOrder): OrderFaults {
  const data = bulkDataOf(verb) === null ? undefined : jsonFault(json, verb)
  const isRate = /^\d+$/.test(rate.trim()) && Number(rate) >= 1 && Number(rate) <= RATE_MAX
  return {
    ...(actor.trim() === '' && { actor: 'Say who you are: it stays in the journal of each.' }),
    ...(reason.trim() === '' && { reason: 'Say why: somebody will want to know.' }),
    ...(data !== undefined && { json: data }),
    ...(verb === 'migrate' && to === '' && { to: 'Choose the version.' }),
    ...(!isRate && { rate: `A whole number from 1 to ${RATE_MAX}.` }),
  }
}

/** As the API takes it; of an order without a fault. */
export function orderBody(order: BulkOrder, filter: Filter): object {
  const { verb, actor, reason, step, json, to, rate } = order
  const data = bulkDataOf(verb)
  return {
    verb,
    filter: Object.keys(filter).length === 0 ? { all: true } : filter,
    actor: actor.trim(),
    reason: reason.trim(),
    rate: Number(rate),
    ...(verb !== 'migrate' && step.trim() !== '' && { step: step.trim() }),
    ...(data !== null && json.trim() !== '' && { [data]: JSON.parse(json) as unknown }),
    ...(verb === 'migrate' && { to }),
  }
}

/** Looked at so far: no saga is looked at twice. */
export const seenOf = ({ applied, ignored, unknown, refused, pending }: Bulk): number =>
  applied + ignored + unknown + refused + pending

/** What went wrong comes first: what was done needs nobody. */
export const OUTCOMES: readonly { readonly outcome: Outcome; readonly label: string }[] = [
  { outcome: 'refused', label: 'refused' },
  { outcome: 'ignored', label: 'too late' },
  { outcome: 'unknown', label: 'gone' },
  { outcome: 'pending', label: 'under way' },
  { outcome: 'applied', label: 'done' },
]

/** Whether anything of it may still change. */
export const isMoving = ({ status, pending }: Bulk): boolean => status === 'running' || pending > 0

export function filterWords(filter: unknown): string {
  const members = Object.entries(Object(filter) as Readonly<Record<string, unknown>>)
  if (members.length === 0 || members.some(([name]) => name === 'all')) return 'all sagas'
  return members.map(([name, value]) => `${name.replace('_', ' ')} ${String(value)}`).join(' · ')
}
