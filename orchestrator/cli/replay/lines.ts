// One transition that was told again, as lines of a screen; and the verdict. Pure but for colours.
import cliTruncate from 'cli-truncate'
import stringWidth from 'string-width'
import type { Change } from '../../engine/replay/changes.ts'
import type { Effects } from '../../engine/replay/effects.ts'
import type { Retold } from '../../engine/replay/replay.ts'
import { durationOf } from '../../story/duration-words.ts'
import { plain } from '../terminal/plain.ts'
import { paint, type Style } from '../terminal/screen.ts'
import { painted } from '../terminal/statuses.ts'
import { clockOf } from '../terminal/times.ts'
import { isSameChart, statesSeen, type ChartChanges } from './chart-changes.ts'
import type { Told, Verdict } from './told.ts'
import { callWords, changeWords, timerWords, valueOf, wordsOf } from './words.ts'

export interface Screen {
  readonly width: number
  /** When the saga began, in milliseconds since the epoch. */
  readonly startedAt: number
  /** How many columns the longest number of a transition takes. */
  readonly seqWidth: number
}

export function screenOf({ file }: Pick<Told, 'file'>, width: number): Screen {
  const [first] = file.transitions
  const seqWidth = Math.max(2, String(file.saga.seq).length)
  return { width, seqWidth, startedAt: first === undefined ? 0 : Date.parse(first.at) }
}

export function headLines({ file, against }: Told, width: number): string[] {
  const { saga, transitions } = file
  const took = Date.parse(transitions.at(-1)?.at ?? '') - Date.parse(transitions[0]?.at ?? '')
  const count = `${transitions.length} ${transitions.length === 1 ? 'transition' : 'transitions'}`
  const by = against === undefined ? [] : [`told by ${plain(against.name)} instead`]
  const facts = [
    painted(saga.status),
    `${plain(saga.machine)}@${plain(saga.version)}`,
    count,
    ...(took > 0 ? [durationOf(took)] : []),
    clockOf(saga.created_at),
    ...by,
  ]
  return [cut(paint('bold', plain(saga.saga_id)), width), ...wrapped(facts, width), '']
}

/** Joined by two spaces, on as many lines as it takes. */
function wrapped(parts: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const line = lines.at(-1)
    if (line !== undefined && stringWidth(line) + 2 + stringWidth(part) <= width) {
      lines[lines.length - 1] = `${line}  ${part}`
    } else lines.push(cut(part, width))
  }
  return lines
}

const MARKS: Readonly<Record<Retold['outcome'], readonly [string, Style]>> = {
  same: ['✓', 'green'],
  within: ['·', 'dim'],
  untold: ['?', 'yellow'],
  differs: ['✗', 'red'],
}

/** Its number, when, what happened, and where that led. */
export function transitionLine(retold: Retold, { width, seqWidth, startedAt }: Screen): string[] {
  const { row, from, to, outcome } = retold
  const [mark, style] = MARKS[outcome]
  const { name, detail, isFailure } = wordsOf(row)
  const since = `+${durationOf(row.at - startedAt)}`.padStart(9)
  const head = `${paint('dim', String(row.seq).padStart(seqWidth))} ${paint(style, mark)} ${paint('dim', since)}  ${paint('bold', name)}`
  const way = wayOf(from, to)
  const gap = Math.max(2, 44 - stringWidth(head))
  const line = way === '' ? head : `${head}${' '.repeat(gap)}${way}`
  const indent = ' '.repeat(seqWidth + 3)
  const lines =
    stringWidth(line) <= width
      ? [line]
      : [cut(head, width), ...(way === '' ? [] : [cut(indent + way, width)])]
  return [
    ...lines,
    ...(detail === '' ? [] : [cut(`${indent}${paint(isFailure ? 'red' : 'dim', detail)}`, width)]),
  ]
}

function wayOf(from: string | null, to: string | null): string {
  if (to === null) return ''
  if (from === to) return paint('dim', `stays in ${plain(to)}`)
  const led = `${paint('dim', '→')} ${paint('cyan', plain(to))}`
  return from === null ? led : `${paint('dim', plain(from))} ${led}`
}

/** What it announced, and what changed in the context. */
export function effectLines({ effects, changes, row }: Retold, { width, seqWidth }: Screen): string[] {
  const indent = ' '.repeat(seqWidth + 3)
  return [...announced(effects, row.at), ...contextLines(changes)].map((line) => cut(indent + line, width))
}

