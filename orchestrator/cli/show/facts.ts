// What is told of one saga around its drawing. Pure but for colours.
import type { Deed } from '../../story/story.ts'
import { durationOf } from '../../story/duration-words.ts'
import { cut } from '../terminal/cut.ts'
import wrapAnsi from 'wrap-ansi'
import type { BusinessEvent, PossibleVerb, Saga, Transition } from '../client/answers.ts'
import { plain } from '../terminal/plain.ts'
import { paint } from '../terminal/screen.ts'
import { painted } from '../terminal/statuses.ts'
import { ageOf, clockOf, timeOf } from '../terminal/times.ts'
import { wordsOf } from './words.ts'

export function headOf(saga: Saga, width: number, now: number): string[] {
  const { saga_id, machine, version, status, created_at, updated_at, seq } = saga
  const isOver = status === 'done' || status === 'failed'
  const took = durationOf((isOver ? Date.parse(updated_at) : now) - Date.parse(created_at))
  const told = [
    `begun ${clockOf(created_at)}, ${ageOf(created_at, now)} ago`,
    isOver ? `took ${took}` : '',
    `${seq + 1} transitions`,
  ].filter(Boolean)
  return [
    `${painted(status)}  ${paint('bold', plain(saga_id))}  ${plain(machine)}@${plain(version)}`,
    ...wrapped([paint('dim', told.join(' · '))], width),
    ...wrapped([paint('dim', membersOf(saga.input))], width).slice(0, INPUT_LINES_MAX),
  ]
}

/** `a 1 · b 2`; the id of the saga itself says nothing new. */
function membersOf(input: unknown): string {
  if (typeof input !== 'object' || input === null) return plain(input)
  const members = Object.entries(input).filter(([name]) => name !== 'saga_id')
  return members.map(([name, value]) => `${plain(name)} ${plain(value)}`).join(' · ')
}

export interface Told {
  readonly saga: Saga
  readonly events: readonly BusinessEvent[]
  readonly deeds: readonly Deed[]
  readonly now: number
}

export function factsOf({ saga, events, deeds, now }: Told, width: number): string[] {
  const sections: [string, string[]][] = [
    [saga.status === 'running' || saga.status === 'done' ? 'Trouble' : 'Why', whyOf(saga)],
    ['Parked', parkedOf(saga, now)],
    ['Told', events.length === 0 ? [] : [events.map(({ type }) => plain(type)).join(' → ')]],
    ['By hand', deeds.map(deedOf)],
  ]
  const room = width - LABEL
  const told = sections.flatMap(([label, lines]) =>
    wrapped(lines, room).map((line, index) => paint('dim', (index === 0 ? label : '').padEnd(LABEL)) + line),
  )
  const can = verbsOf(saga, width)
  return [...told, ...(can.length === 0 ? [] : ['', paint('bold', 'What you can do'), ...can])]
}

const LABEL = 10

const wrapped = (lines: readonly string[], width: number) =>
  lines
    .filter((line) => line !== '')
    .flatMap((line) => wrapAnsi(line, Math.max(10, width), { hard: true }).split('\n'))

/** Of an input: an order of a hundred lines is not for the head. */
const INPUT_LINES_MAX = 4

function whyOf({ last_error, undone, status }: Saga): string[] {
  const lines: string[] = []
  if (typeof last_error === 'object' && last_error !== null) {
    const { step, code, message } = last_error as Readonly<Record<string, unknown>>
    const where = step === undefined || step === '' || step === null ? '' : `${plain(step)}: `
    lines.push(`${where}${plain(message ?? '')} ${paint('dim', `(${plain(code ?? '')})`)}`)
  }
  if (status === 'failed' && undone === false)
    lines.push(paint(['red', 'bold'], 'It was given up: what it had begun is not undone.'))
  return lines
}

function parkedOf({ parked, status }: Saga, now: number): string[] {
  if (status !== 'parked' || parked === null || parked === undefined) return []
  const { step, tries, reason, code, answer, by, next_try_at } = parked
  const where = step === null || step === undefined ? 'by the engine' : `in ${plain(step)}`
  const often = tries === null || tries === undefined ? '' : `, ${tries} ${tries === 1 ? 'try' : 'tries'}`
  const shown = answer ?? null
  return [
    `${by === 'engine' ? 'by the engine' : where}${often}${next_try_at ? `, ${nextOf(next_try_at, now)}` : ', until a person says how it goes on'}`,
    `${plain(reason ?? '')} ${paint('dim', `(${plain(code ?? '')})`)}`,
    ...(shown === null ? [] : [`the last answer: ${parked.status ?? ''} ${plain(shown)}`]),
  ]
}

function nextOf(instant: string, now: number): string {
  const ms = Date.parse(instant) - now
  return ms <= 0 ? 'tries again now' : `tries again in ${durationOf(ms)} (${timeOf(instant)})`
}

function deedOf({ at, verb, actor, reason, step }: Deed): string {
  const what = step === null ? plain(verb) : `${plain(verb)} ${plain(step)}`
  return `${clockOf(new Date(at).toISOString())}  ${plain(actor)}  ${paint('bold', what)}: ${plain(reason)}`
}

const MEANS: Readonly<Record<string, string>> = {
  retry: 'try again now',
  skip: 'this compensation was done by hand',
  complete: 'this step was done: its result was looked up',
  compensate: 'stop, and undo what was begun',
  cancel: 'the same, for the caller',
  abandon: 'give up: it ends failed, and is not undone',
}

/** Lines to copy, one for each verb, and for each step where there are several. */
function verbsOf({ saga_id, verbs = [] }: Saga, width: number): string[] {
  const lines = verbs.flatMap((possible) =>
    commandsOf(plain(saga_id), possible).map((command) => [command, MEANS[possible.verb] ?? ''] as const),
  )
  return lines.flatMap(([command, means]) => [
    `  ${command}`,
    ...wrapped([means], width - 6).map((line) => paint('dim', `      ${line}`)),
  ])
}

function commandsOf(sagaId: string, { verb, steps }: PossibleVerb): string[] {
  const line = (step: string) => {
    const about = step === '' || steps.length < 2 ? '' : ` --step ${plain(step)}`
    const output = verb === 'complete' ? ` --output '{…}'` : ''
    return `skald ${plain(verb)} ${sagaId}${about}${output} --reason '…'`
  }
  const isAboutSteps = verb === 'skip' || verb === 'complete'
  return isAboutSteps && steps.length > 0 ? steps.map(line) : [line('')]
}

/** The journal as a list: for charts without rails, and for those who want all of it. */
export function journalOf(transitions: readonly Transition[], width: number): string[] {
  const begun = Date.parse(transitions[0]?.at ?? '')
  const rows = transitions.map(({ seq, at, event, state, actor }) => {
    const offset = `+${durationOf(Date.parse(at) - begun)}`
    const who = actor === null ? '' : ` (${plain(actor)})`
    return `${String(seq).padStart(4)}  ${offset.padStart(12)}  ${wordsOf(event)}${who} → ${plain(state)}`
  })
  return rows.map((row) => cut(row, width))
}
