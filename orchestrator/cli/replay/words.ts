// What replay says of an event, an effect and a value, in words. Pure, and harmless on a terminal.
import type { Change } from '../../engine/replay/changes.ts'
import type { Call } from '../../engine/replay/effects.ts'
import type { JournalRow } from '../../engine/replay/journal-row.ts'
import { plain } from '../terminal/plain.ts'

/** What happened, and what is known about it. */
export interface EventWords {
  readonly name: string
  readonly detail: string
  readonly isFailure?: boolean
}

const ENDED = /^xstate\.(done|error)\.actor\.(.*)$/
const AFTER = /^xstate\.after\.([^.]+)\.(.+)$/

export function wordsOf({ event, actor }: Pick<JournalRow, 'event' | 'actor'>): EventWords {
  const words = ownWords(event)
  return actor === null ? words : { ...words, name: `${plain(actor)}: ${words.name}` }
}

function ownWords(event: JournalRow['event']): EventWords {
  const { type, ...members } = event as { type: string } & Record<string, unknown>
  if (type === 'xstate.init') return { name: 'start', detail: '' }
  const [, end, invoke = ''] = ENDED.exec(type) ?? []
  if (end === 'done') return { name: `${plain(invoke)} done`, detail: '' }
  if (end === 'error')
    return { name: `${plain(invoke)} failed`, detail: failureOf(members['error']), isFailure: true }
  const [, delay] = AFTER.exec(type) ?? []
  if (delay !== undefined)
    return { name: `after ${/^\d+$/.test(delay) ? `${delay} ms` : plain(delay)}`, detail: '' }
  if (type.startsWith('skald.')) return verbWords(type.slice('skald.'.length), members)
  return { name: plain(type), detail: Object.keys(members).length === 0 ? '' : plain(members) }
}

function failureOf(error: unknown): string {
  const { code, message, status } = Object(error) as { code?: unknown; message?: unknown; status?: unknown }
  if (code === undefined && message === undefined) return plain(error)
  const answer = status === undefined ? '' : ` (${plain(status)})`
  return `${plain(code ?? '')}${answer} ${plain(message ?? '')}`.trim()
}

function verbWords(verb: string, members: Record<string, unknown>): EventWords {
  const { actor, reason, step, from, to } = members
  const way = to === undefined ? '' : ` ${plain(from)} → ${plain(to)}`
  const about = step === undefined ? '' : ` ${plain(step)}`
  return { name: `${plain(verb)}${about}${way}`, detail: `by ${plain(actor ?? '?')}: ${plain(reason ?? '')}` }
}

export function callWords({ step, undo, participant, request }: Call): string {
  const what = undo ? `undoes ${plain(step)}` : `calls ${plain(step)}`
  const at = request === undefined ? '' : `  ${request.method} ${plain(request.path)}`
  return `${what} at ${plain(participant)}${at}`
}

/** Timers of the chart are named by their delay and state, those of the engine by anything. */
export function timerWords(timer: string): string {
  const [, delay, state] = AFTER.exec(timer) ?? []
  if (delay === undefined) return plain(timer)
  const name = /^\d+$/.test(delay) ? `${delay} ms` : plain(delay)
  return `${name} in ${plain(state)}`
}

export function changeWords({ path, before, after }: Change): string {
  if (before === undefined) return `${plain(path)} = ${valueOf(after)}`
  if (after === undefined) return `${plain(path)} gone, was ${valueOf(before)}`
  return `${plain(path)}: ${valueOf(before)} → ${valueOf(after)}`
}

export const valueOf = (value: unknown) => (value === undefined ? 'nothing' : plain(JSON.stringify(value)))