function announced({ begun, aborted, armed, cancelled, emitted }: Effects, at: number): string[] {
  return [
    ...aborted.map((call) => `${paint('red', '×')} stops ${plain(call.step)} at ${plain(call.participant)}`),
    ...begun.flatMap((call) => [
      `${call.undo ? paint('yellow', '◂') : paint('blue', '▸')} ${callWords(call)}`,
      paint('dim', `  key ${plain(call.key)}  input ${valueOf(call.input)}`),
    ]),
    ...cancelled.map(({ timer }) => `${paint('dim', '◔')} drops ${timerWords(timer)}`),
    ...armed.map(
      ({ timer, dueAt }) =>
        `${paint('magenta', '◔')} waits ${durationOf(dueAt - at)} (${timerWords(timer)}), to ${clockOf(new Date(dueAt).toISOString())}`,
    ),
    ...emitted.map(({ type, ...payload }) => {
      const told = Object.keys(payload).length === 0 ? '' : ` ${paint('dim', valueOf(payload))}`
      return `${paint('green', '•')} tells ${plain(type)}${told}`
    }),
  ]
}

function contextLines(changes: readonly Change[]): string[] {
  return changes.map((change) => `${paint('dim', '±')} ${paint('dim', changeWords(change))}`)
}

export function verdictLines({ against, file, chart }: Told, verdict: Verdict, width: number): string[] {
  const { kind, told, difference, missing } = verdict
  const by = against === undefined ? '' : ` by ${plain(against.name)}`
  const count = `${told} ${told === 1 ? 'transition' : 'transitions'}`
  switch (kind) {
    case 'identical':
      return [
        paint(['green', 'bold'], '✓ identical') +
          `: ${count} told again${by}, each as it was recorded${inSight(file)}.`,
        ...chartLines(chart, file.transitions, width),
      ]
    case 'untold':
      if (missing.length === 0) return [outOfSight(file, verdict)]
      return [
        paint(['yellow', 'bold'], '? untold') +
          `: ${missing.map(plain).join(', ')} is not here, so its part could not be told; ${told === 0 ? 'nothing else is there' : `the other ${count} are as they were recorded`}.`,
      ]
    case 'differs': {
      if (difference === null) return []
      const { seq, event, reason, changes } = difference
      const at = event === '' ? '' : ` at ${seq} (${wordsOf({ event: { type: event }, actor: null }).name})`
      return [
        paint(['red', 'bold'], '✗ differs') + `${at}${by}: ${plain(reason)}`,
        ...changes.flatMap((change) => differenceLines(change, width)),
      ]
    }
  }
}

/** What is out of sight on both sides is equal on both sides, and was not compared. */
function inSight({ redacted = [] }: Told['file']): string {
  return redacted.length === 0
    ? ''
    : `, but for what is out of sight here (REDACT: ${redacted.map(plain).join(', ')})`
}

function outOfSight({ redacted = [] }: Told['file'], { told }: Verdict): string {
  const where = told === 0 ? 'it can not be told' : `it can not be told from transition ${told - 1} on`
  const what = `${redacted.map(plain).join(', ')} of this saga is out of sight here (REDACT)`
  return `${paint(['yellow', 'bold'], '? untold')}: ${what}, and without it ${where}; the inspector of the server that has it can.`
}

function differenceLines({ path, before, after }: Change, width: number): string[] {
  return [
    cut(`    ${plain(path)}`, width),
    cut(`      ${paint('dim', 'recorded')}  ${paint('green', valueOf(before))}`, width),
    cut(`      ${paint('dim', 'replayed')}  ${paint('red', valueOf(after))}`, width),
  ]
}

/** What the replay could not see, for the saga was never there. */
function chartLines(
  chart: ChartChanges | null,
  transitions: readonly { readonly snapshot: unknown }[],
  width: number,
): string[] {
  if (chart === null || isSameChart(chart)) return []
  const seen = statesSeen(transitions.map(({ snapshot }) => snapshot))
  const told = (mark: string, names: readonly string[]) =>
    names.map((name) =>
      cut(`    ${mark} ${plain(name)}${seen.has(name) ? paint('dim', '  (it was there)') : ''}`, width),
    )
  return [
    '  The chart is another one, but it leads this saga the same way:',
    ...told('+', chart.added),
    ...told('-', chart.removed),
    ...told('±', chart.changed),
  ]
}

const cut = (text: string, width: number) => (Number.isFinite(width) ? cliTruncate(text, width) : text)
