/** Of all ways through the channels from one cell to another, the one that is short and crosses little. */
import {
  isSolid,
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

export interface Route {
  readonly wire: Wire
  readonly exit: Gate
  readonly entry: Gate
  /** The channels in which it runs down or up, from that of its exit to that of its entry; and those across between them. */
  readonly vs: readonly number[]
  readonly hs: readonly number[]
}

/** A side of a cell, and the channel there. */
export interface Gate {
  readonly cell: Cell
  readonly side: Side
  readonly v: number
}

interface Ends {
  readonly from: Cell
  readonly to: Cell
  /** Those that were routed before. */
  readonly taken: readonly Route[]
}

/** About how large things will be, which is enough to compare ways; and what it counts to cross or to crowd others. */
const ROUGH = { column: 170, row: 60, bend: 25, company: 6, group: 150, spine: 30, between: 60, inward: 60 }

/** A long ladder has many lines in the same channel, and none of them should go around it for that. */
const MOST_COMPANY = 8

const roughX = (v: number) => v * ROUGH.column
export const roughRow = (row: number) => (row + 0.5) * ROUGH.row
export const roughH = (h: number) => h * ROUGH.row

export function cheapestWay(grid: Grid, wire: Wire, { from, to, taken }: Ends): Route {
  let best: { route: Route; cost: number } | undefined
  for (const exit of gatesOf(from)) {
    const beside = Math.min(taken.filter((other) => other.vs.includes(exit.v)).length, MOST_COMPANY)
    for (const entry of gatesOf(to)) {
      for (const way of waysOf(grid, exit, entry)) {
        const route = { wire, exit, entry, ...way }
        const length = beside * ROUGH.company + lengthOf(grid, route)
        // What is in the way only makes it longer.
        if (best !== undefined && length >= best.cost) continue
        const cost = length + obstaclesOf(grid, route)
        if (best === undefined || cost < best.cost) best = { route, cost }
      }
    }
  }
  // Each cell has two sides, and ways from there.
  return best?.route ?? { wire, exit: rightOf(from), entry: rightOf(to), vs: [], hs: [] }
}

type Way = Pick<Route, 'vs' | 'hs'>

function waysOf(grid: Grid, exit: Gate, entry: Gate): Way[] {
  if (exit.v === entry.v) return [{ vs: [exit.v], hs: [] }]
  return Array.from({ length: grid.rows + 1 }, (_, h) => ({ vs: [exit.v, entry.v], hs: [h] }))
}

const leftOf = (cell: Cell): Gate => ({ cell, side: 'left', v: cell.columns.from })
const rightOf = (cell: Cell): Gate => ({ cell, side: 'right', v: cell.columns.to + 1 })
const gatesOf = (cell: Cell): Gate[] => [rightOf(cell), leftOf(cell)]

function lengthOf(grid: Grid, route: Route): number {
  const { exit, entry, vs, hs } = route
  const inward = [exit, entry].filter(({ cell, side }) => cell.kind === 'history' && side === 'left').length
  const down = climbsOf(route).reduce((sum, { from, to }) => sum + Math.abs(from - to), 0)
  const across = vs.slice(1).reduce((sum, v, index) => sum + Math.abs(roughX(v) - roughX(vs[index] ?? v)), 0)
  const isSameSide = exit.side === entry.side
  // Between two columns is where the lines from one to the other go.
  const between = hs.length === 0 && isSameSide && exit.v > 0 && exit.v < grid.columns ? ROUGH.between : 0
  const bends = hs.length === 0 && !isSameSide && down === 0 ? 0 : 2 + 2 * hs.length
  return inward * ROUGH.inward + down + across + between + bends * ROUGH.bend
}

/** How it runs in each of its channels down: between which heights, and beside which rows. */
function climbsOf({ exit, entry, vs, hs }: Route): { v: number; from: number; to: number; rows: Span }[] {
  return vs.map((v, index) => {
    const [before, behind] = [hs[index - 1], hs[index]]
    const from = before === undefined ? roughRow(exit.cell.row) : roughH(before)
    const to = behind === undefined ? roughRow(entry.cell.row) : roughH(behind)
    const rows = spanOf(from, to)
    return {
      v,
      from,
      to,
      rows: { from: Math.floor(rows.from / ROUGH.row), to: Math.ceil(rows.to / ROUGH.row) - 1 },
    }
  })
}

function obstaclesOf(grid: Grid, route: Route): number {
  const down = climbsOf(route).map(({ v, rows }) => obstaclesDown(grid, route, { v, rows }))
  const across = route.hs.map((h, index) =>
    obstaclesAcross(grid, route, { h, between: spanOf(route.vs[index] ?? 0, route.vs[index + 1] ?? 0) }),
  )
  return [...down, ...across].reduce((sum, cost) => sum + cost, 0)
}

function obstaclesDown(grid: Grid, route: Route, { v, rows }: { v: number; rows: Span }): number {
  const isThrough = ({ from, to }: Span) => from < v && v <= to
  const passed = grid.cells.filter(
    (cell) => isSolid(cell) && isThrough(cell.columns) && isWithin(cell.row, rows),
  )
  const strange = grid.groups.filter(
    (group) => isThrough(group.columns) && overlap(group.rows, rows) && !isHome(group, route),
  )
  return strange.length * ROUGH.group + passed.length * ROUGH.spine
}

function obstaclesAcross(grid: Grid, route: Route, { h, between }: { h: number; between: Span }): number {
  const columns = { from: between.from, to: between.to - 1 }
  const isCrossed = (rows: Span) => rows.from < h && h <= rows.to
  const strange = grid.groups.filter(
    (group) => isCrossed(group.rows) && overlap(group.columns, columns) && !isHome(group, route),
  )
  const spines = grid.cells.filter(
    (cell) => isSolid(cell) && cell.row === h && overlap(cell.columns, columns),
  )
  return strange.length * ROUGH.group + spines.length * ROUGH.spine
}

/** A line is at home in the groups that it begins or ends in. */
function isHome({ columns, rows }: Group, { exit, entry }: Route): boolean {
  const isIn = ({ cell }: Gate) =>
    columns.from <= cell.columns.from && cell.columns.to <= columns.to && isWithin(cell.row, rows)
  return isIn(exit) || isIn(entry)
}
