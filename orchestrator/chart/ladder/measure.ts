/** How wide each column and channel has to be for what is in it, and so where everything is. */
import { middleOf, overlap, spanOf, type Cell, type Grid, type Group, type Span } from './grid.ts'
import { levelsOf, PAD_PX, HEADER_PX, type Levels } from './levels.ts'
import type { Routes } from './routes.ts'
import type { Gate } from './ways.ts'
import type { Channels } from './runs.ts'
import { sizesOf, type Sizes } from './sizes.ts'
import type { Slots } from './slots.ts'
import { LABEL_FONT, textWidth } from './text.ts'

/** From one channel's begin to the next: a channel, and the column or row behind it. */
interface Strip {
  readonly channel: number
  readonly tracks: number
  /** Of the column or row behind it. */
  readonly from: number
  readonly to: number
}

export interface Measures {
  readonly columns: readonly Strip[]
  readonly rows: readonly Strip[]
  readonly width: number
  readonly height: number
  readonly boxes: Sizes
  readonly levels: Levels
}

export interface Laid {
  readonly grid: Grid
  readonly routes: Routes
  readonly slots: Slots
  readonly channels: Channels
}

export const TRACK_PX = 11
export const LABEL_PX = { height: 14, gap: 5, spine: 30 }
const MARGIN_PX = 14
const MIN_CHANNEL_PX = 22
const ARROW_PX = 12
const ROW_GAP_PX = 16
/** Less than the gap between two rows. */
const OVERHANG_PX = 10
const GROUP_FONT = 13

export const labelWidth = (label: string) => (label === '' ? 0 : textWidth(label, LABEL_FONT) + 4)

export function measured(laid: Laid): Measures {
  const levels = levelsOf(laid.grid.groups)
  const boxes = sizesOf(laid.grid, laid.slots)
  const across = acrossOf(laid, levels, boxes)
  const down = downOf(laid, levels, boxes)
  return { columns: across.strips, rows: down.strips, width: across.end, height: down.end, boxes, levels }
}

interface Axis {
  readonly strips: readonly Strip[]
  readonly end: number
}

function acrossOf(laid: Laid, levels: Levels, boxes: Sizes): Axis {
  const { grid } = laid
  const widths = columnWidths(laid, boxes)
  const strips: Strip[] = []
  let x = 0
  for (let v = 0; v <= grid.columns; v++) {
    const { total, tracks } = channelWidth(laid, levels, v)
    const from = x + total
    const to = from + (widths[v] ?? 0)
    strips.push({ channel: x, tracks: x + tracks, from, to })
    x = to
  }
  return { strips, end: Math.ceil(x) }
}

function channelWidth(
  { grid, routes, channels }: Laid,
  levels: Levels,
  v: number,
): { total: number; tracks: number } {
  const before = levels.right(v - 1) * PAD_PX
  const behind = levels.left(v) * PAD_PX
  const widest = (side: Gate['side']) =>
    Math.max(
      0,
      ...routes.routes.map(({ exit, wire }) =>
        exit.v === v && exit.side === side ? labelWidth(wire.label) : 0,
      ),
    )
  const [left, right] = [widest('right'), widest('left')].map((width) =>
    width === 0 ? 0 : width + 2 * LABEL_PX.gap,
  )
  const count = channels.vertical[v]?.count ?? 0
  const lanes = count === 0 ? 0 : (count - 1) * TRACK_PX
  const margin = v === 0 || v === grid.columns ? MARGIN_PX : MIN_CHANNEL_PX
  const inner = (left ?? 0) + ARROW_PX + lanes + (count > 0 || left || right ? ARROW_PX : 0) + (right ?? 0)
  return { total: before + Math.max(margin, inner) + behind, tracks: before + (left ?? 0) + ARROW_PX }
}

function columnWidths({ grid, routes }: Laid, boxes: Sizes): number[] {
  const widths = Array.from({ length: grid.columns }, () => 0)
  const need = (column: number, width: number) => {
    widths[column] = Math.max(widths[column] ?? 0, width)
  }
  for (const cell of grid.cells) need(middleOf(cell.columns), boxes.get(cell)?.width ?? 0)
  // The name of a group begins at its left, a label in the middle: neither may reach what comes next.
  for (const { columns, label } of grid.groups) need(columns.from, 2 * (textWidth(label, GROUP_FONT) + 8))
  for (const { from, wire } of routes.spines) need(middleOf(from.columns), 2 * (labelWidth(wire.label) + 12))
  return widths
}

function downOf(laid: Laid, levels: Levels, boxes: Sizes): Axis {
  const strips: Strip[] = []
  let y = 0
  for (let h = 0; h <= laid.grid.rows; h++) {
    const { total, tracks } = channelHeight(laid, levels, h)
    const from = y + total
    const heights = laid.grid.cells
      .filter(({ row }) => row === h)
      .map((cell) => (boxes.get(cell)?.height ?? 0) - (isAlone(laid, cell) ? 2 * OVERHANG_PX : 0))
    const to = from + Math.max(0, ...heights)
    strips.push({ channel: y, tracks: y + tracks, from, to })
    y = to
  }
  return { strips, end: Math.ceil(y) }
}

/** Such a box may reach into the channels above and below it, so that it need not push the rungs apart. */
function isAlone({ grid, channels }: Laid, { row, columns }: Cell): boolean {
  const isNear = (rows: Span) => rows.from <= row + 1 && row - 1 <= rows.to
  return (
    [row, row + 1].every((h) => h > 0 && h < grid.rows && channels.horizontal[h]?.count === 0) &&
    !grid.groups.some((group) => overlap(group.columns, columns) && isNear(group.rows)) &&
    !grid.cells.some(
      (cell) => cell.row !== row && overlap(cell.columns, columns) && isNear(spanOf(cell.row, cell.row)),
    )
  )
}

function channelHeight(
  { grid, routes, channels }: Laid,
  levels: Levels,
  h: number,
): { total: number; tracks: number } {
  const columns = Array.from({ length: grid.columns }, (_, column) => {
    const isLabelled = routes.spines.some(
      ({ labelAt, wire, from }) =>
        labelAt === h && wire.label !== '' && from.columns.from <= column && column <= from.columns.to,
    )
    return {
      above: levels.bottom(h - 1, column) * PAD_PX,
      label: isLabelled ? LABEL_PX.spine : 0,
      below: levels.top(h, column) * HEADER_PX,
    }
  })
  const count = channels.horizontal[h]?.count ?? 0
  const isOuter = h === 0 || h === grid.rows
  if (count === 0) {
    const needs = columns.map(
      ({ above, label, below }) => above + Math.max(label, isOuter ? MARGIN_PX : ROW_GAP_PX) + below,
    )
    return { total: Math.max(...needs), tracks: 0 }
  }
  const before = Math.max(...columns.map(({ above, label }) => above + label)) + ROW_GAP_PX / 2
  const behind = Math.max(...columns.map(({ below }) => below)) + ROW_GAP_PX / 2
  return { total: before + (count - 1) * TRACK_PX + behind, tracks: before }
}

export function centreOf(measures: Measures, { columns }: Pick<Cell | Group, 'columns'>): number {
  const { from, to } = measures.columns[middleOf(columns)] ?? { from: 0, to: 0 }
  return (from + to) / 2
}
