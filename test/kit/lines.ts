// Lines of a journal as tests make them up, with the chart of the newest commande.
import { definitionOf } from '../../machines/lock.ts'
import { machines } from '../../machines/registry.ts'
import { chartOf } from '../../orchestrator/chart/chart-of.ts'
import { journalLines } from '../../orchestrator/story/journal-lines.ts'
import { storyOf, type Story } from '../../orchestrator/story/story.ts'
import type { JournalLine } from '../../orchestrator/story/journal-line.ts'

/** Each: milliseconds after the one before, the event, where it led, and the ids of the calls that are open there. */
type Told = readonly [ms: number, event: object, state: string, ...open: string[]]

export const BEGUN = Date.parse('2026-11-22T03:00:00Z')

export function linesOf(...told: readonly Told[]): JournalLine[] {
  let at = BEGUN
  const rows = told.map(([ms, event, state, ...open], seq) => {
    at += ms
    const children = Object.fromEntries(open.map((id) => [id, { snapshot: { status: 'active' } }]))
    return { seq, actor: null, timer: null, event, at, state, snapshot: { value: valueOf(state), children } }
  })
  return journalLines(rows, '2')
}

function valueOf(state: string): unknown {
  const [name = '', ...rest] = state.split('.')
  return rest.length === 0 ? name : { [name]: valueOf(rest.join('.')) }
}

const charts = machines
  .filter(({ machine }) => machine.version === '2')
  .map(({ machine }) => chartOf(definitionOf(machine)))

export const tell = (...told: readonly Told[]): Story => storyOf(linesOf(...told), charts)

export const init = { type: 'xstate.init' }
export const done = (id: string) => ({ type: `xstate.done.actor.${id}`, actorId: id })

export function failed(id: string, more: object = {}) {
  const error = { code: 'TIMEOUT', message: 'no answer', step: id, inDoubt: true, ...more }
  return { type: `xstate.error.actor.${id}`, actorId: id, error }
}

export const by = (verb: string, more: object = {}) => ({
  type: `skald.${verb}`,
  actor: 'ada',
  reason: 'by phone',
  ...more,
})
