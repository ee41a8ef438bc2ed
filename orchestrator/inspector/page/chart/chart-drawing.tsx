/** The drawing itself. Its states are one stop for the Tab key; arrow keys go from one to the next. */
import { useState } from 'preact/hooks'
import type { Box } from '../../../chart/drawing.ts'
import { BoxesView } from './boxes-view.tsx'
import type { ChartViewProps, DrawingProps } from './chart-props.ts'
import { neighbour, type Direction } from './geometry.ts'
import { LinesView } from './lines-view.tsx'
import { toldOfLine, toldOfState } from './told.ts'
import type { Tell } from './tooltip.tsx'

/** Beyond these nothing is shown larger, or smaller, only because there is room, or none. */
const FIT = { min: 0.66, max: 1.15 }

interface ChartDrawingProps extends DrawingProps {
  readonly scale: number | undefined
  readonly tooltipId: string
  readonly onTell: Tell
}

export function ChartDrawing(props: ChartDrawingProps) {
  const { drawing, title, scale, onTell, tooltipId } = props
  const { width, height } = drawing
  const [entry, setEntry] = useState<string>()
  const stops = drawing.boxes.filter((box) => isStop(box, props))
  const size =
    scale === undefined
      ? { width: '100%', minWidth: `${width * FIT.min}px`, maxWidth: `${width * FIT.max}px` }
      : { width: `${width * scale}px` }
  const point = ({ target }: Event) => tellOf(props, target)
  return (
    <svg
      class="chart-drawing"
      viewBox={`0 0 ${width} ${height}`}
      style={size}
      role="group"
      aria-label={title}
      onPointerOver={point}
      onPointerLeave={() => onTell(null)}
      onFocusIn={(event) => {
        point(event)
        setEntry(stateOf(event.target))
      }}
      onFocusOut={() => onTell(null)}
      onClick={({ target }) => pick(props, stateOf(target))}
      onKeyDown={(event) => press(event, props, stops)}
    >
      <LinesView {...props} />
      <BoxesView {...props} tooltipId={tooltipId} stops={stops} entry={entry ?? firstOf(props, stops)} />
    </svg>
  )
}

/** What the Tab key comes to first: what matters most. */
function firstOf({ selected, marks }: ChartViewProps, stops: readonly Box[]): string | undefined {
  const isLit = ({ state }: Box) =>
    state === selected || ['current', 'compensating', 'parked'].includes(marks?.get(state)?.mark ?? '')
  return (stops.find(isLit) ?? stops[0])?.state
}

/** A state around others tells nothing that they don't, unless a number is on it. */
const isStop = ({ role, state }: Box, { badges }: ChartViewProps) =>
  role !== 'start' && (role !== 'group' || badges?.has(state) === true)

const partOf = (target: EventTarget | null, name: 'state' | 'line') =>
  target instanceof SVGElement ? target.closest<SVGElement>(`[data-${name}]`) : null

const stateOf = (target: EventTarget | null) => partOf(target, 'state')?.dataset['state']

function tellOf(props: ChartDrawingProps, target: EventTarget | null): void {
  const { drawn, drawing, marks, badges, taken, onTell } = props
  const { chart } = drawn
  const box = partOf(target, 'state')
  if (box !== null) {
    const state = box.dataset['state'] ?? ''
    const told = { chart, state, mark: marks?.get(state), badge: badges?.get(state), taken }
    return onTell(toldOfState(told), box)
  }
  const part = partOf(target, 'line')
  const line = drawing.lines[Number(part?.dataset['line'])]
  if (part === null || line === undefined) return onTell(null)
  onTell(toldOfLine(chart, line, taken), part.closest('.chart-label') ?? part)
}

function pick({ onPick, pickable }: ChartViewProps, state: string | undefined): void {
  if (state !== undefined && (pickable === undefined || pickable.has(state))) onPick?.(state)
}

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}

function press(event: KeyboardEvent, props: ChartDrawingProps, stops: readonly Box[]): void {
  const { key, target, currentTarget } = event
  const state = stateOf(target)
  const from = stops.find((box) => box.state === state)
  if (from === undefined || !(currentTarget instanceof SVGElement)) return
  const direction = DIRECTIONS[key]
  const to =
    direction !== undefined
      ? (neighbour(stops, from, direction) ?? from)
      : { Home: stops[0], End: stops.at(-1) }[key]
  if (to === undefined && key !== 'Enter' && key !== ' ') return
  // Elsewhere on the page the same keys go through time.
  event.preventDefault()
  event.stopPropagation()
  if (to === undefined) return pick(props, state)
  const boxes = [...currentTarget.querySelectorAll<SVGElement>('.chart-box[data-state]')]
  boxes.find(({ dataset }) => dataset['state'] === to.state)?.focus()
}
