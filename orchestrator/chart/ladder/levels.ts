/** How many frames of groups lie around a cell, on each of its sides: the groups within each other that end there together. */
import { isWithin, type Group } from './grid.ts'

export const PAD_PX = 14
/** With the name of the group in it. */
export const HEADER_PX = 26

export interface Levels {
  /** Of a group itself. */
  of(group: Group): Edges
  /** The most of all groups that end on the right of the column, and so on. */
  readonly left: (column: number) => number
  readonly right: (column: number) => number
  readonly top: (row: number, column: number) => number
  readonly bottom: (row: number, column: number) => number
}

interface Edges {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export function levelsOf(groups: readonly Group[]): Levels {
  const inside = Map.groupBy(groups, ({ parent }) => parent)
  const levels = new Map<Group, Edges>()
  // Inner groups come behind outer ones.
  for (const group of groups.toReversed()) {
    const inner = inside.get(group.state) ?? []
    const most = (edge: keyof Edges, isShared: (inner: Group) => boolean) =>
      1 + Math.max(0, ...inner.map((inner) => (isShared(inner) ? (levels.get(inner)?.[edge] ?? 0) : 0)))
    levels.set(group, {
      left: most('left', ({ columns }) => columns.from === group.columns.from),
      right: most('right', ({ columns }) => columns.to === group.columns.to),
      top: most('top', ({ rows }) => rows.from === group.rows.from),
      bottom: most('bottom', ({ rows }) => rows.to === group.rows.to),
    })
  }
  const of = (group: Group) => levels.get(group) ?? { left: 0, right: 0, top: 0, bottom: 0 }
  const most = (edge: keyof Edges, isThere: (group: Group) => boolean) =>
    Math.max(0, ...groups.map((group) => (isThere(group) ? of(group)[edge] : 0)))
  return {
    of,
    left: (column) => most('left', ({ columns }) => columns.from === column),
    right: (column) => most('right', ({ columns }) => columns.to === column),
    top: (row, column) => most('top', ({ rows, columns }) => rows.from === row && isWithin(column, columns)),
    bottom: (row, column) =>
      most('bottom', ({ rows, columns }) => rows.to === row && isWithin(column, columns)),
  }
}
