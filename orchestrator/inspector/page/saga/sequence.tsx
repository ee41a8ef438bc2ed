/** Who was called when, and what came back, as a sequence diagram. */
import './sequence.css'
import { useRef } from 'preact/hooks'
import { ganttOf } from '../../../story/gantt.ts'
import { sequenceOf, type Lifeline, type ToldEvent } from '../../../story/sequence.ts'
import type { Story } from '../../../story/story.ts'
import { durationOf, numberOf } from '../format/format.ts'
import { useChoice } from './choice.ts'
import { EntryView, type Columns } from './sequence-entry.tsx'
import { rowsOf, type SequenceRow } from './sequence-rows.ts'
import { cutTo } from './text-cut.ts'
import { useWidth } from './width.ts'

export interface SequenceProps {
  readonly story: Story
  /** The moment that is looked at: what is later is dimmed. */
  readonly seq: number
  readonly events?: readonly ToldEvent[]
  readonly onMoment: (seq: number) => void
}

const HEAD = 30
const TOP = 10
const GUTTER = 66
/** Below this the names on the lifelines could not be read; the picture is scrolled then. */
const APART_MIN = 74
const NONE: readonly ToldEvent[] = []

export function Sequence({ story, seq, events = NONE, onMoment }: SequenceProps) {
  const box = useRef<HTMLDivElement>(null)
  const room = useWidth(box)
  const last = story.moments.at(-1)
  // The whole of it, whatever is looked at: nothing moves when the slider does.
  const { lifelines, entries } = sequenceOf(story, last?.seq ?? 0, events)
  const { waits } = ganttOf(story, { seq: last?.seq ?? 0, now: last?.at ?? 0 })
  const { rows, height } = rowsOf({ entries, waits, seq, top: TOP })
  const chosen = rows.filter((row) => row.kind === 'entry')
  const choice = useChoice({
    count: chosen.length,
    selected: chosen.findLastIndex(({ entry }) => entry.seq <= seq),
    onPick: (index) => onMoment(chosen[index]?.entry.seq ?? seq),
  })
  const columns = columnsOf(lifelines.length, room)
  return (
    <figure class="sequence">
      <div
        class={`sequence-scroll ${columns.width > room ? 'is-wide' : ''}`}
        ref={box}
        aria-label="Calls in sequence"
        {...choice.box}
      >
        <Heads lifelines={lifelines} columns={columns} />
        <svg
          class="sequence-drawing"
          role="presentation"
          width={columns.width}
          height={height + 12}
          viewBox={`0 0 ${columns.width} ${height + 12}`}
        >
          {lifelines.map(({ id }, nth) => {
            const x = columns.first + nth * columns.apart
            return <line key={id} class="sequence-life" x1={x} x2={x} y1={0} y2={height + 8} />
          })}
          {rows.map((row) =>
            row.kind === 'entry' ? (
              <EntryView
                key={row.y}
                row={row}
                columns={columns}
                isAt={choice.at !== undefined && chosen[choice.at] === row}
                option={choice.option(chosen.indexOf(row))}
              />
            ) : (
              <BreakView key={row.y} row={row} columns={columns} />
            ),
          )}
        </svg>
      </div>
    </figure>
  )
}

function columnsOf(count: number, room: number): Columns {
  const gaps = Math.max(1, count - 1)
  const apart = Math.max(APART_MIN, Math.min(190, (room - GUTTER - 60) / (gaps + 0.3)))
  const first = GUTTER + 26
  return { first, apart, width: Math.max(room, first + gaps * apart + 44) }
}

interface HeadsProps {
  readonly lifelines: readonly Lifeline[]
  readonly columns: Columns
}

/** It stays in sight while one scrolls through a long saga. */
function Heads({ lifelines, columns: { first, apart, width: whole } }: HeadsProps) {
  const width = Math.min(120, apart - 8)
  return (
    <svg class="sequence-drawing sequence-heads" width={whole} height={HEAD} aria-hidden="true">
      {lifelines.map(({ id, label }, nth) => {
        const x = first + nth * apart
        const boxWidth = nth === 0 ? Math.min(width, 52) : width
        return (
          <g key={id}>
            <rect
              class="sequence-head"
              x={x - boxWidth / 2}
              y={2}
              width={boxWidth}
              height={HEAD - 4}
              rx={6}
            />
            <text class="sequence-who" x={x} y={HEAD / 2 + 4}>
              <title>{label}</title>
              {cutTo(label, boxWidth - 8)}
            </text>
          </g>
        )
      })}
    </svg>
  )
}

interface BreakProps {
  readonly row: Exclude<SequenceRow, { readonly kind: 'entry' }>
  readonly columns: Columns
}

function BreakView({ row, columns: { first, width } }: BreakProps) {
  if (row.kind === 'more') {
    const told = `… ${numberOf(row.count)} more ${row.where === 'above' ? 'before' : 'after'}: move the slider`
    return (
      <text class="sequence-more" x={first + 8} y={row.y + 16} aria-hidden="true">
        {told}
      </text>
    )
  }
  const { y, wait, isLater } = row
  const x = width - 12 - first + 16
  return (
    <g class={`sequence-break ${isLater ? 'is-later' : ''}`} aria-hidden="true">
      <rect x={first - 16} y={y + 5} width={x} height={22} rx={4} />
      <path d={zigzag(first - 16, first - 16 + x, y + 5)} />
      <path d={zigzag(first - 16, first - 16 + x, y + 27)} />
      <text x={first + 8} y={y + 20}>{`parked for ${durationOf(wait.tookMs)}`}</text>
    </g>
  )
}

/** Time was left out here. */
function zigzag(from: number, to: number, y: number): string {
  const teeth = Math.max(1, Math.floor((to - from) / 12))
  const width = (to - from) / teeth
  const points = Array.from({ length: teeth }, (_, nth) => {
    const x = from + nth * width
    return `L${(x + width / 2).toFixed(1)} ${y - 2}L${(x + width).toFixed(1)} ${y + 2}`
  })
  return `M${from} ${y + 2}${points.join('')}`
}
