/** One line of a sequence diagram: a call, its answer, or what happened to the saga itself. */
import type { ComponentChildren } from 'preact'
import { durationOf } from '../format/format.ts'
import { GlyphPath } from '../icon/icon.tsx'
import type { GlyphName } from '../icon/glyphs.ts'
import type { SequenceEntry } from '../../../story/sequence.ts'
import { failureWords, lookOf, nameOf } from './call-words.ts'
import type { Choice } from './choice.ts'
import type { SequenceRow } from './sequence-rows.ts'
import { cutTo } from './text-cut.ts'

export interface Columns {
  /** Where the lifeline of the saga is. */
  readonly first: number
  readonly apart: number
  readonly width: number
}

interface EntryProps {
  readonly row: Extract<SequenceRow, { readonly kind: 'entry' }>
  readonly columns: Columns
  readonly isAt: boolean
  readonly option: ReturnType<Choice['option']>
}

export function EntryView({ row: { entry, y, isLater }, columns, isAt, option }: EntryProps) {
  const told = wordsOf(entry)
  const classes = [
    'sequence-entry',
    `is-${entry.kind}`,
    ...(entry.kind === 'note' ? [`by-${entry.by}`] : [`is-${lookOf(lookedAt(entry)).mark}`]),
    ...(isLater ? ['is-later'] : []),
    ...(isAt ? ['is-at'] : []),
  ]
  return (
    <g class={classes.join(' ')} transform={`translate(0 ${y})`} {...option}>
      <title>{told}</title>
      <rect
        class="sequence-hit"
        x={1}
        y={1}
        width={columns.width - 2}
        height={entry.kind === 'note' ? 24 : 28}
      />
      <text class="sequence-time" x={8} y={16}>{`+${durationOf(entry.atMs)}`}</text>
      {entry.kind === 'call' && <CallView entry={entry} columns={columns} />}
      {entry.kind === 'answer' && <AnswerView entry={entry} columns={columns} />}
      {entry.kind === 'note' && <NoteView entry={entry} columns={columns} />}
    </g>
  )
}

/** A call has the look of its own way; how it ended is told by its answer. */
function lookedAt(entry: Exclude<SequenceEntry, { readonly kind: 'note' }>) {
  const { isCompensation, outcome } = entry.call
  return { isCompensation, outcome: entry.kind === 'call' ? 'open' : outcome } as const
}

function wordsOf(entry: SequenceEntry): string {
  const at = `+${durationOf(entry.atMs)}`
  switch (entry.kind) {
    case 'call':
      return `${at}: calls ${nameOf(entry.call)}${entry.call.participant === null ? '' : ` at ${entry.call.participant}`}`
    case 'answer':
      return `${at}: ${nameOf(entry.call)} ${answerOf(entry)}`
    case 'note':
      return `${at}: ${entry.text}`
  }
}

type Answer = Extract<SequenceEntry, { readonly kind: 'answer' }>

function answerOf({ outcome, tookMs, call, text }: Answer): string {
  const took = durationOf(tookMs)
  if (outcome === 'done') return `done in ${took}`
  const why = call.failure === null ? text : failureWords(call.failure)
  return `${outcome === 'left' ? 'left' : outcome === 'by hand' ? 'ended by hand' : 'failed'} after ${took}${why === '' ? '' : `: ${why}`}`
}

function CallView({
  entry,
  columns,
}: {
  readonly entry: Extract<SequenceEntry, { readonly kind: 'call' }>
  readonly columns: Columns
}) {
  const { first, apart } = columns
  const x = first + entry.lifeline * apart
  const text = `${entry.call.isCompensation ? 'undo ' : ''}${entry.label}`
  return (
    <>
      <Words x={first + 10} room={columns.width - first - 24} text={nameWithTry(text, entry.call.tryNumber)}>
        <GlyphPath name={lookOf(lookedAt(entry)).glyph} />
      </Words>
      <path class="sequence-line" d={`M${first} 24H${x - 7}`} />
      <path class="sequence-arrow" d={`M${x - 1} 24l-8 -4v8z`} />
    </>
  )
}

const nameWithTry = (name: string, tryNumber: number) => (tryNumber > 1 ? `${name} · try ${tryNumber}` : name)

function AnswerView({ entry, columns }: { readonly entry: Answer; readonly columns: Columns }) {
  const { first, apart } = columns
  const x = first + entry.lifeline * apart
  return (
    <>
      <rect class="sequence-open" x={x - 4} y={-6} width={8} height={30} rx={2} />
      <Words x={first + 10} room={columns.width - first - 24} text={answerOf(entry)}>
        <GlyphPath name={lookOf(entry.call).glyph} />
      </Words>
      <path class="sequence-line" d={`M${x - 4} 24H${first + 8}`} />
      <path class="sequence-arrow" d={`M${first + 1} 24l8 -4v8z`} />
    </>
  )
}

type Note = Extract<SequenceEntry, { readonly kind: 'note' }>

const NOTE_GLYPHS: Readonly<Record<Note['by'], GlyphName>> = {
  start: 'play',
  timer: 'clock',
  event: 'forward',
  operator: 'person',
  told: 'live',
  end: 'last',
}

function NoteView({ entry, columns }: { readonly entry: Note; readonly columns: Columns }) {
  return (
    <>
      <circle class="sequence-dot" cx={columns.first} cy={13} r={4} />
      <Words x={columns.first + 10} room={columns.width - columns.first - 24} text={entry.text}>
        <GlyphPath name={NOTE_GLYPHS[entry.by]} />
      </Words>
    </>
  )
}

interface WordsProps {
  readonly x: number
  readonly room: number
  readonly text: string
  readonly children: ComponentChildren
}

const GLYPH = 12

function Words({ x, room, text, children }: WordsProps) {
  return (
    <>
      <g class="sequence-glyph" transform={`translate(${x} 6) scale(${GLYPH / 16})`}>
        {children}
      </g>
      <text class="sequence-text" x={x + GLYPH + 5} y={17}>
        {cutTo(text, room - GLYPH - 5)}
      </text>
    </>
  )
}
