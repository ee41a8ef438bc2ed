/** Which way each line takes: down the spine between two boxes, or out at a side and through channels. */
import type { EdgeKind } from '../chart.ts'
import {
  isWithin,
  overlap,
  spanOf,
  type Cell,
  type Grid,
  type Group,
  type Side,
  type Span,
  type Wire,
} from './grid.ts'

/** Straight down or up, from the middle of one to the middle of the next. */
export interface Spine {
  readonly wire: Wire
  readonly from: Anchor
  readonly to: Anchor
  /** The channel that its label is in. */
  readonly labelAt: number
}

export interface Route {
  readonly wire: Wire
  readonly exit: Gate
  readonly entry: Gate
  /** The channel through which it goes from that of its exit to that of its entry, if those are not the same. */
  readonly h: number | null
}

/** A side of a cell, and the channel there. */
export interface Gate {
  readonly cell: Cell
  readonly side: Side
  readonly v: number
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
  const used = new Set<string>()
  for (const wire of wires.toSorted((a, b) => SPINE_FIRST.indexOf(a.kind) - SPINE_FIRST.indexOf(b.kind))) {
    const from = anchors.get(wire.isStart ? START : wire.source)
    const to = anchors.get(wire.target)
    if (from === undefined || to === undefined) continue
    const spine = spineOf(grid, wire, from, to)
    if (spine !== null && !used.has(spine.gap)) {
      used.add(spine.gap)
      spines.push(spine)
    } else if (from.cell !== undefined && to.cell !== undefined) {
      routes.push(cheapest(grid, wire, { from: from.cell, to: to.cell, taken: routes }))
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
function spineOf(grid: Grid, wire: Wire, from: Anchor, to: Anchor): (Spine & { gap: string }) | null {
  const [upper, lower] = from.rows.from < to.rows.from ? [from, to] : [to, from]
  const { columns } = from
  const isAligned = columns.from === to.columns.from && columns.to === to.columns.to
  if (!isAligned || overlap(from.rows, to.rows)) return null
  if ([from, to].some(({ cell }) => cell?.kind === 'history')) return null
  const isBetween = ({ kind, row, columns: { from, to } }: Cell) =>
    row > upper.rows.to && row < lower.rows.from && overlap(columns, { from, to }) && isSolid(kind)
  if (grid.cells.some(isBetween)) return null
  // Beside its target a label is outside of the groups that the line enters.
  const labelAt = to === lower ? lower.rows.from : upper.rows.to + 1
  return { wire, from, to, labelAt, gap: `${columns.from} ${columns.to} ${upper.rows.to}` }
}

/** A port is drawn as nothing, and a history state beside the middle. */
const isSolid = (kind: Cell['kind']) => kind === 'box' || kind === 'dot'

interface Ends {
  readonly from: Cell
  readonly to: Cell
  /** Those that were routed before. */
  readonly taken: readonly Route[]
}

/** About how large things will be, which is enough to compare ways. */
const ROUGH = { column: 170, row: 60, bend: 25, company: 6, group: 150, spine: 30, between: 60, inward: 60 }

export const roughX = (v: number) => v * ROUGH.column
export const roughRow = (row: number) => (row + 0.5) * ROUGH.row
export const roughH = (h: number) => h * ROUGH.row

function cheapest(grid: Grid, wire: Wire, { from, to, taken }: Ends): Route {
  let best: { route: Route; cost: number } | undefined
  for (const exit of gatesOf(from)) {
    for (const entry of gatesOf(to)) {
      const ways = exit.v === entry.v ? [null] : Array.from({ length: grid.rows + 1 }, (_, h) => h)
      for (const h of ways) {
        const route = { wire, exit, entry, h }
        const cost = costOf(grid, route, taken)
        if (best === undefined || cost < best.cost) best = { route, cost }
      }
    }
  }
  // A cell has two sides, so there is a way.
  return best?.route ?? { wire, exit: rightOf(from), entry: rightOf(to), h: null }
}

const leftOf = (cell: Cell): Gate => ({ cell, side: 'left', v: cell.columns.from })
const rightOf = (cell: Cell): Gate => ({ cell, side: 'right', v: cell.columns.to + 1 })
const gatesOf = (cell: Cell): Gate[] => [rightOf(cell), leftOf(cell)]

function costOf(grid: Grid, route: Route, taken: readonly Route[]): number {
  const { exit, entry, h } = route
  const inward = [exit, entry].filter(({ cell, side }) => cell.kind === 'history' && side === 'left').length
  const beside = taken.filter((other) => [other.exit.v, other.entry.v].includes(exit.v)).length
  const base = inward * ROUGH.inward + beside * ROUGH.company
  const [a, b] = [roughRow(exit.cell.row), roughRow(entry.cell.row)]
  if (h === null) {
    const isSameSide = exit.side === entry.side
    const isStraight = !isSameSide && exit.cell.row === entry.cell.row
    // Between two columns is where the lines from one to the other go.
    const between = isSameSide && exit.v > 0 && exit.v < grid.columns ? ROUGH.between : 0
    const rows = spanOf(exit.cell.row, entry.cell.row)
    return (
      base +
      Math.abs(a - b) +
      between +
      (isStraight ? 0 : 2 * ROUGH.bend) +
      blockedV(grid, exit.v, rows, route)
    )
  }
  const dy = Math.abs(a - roughH(h)) + Math.abs(b - roughH(h))
  const dx = Math.abs(roughX(exit.v) - roughX(entry.v))
  const [down, up] = [rowsTo(exit.cell.row, h), rowsTo(entry.cell.row, h)]
  const verticals = blockedV(grid, exit.v, down, route) + blockedV(grid, entry.v, up, route)
  return base + dx + dy + 4 * ROUGH.bend + verticals + blockedH(grid, h, spanOf(exit.v, entry.v), route)
}

/** Rows beside which a line runs from a row to a channel. */
const rowsTo = (row: number, h: number): Span => (h > row ? { from: row, to: h - 1 } : { from: h, to: row })

function blockedV(grid: Grid, v: number, rows: Span, route: Route): number {
  const isThrough = ({ from, to }: Span) => from < v && v <= to
  const isBlocked = grid.cells.some(
    ({ kind, row, columns }) => isSolid(kind) && isThrough(columns) && isWithin(row, rows),
  )
  if (isBlocked) return Number.POSITIVE_INFINITY
  const strange = grid.groups.filter(
    (group) => isThrough(group.columns) && overlap(group.rows, rows) && !isHome(group, route),
  )
  return strange.length * ROUGH.group
}

function blockedH(grid: Grid, h: number, between: Span, route: Route): number {
  const columns = { from: between.from, to: between.to - 1 }
  const strange = grid.groups.filter(
    ({ rows, columns: { from, to }, ...group }) =>
      rows.from < h &&
      h <= rows.to &&
      overlap({ from, to }, columns) &&
      !isHome({ ...group, rows, columns: { from, to } }, route),
  )
  const crossed = grid.cells.filter(
    ({ kind, row, columns: { from, to } }) => isSolid(kind) && row === h && overlap({ from, to }, columns),
  )
  return strange.length * ROUGH.group + crossed.length * ROUGH.spine
}

/** A line is at home in the groups that it begins or ends in. */
function isHome(group: Group, { exit, entry }: Route): boolean {
  return [exit, entry].some(
    ({ cell }) =>
      cell.columns.from >= group.columns.from &&
      cell.columns.to <= group.columns.to &&
      isWithin(cell.row, group.rows),
  )
}
