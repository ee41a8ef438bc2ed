/** Which way each line takes: down the spine between two boxes, or out at a side and through channels. */
import type { EdgeKind } from '../chart.ts'
import { isSolid, overlap, type Cell, type Grid, type Group, type Span, type Wire } from './grid.ts'
import { cheapestWay, type Route } from './ways.ts'

/** Straight down or up, from the middle of one to the middle of the next. */
export interface Spine {
  readonly wire: Wire
  readonly from: Anchor
  readonly to: Anchor
  /** Those that it goes through. */
  readonly channels: Span
  /** The one of them that its label is in. */
  readonly labelAt: number
}

/** What a state is drawn as. */
export interface Anchor {
  readonly rows: Span
  readonly columns: Span
  /** Where lines leave it sideways; of a group that nobody asked a port for there is none. */
  readonly cell: Cell | undefined
  readonly group: Group | undefined
}

export interface Routes {
  readonly spines: readonly Spine[]
  readonly routes: readonly Route[]
  /** Groups without a port that lines begin or end at. */
  readonly portless: ReadonlySet<string>
}

export function routesOf(grid: Grid, wires: readonly Wire[]): Routes {
  const anchors = anchorsOf(grid)
  const spines: Spine[] = []
  const routes: Route[] = []
  const portless = new Set<string>()
  for (const wire of wires.toSorted((a, b) => SPINE_FIRST.indexOf(a.kind) - SPINE_FIRST.indexOf(b.kind))) {
    const from = anchors.get(wire.isStart ? START : wire.source)
    const to = anchors.get(wire.target)
    if (from === undefined || to === undefined) continue
    const spine = spineOf(grid, wire, from, to)
    if (spine !== null && !spines.some((other) => isBeside(spine, other))) {
      spines.push(spine)
    } else if (from.cell !== undefined && to.cell !== undefined) {
      routes.push(cheapestWay(grid, wire, { from: from.cell, to: to.cell, taken: routes }))
    } else {
      for (const { cell, group } of [from, to]) if (cell === undefined && group) portless.add(group.state)
    }
  }
  return { spines, routes, portless }
}

const SPINE_FIRST: readonly EdgeKind[] = ['done', 'always', 'event', 'after', 'error']

/** No state has this name: those of the chart are never empty. */
const START = ' start'

function anchorsOf({ cells, groups }: Grid): ReadonlyMap<string, Anchor> {
  const anchors = new Map<string, Anchor>()
  for (const group of groups) {
    const cell = cells.find(({ kind, state }) => kind === 'port' && state === group.state)
    anchors.set(group.state, { rows: group.rows, columns: group.columns, cell, group })
  }
  for (const cell of cells) {
    if (cell.kind === 'port') continue
    const { kind, state, row, columns } = cell
    const id = kind === 'dot' ? START : state
    anchors.set(id, { rows: { from: row, to: row }, columns, cell, group: undefined })
  }
  return anchors
}

/** Null where something stands between the two, or they do not stand one above the other. */
function spineOf(grid: Grid, wire: Wire, from: Anchor, to: Anchor): Spine | null {
  const [upper, lower] = from.rows.from < to.rows.from ? [from, to] : [to, from]
  const { columns } = from
  const isAligned = columns.from === to.columns.from && columns.to === to.columns.to
  if (!isAligned || overlap(from.rows, to.rows)) return null
  if ([from, to].some(({ cell }) => cell?.kind === 'history')) return null
  const isBetween = (cell: Cell) =>
    isSolid(cell) && cell.row > upper.rows.to && cell.row < lower.rows.from && overlap(columns, cell.columns)
  if (grid.cells.some(isBetween)) return null
  // Beside its target a label is outside of the groups that the line enters.
  const labelAt = to === lower ? lower.rows.from : upper.rows.to + 1
  return { wire, from, to, labelAt, channels: { from: upper.rows.to + 1, to: lower.rows.from } }
}

/** Only one line has its place in the middle between two boxes. */
const isBeside = (a: Spine, b: Spine) =>
  overlap(a.channels, b.channels) && overlap(a.from.columns, b.from.columns)
