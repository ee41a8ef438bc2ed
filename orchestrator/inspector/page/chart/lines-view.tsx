/** The arrows of a chart, those that were taken above the others, and their labels above all. */
import { useMemo } from 'preact/hooks'
import { railsOf } from '../../../chart/chart.ts'
import type { Box, Line } from '../../../chart/drawing.ts'
import type { DrawingProps } from './chart-props.ts'
import { besideLabel, groupAt, headOf, pathOf } from './geometry.ts'
import { memo } from './memo.ts'
import { widthOf } from './text-width.ts'

export function LinesView({ drawing, drawn, taken, pointed }: DrawingProps) {
  const rails = useMemo(() => railsOf(drawn.chart), [drawn.chart])
  const looks = drawing.lines.map((line, index) => {
    const marks = line.edges.flatMap((id) => taken?.get(id) ?? [])
    return {
      line,
      index,
      times: marks.reduce((sum, { times }) => sum + times, 0),
      isError: marks.some(({ isError }) => isError),
      isPointed: line.edges.some((id) => pointed?.has(id) === true),
    }
  })
  const below = looks.filter(({ times, isPointed }) => times === 0 && !isPointed)
  const above = looks.filter((look) => !below.includes(look))
  return (
    <g>
      {drawing.boxes.map(
        (box) => box.role === 'group' && <GroupGround key={box.state} box={box} rail={railOf(box)} />,
      )}
      {[...below, ...above].map((look) => (
        <LineView key={look.index} {...look} />
      ))}
      {looks.map((look) => (
        <LabelView key={`label ${look.index}`} {...look} ground={groundOf(look.line, drawing.boxes)} />
      ))}
    </g>
  )

  function railOf({ state }: Box): string {
    return state === rails?.doing ? 'doing' : state === rails?.undoing ? 'undoing' : 'none'
  }

  /** A label hides what is below it, so it has the colour of the ground that it stands on. */
  function groundOf({ label }: Line, boxes: readonly Box[]): string {
    if (label === null) return 'page'
    const group = groupAt(boxes, { x: label.x + label.width / 2, y: label.y + label.height / 2 })
    return group === undefined ? 'page' : railOf(group)
  }
}

const GroupGround = memo(function GroupGround({ box, rail }: { readonly box: Box; readonly rail: string }) {
  const { x, y, width, height } = box
  return <rect class={`chart-ground on-${rail}`} x={x} y={y} width={width} height={height} rx={12} />
})

interface LineProps {
  readonly line: Line
  readonly index: number
  readonly times: number
  readonly isError: boolean
  readonly isPointed: boolean
}

function classOf({ line, times, isError, isPointed }: LineProps): string {
  const classes = [`kind-${line.kind}`]
  if (times > 0) classes.push('is-taken')
  if (isError) classes.push('is-error')
  if (isPointed) classes.push('is-pointed')
  return classes.join(' ')
}

const LineView = memo(function LineView(props: LineProps) {
  const { line, index } = props
  const path = pathOf(line.points)
  return (
    <g class={`chart-line ${classOf(props)}`} data-line={index}>
      <path class="chart-line-near" d={path} />
      <path class="chart-line-way" d={path} />
      <path class="chart-line-head" d={headOf(line.points)} />
    </g>
  )
})

const TIMES = { font: 700, size: 10.5 }

const LabelView = memo(function LabelView(props: LineProps & { readonly ground: string }) {
  const { line, index, times, ground } = props
  const { label } = line
  if (label === null && times < 2) return null
  return (
    <g class={`chart-label ${classOf(props)}`} data-line={index}>
      {label !== null && (
        <>
          <rect class={`chart-label-ground on-${ground}`} {...boxOf(label)} rx={3} />
          <text x={label.x + label.width / 2} y={label.y + label.height / 2 + 4}>
            {label.text}
          </text>
        </>
      )}
      {times > 1 && <TimesView line={line} times={times} />}
    </g>
  )
})

const boxOf = ({ x, y, width, height }: NonNullable<Line['label']>) => ({ x, y, width, height })

function TimesView({ line, times }: { readonly line: Line; readonly times: number }) {
  const text = `× ${times}`
  const width = widthOf(text, TIMES) + 10
  const { x, y } = besideLabel(line, width)
  return (
    <g class="chart-times" transform={`translate(${x} ${y - 8})`}>
      <rect width={width} height={16} rx={8} />
      <text x={width / 2} y={11.8}>
        {text}
      </text>
    </g>
  )
}
