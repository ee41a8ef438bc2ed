/** Boxes and lines at the places that were measured for them. */
import type { Box, Drawing, Line, LineLabel, Point } from '../drawing.ts'
import type { Cell, Group } from './grid.ts'
import { HEADER_PX, PAD_PX } from './levels.ts'
import { centreOf, LABEL_PX, labelWidth, measured, TRACK_PX, type Laid, type Measures } from './measure.ts'
import type { Anchor, Spine } from './routes.ts'
import type { Gate, Route } from './ways.ts'
import { isStraight, netOf } from './slots.ts'

export function drawn(laid: Laid): Drawing {
  const measures = measured(laid)
  const { grid, routes } = laid
  return {
    layout: 'ladder',
    width: measures.width,
    height: measures.height,
    boxes: [
      ...grid.groups.map((group) => groupBox(measures, group)),
      ...grid.cells.filter(({ kind }) => kind !== 'port').map((cell) => cellBox(measures, cell)),
    ],
    lines: [
      ...routes.spines.map((spine) => spineLine(laid, measures, spine)),
      ...routes.routes.map((route) => routeLine(laid, measures, route)),
    ],
  }
}

function groupBox(measures: Measures, group: Group): Box {
  const { left, right, top, bottom } = measures.levels.of(group)
  const x = (measures.columns[group.columns.from]?.from ?? 0) - left * PAD_PX
  const y = (measures.rows[group.rows.from]?.from ?? 0) - top * HEADER_PX
  const width = (measures.columns[group.columns.to]?.to ?? 0) + right * PAD_PX - x
  const height = (measures.rows[group.rows.to]?.to ?? 0) + bottom * PAD_PX - y
  return { state: group.state, role: 'group', label: group.label, x, y, width, height }
}

function cellBox(measures: Measures, cell: Cell): Box {
  const { width, height } = measures.boxes.get(cell) ?? { width: 0, height: 0 }
  const right = measures.columns[cell.columns.to]?.to ?? 0
  const x = cell.kind === 'history' ? right - width : centreOf(measures, cell) - width / 2
  return {
    state: cell.state,
    role: cell.role,
    label: cell.label,
    x,
    y: middleOf(measures, cell) - height / 2,
    width,
    height,
  }
}

function middleOf(measures: Measures, { row }: Cell): number {
  const { from, to } = measures.rows[row] ?? { from: 0, to: 0 }
  return (from + to) / 2
}

function boxOf(measures: Measures, { cell, group }: Anchor): Box | undefined {
  if (group !== undefined) return groupBox(measures, group)
  return cell && cellBox(measures, cell)
}

const edgeOf = (box: Box | undefined, isBottom: boolean) =>
  (box?.y ?? 0) + (isBottom ? (box?.height ?? 0) : 0)

function spineLine(laid: Laid, measures: Measures, { wire, from, to, labelAt }: Spine): Line {
  const [begin, end] = [boxOf(measures, from), boxOf(measures, to)]
  const x = centreOf(measures, from)
  const isDown = from.rows.from < to.rows.from
  const points = [
    { x, y: edgeOf(begin, isDown) },
    { x, y: edgeOf(end, !isDown) },
  ]
  const pads = Math.max(
    ...Array.from({ length: laid.grid.columns }, (_, column) =>
      from.columns.from <= column && column <= from.columns.to
        ? measures.levels.bottom(labelAt - 1, column)
        : 0,
    ),
  )
  const top = (measures.rows[labelAt]?.channel ?? 0) + pads * PAD_PX + (LABEL_PX.spine - LABEL_PX.height) / 2
  return {
    edges: wire.edges,
    kind: wire.kind,
    points,
    label: labelAtPoint(wire.label, { x: x + LABEL_PX.gap + 2, y: top }),
  }
}

function labelAtPoint(text: string, { x, y }: Point): LineLabel | null {
  return text === '' ? null : { text, x, y, width: labelWidth(text), height: LABEL_PX.height }
}

function routeLine(laid: Laid, measures: Measures, route: Route): Line {
  const { wire, exit } = route
  const begin = pointAt(laid, measures, exit, laid.slots.exit.get(route) ?? 0)
  const end = pointAt(laid, measures, route.entry, laid.slots.entry.get(route) ?? 0)
  const points = [begin, ...turnsOf(laid, measures, route, { begin, end }), end]
  const label = labelAtPoint(wire.label, labelPlace(measures, exit, begin, labelWidth(wire.label)))
  return { edges: wire.edges, kind: wire.kind, points, label }
}

/** In each channel down it turns twice: where it comes in, and where it goes out. */
function turnsOf(
  laid: Laid,
  measures: Measures,
  route: Route,
  { begin, end }: { begin: Point; end: Point },
): Point[] {
  if (isStraight(route)) return []
  const { vertical, horizontal } = laid.channels
  const net = netOf(route)
  const xs = route.vs.map(
    (v) => (measures.columns[v]?.tracks ?? 0) + (vertical[v]?.of.get(net) ?? 0) * TRACK_PX,
  )
  const ys = route.hs.map(
    (h) => (measures.rows[h]?.tracks ?? 0) + (horizontal[h]?.of.get(net) ?? 0) * TRACK_PX,
  )
  return xs.flatMap((x, index) => [
    { x, y: ys[index - 1] ?? begin.y },
    { x, y: ys[index] ?? end.y },
  ])
}

function pointAt({ grid }: Laid, measures: Measures, { cell, side }: Gate, slot: number): Point {
  const group = cell.kind === 'port' ? grid.groups.find(({ state }) => state === cell.state) : undefined
  const { x, width } = group === undefined ? cellBox(measures, cell) : groupBox(measures, group)
  return { x: side === 'left' ? x : x + width, y: middleOf(measures, cell) + slot }
}

/** Above its line, where that comes out of all groups around its box. */
function labelPlace(measures: Measures, { side, v }: Gate, { y }: Point, width: number): Point {
  const top = y - LABEL_PX.height - 1
  if (side === 'right') {
    const frames = measures.levels.right(v - 1) * PAD_PX
    return { x: (measures.columns[v]?.channel ?? 0) + frames + LABEL_PX.gap, y: top }
  }
  const frames = measures.levels.left(v) * PAD_PX
  return { x: (measures.columns[v]?.from ?? 0) - frames - LABEL_PX.gap - width, y: top }
}
