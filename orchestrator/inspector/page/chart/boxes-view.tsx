/** The states of a chart. */
import { useMemo } from 'preact/hooks'
import type { Box } from '../../../chart/drawing.ts'
import type { Mark } from '../icon/glyphs.ts'
import { GlyphPath } from '../icon/icon.tsx'
import type { DrawingProps } from './chart-props.ts'
import { memo } from './memo.ts'
import { nameOf } from './told.ts'
import { widthOf } from './text-width.ts'

interface BoxesProps extends DrawingProps {
  readonly tooltipId: string
  readonly stops: readonly Box[]
  /** The state that the Tab key comes to. */
  readonly entry: string | undefined
}

/** Groups are drawn below the lines, by LinesView. */
export function BoxesView(props: BoxesProps) {
  const { drawing, drawn } = props
  const finals = useMemo(
    () => new Set(drawn.chart.states.filter(({ type }) => type === 'final').map(({ id }) => id)),
    [drawn.chart],
  )
  return (
    <g>
      {drawing.boxes.map((box) =>
        box.role === 'start' ? (
          <StartDot key={`start ${box.state}`} box={box} />
        ) : (
          <BoxView key={box.state} box={box} isFinal={finals.has(box.state)} {...lookOf(box, props)} />
        ),
      )}
    </g>
  )
}

interface Look {
  readonly mark: Mark | undefined
  readonly note: string | undefined
  readonly badge: string | undefined
  readonly heat: number
  readonly isAlarm: boolean
  readonly isPointed: boolean
  /** Undefined where nothing is selected. */
  readonly isSelected: boolean | undefined
  readonly isButton: boolean
  readonly tabIndex: 0 | -1 | undefined
  /** As it is read out. */
  readonly name: string
  readonly tooltipId: string
}

/** All that may change of a box, each by itself: one that looks as before is not drawn again. */
function lookOf(box: Box, props: BoxesProps): Look {
  const { marks, badges, pointed, selected, onPick, pickable, stops, entry, tooltipId } = props
  const mark = marks?.get(box.state)
  const badge = badges?.get(box.state)
  return {
    mark: mark?.mark,
    note: mark?.note,
    badge: badge?.text,
    heat: badge?.heat ?? 0,
    isAlarm: badge?.isAlarm ?? false,
    isPointed: pointed?.has(box.state) ?? false,
    isSelected: selected === undefined ? undefined : selected === box.state,
    isButton: onPick !== undefined && (pickable?.has(box.state) ?? true),
    tabIndex: stops.includes(box) ? (entry === box.state ? 0 : -1) : undefined,
    name: nameOf(box.label, mark, badge),
    tooltipId,
  }
}

const StartDot = memo(function StartDot({ box }: { readonly box: Box }) {
  return (
    <circle class="chart-start" cx={box.x + box.width / 2} cy={box.y + box.height / 2} r={box.width / 2} />
  )
})

interface BoxViewProps extends Look {
  readonly box: Box
  readonly isFinal: boolean
}

const BoxView = memo(function BoxView(props: BoxViewProps) {
  const { box, isFinal, mark, heat, badge, isPointed, isSelected, isButton, tabIndex, name, tooltipId } =
    props
  const classes = ['chart-box', `role-${box.role}`]
  if (mark !== undefined) classes.push(`is-${mark}`)
  if (heat > 0) classes.push('is-warm')
  if (props.isAlarm) classes.push('is-alarm')
  if (isPointed) classes.push('is-pointed')
  if (isSelected === true) classes.push('is-selected')
  const isStop = tabIndex !== undefined
  const role = isStop ? (isButton ? 'button' : 'img') : undefined
  return (
    <g
      class={classes.join(' ')}
      data-state={box.state}
      style={{ '--heat': `${Math.round(heat * 100)}%` }}
      transform={`translate(${box.x} ${box.y})`}
      {...(isStop && { role, tabindex: tabIndex, 'aria-label': name, 'aria-describedby': tooltipId })}
      {...(isStop && isButton && isSelected !== undefined && { 'aria-pressed': isSelected })}
    >
      <Frame box={box} isFinal={isFinal} />
      {box.role === 'group' ? <GroupLabel box={box} /> : <BoxLabel box={box} mark={mark} note={props.note} />}
      {/* Words apart, for whoever compares what is seen with what is read out. */ ' '}
      {badge !== undefined && <BadgeView box={box} text={badge} />}
    </g>
  )
})

function Frame({ box: { width, height, role }, isFinal }: { readonly box: Box; readonly isFinal: boolean }) {
  const radius = role === 'group' ? 12 : 9
  return (
    <>
      <rect class="chart-halo" x={-4} y={-4} width={width + 8} height={height + 8} rx={radius + 4} />
      <rect class="chart-frame-line" width={width} height={height} rx={radius} />
      {isFinal && (
        <rect
          class="chart-inner-line"
          x={3.5}
          y={3.5}
          width={width - 7}
          height={height - 7}
          rx={radius - 3}
        />
      )}
      <path class="chart-strike" d={`M6 ${height - 6}L${width - 6} 6`} />
    </>
  )
}

function GroupLabel({ box: { label } }: { readonly box: Box }) {
  return (
    <text class="chart-group-name" x={12} y={18}>
      {label}
    </text>
  )
}

const NAME = { font: 600, size: 14, least: 8 }
const ICON = 17

interface BoxLabelProps {
  readonly box: Box
  readonly mark: Mark | undefined
  readonly note: string | undefined
}

/** The icon beside the name, both in the middle. A name that is too long for its box is written smaller. */
function BoxLabel({ box: { width, height, label }, mark, note }: BoxLabelProps) {
  const icon = mark === undefined ? 0 : ICON
  const natural = widthOf(label, NAME)
  const room = width - 16 - icon
  const shrunk = natural > room ? Math.max(NAME.least, (NAME.size * room) / natural) : NAME.size
  const textWidth = (natural * shrunk) / NAME.size
  const y = height / 2 - (note === undefined ? 0 : 7)
  const begin = (width - textWidth - icon) / 2
  return (
    <>
      {mark !== undefined && (
        <g class="chart-mark" transform={`translate(${begin - 1} ${y - 7}) scale(0.875)`}>
          <GlyphPath name={mark} />
        </g>
      )}
      <text class="chart-name" x={begin + icon} y={y + shrunk * 0.36} font-size={shrunk}>
        {label}
      </text>
      {note !== undefined && ' '}
      {note !== undefined && (
        <text class="chart-note" x={width / 2} y={y + 19}>
          {note}
        </text>
      )}
    </>
  )
}

const BADGE = { font: 700, size: 12 }

/** On the upper right corner: numbers are compared from one state to the next. */
function BadgeView({ box, text }: { readonly box: Box; readonly text: string }) {
  const width = Math.max(20, widthOf(text, BADGE) + 14)
  const x = box.width - Math.min(width * 0.72, width - 6)
  return (
    <g class="chart-badge" transform={`translate(${x} -10)`}>
      <rect width={width} height={20} rx={10} />
      <text x={width / 2} y={14.3}>
        {text}
      </text>
    </g>
  )
}
