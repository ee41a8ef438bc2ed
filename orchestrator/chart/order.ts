/**
 * The order in which a run without trouble meets the states: a definition comes with sorted keys, so the order in which
 * somebody wrote them is not known any more.
 */
import type { ChartEdge, EdgeKind } from './chart.ts'
import { initialOf, type Tree, type TreeState } from './tree.ts'

/** First as far as it goes by itself, then where somebody or the clock leads it, at last into trouble. */
const RANK: Readonly<Record<EdgeKind, number>> = { done: 0, always: 0, event: 1, after: 2, error: 3 }
const LAST_RANK = 3

interface Arrow {
  readonly to: TreeState
  readonly rank: number
}

/** By state, to its siblings. */
type Arrows = ReadonlyMap<TreeState, readonly Arrow[]>

/** All states but the root, outer ones before those within them. */
export function inOrder(tree: Tree, edges: readonly ChartEdge[]): TreeState[] {
  const arrows = arrowsOf(tree, edges)
  const met = new Set([...arrows.values()].flat().map(({ to }) => to))
  const ordered: TreeState[] = []
  const add = (state: TreeState) => {
    if (state.parent !== null) ordered.push(state)
    const beginning = beginningOf(tree, state)
    const siblings = [...state.children.values()]
    // What nothing leads to begins with what nothing at all leads to.
    const left = siblings.filter((sibling) => !met.has(sibling))
    for (const child of siblingsInOrder(beginning, [...left, ...siblings], arrows)) add(child)
  }
  add(tree.root)
  return ordered
}

function beginningOf(tree: Tree, state: TreeState): readonly TreeState[] {
  if (state.type === 'parallel') return [...state.children.values()]
  return [initialOf(tree, state)].filter((initial) => initial !== undefined)
}

/** Each edge, lifted to where the ways to its source and to its target part. */
function arrowsOf(tree: Tree, edges: readonly ChartEdge[]): Arrows {
  const byPath = new Map(tree.states.map((state) => [state.path, state]))
  const arrows = new Map<TreeState, Arrow[]>()
  for (const { source, targets, kind } of edges) {
    const from = wayTo(byPath.get(source))
    for (const target of targets) {
      const way = wayTo(byPath.get(target))
      const parting = way.findIndex((state, depth) => state !== from[depth])
      const [sibling, to] = [from[parting], way[parting]]
      if (sibling === undefined || to === undefined) continue
      const known = arrows.get(sibling) ?? []
      arrows.set(sibling, known)
      known.push({ to, rank: RANK[kind] })
    }
  }
  return arrows
}

/** From the root to the state. */
function wayTo(state: TreeState | undefined): TreeState[] {
  const way: TreeState[] = []
  for (let at = state ?? null; at !== null; at = at.parent) way.push(at)
  return way.toReversed()
}

function siblingsInOrder(
  beginning: readonly TreeState[],
  left: readonly TreeState[],
  arrows: Arrows,
): TreeState[] {
  const seen = new Set<TreeState>()
  for (const begin of beginning) follow(begin, 0, seen, arrows)
  for (let rank = 1; rank <= LAST_RANK; rank++) {
    for (const state of seen) follow(state, rank, seen, arrows)
  }
  for (const state of left) if (!seen.has(state)) follow(state, LAST_RANK, seen, arrows)
  return [...seen].toSorted((a, b) => Number(isHistory(a)) - Number(isHistory(b)))
}

const isHistory = (state: TreeState) => state.type === 'history'

/** Depth first, with a stack of its own: a run may be thousands of states long. */
function follow(begin: TreeState, rank: number, seen: Set<TreeState>, arrowsFrom: Arrows): void {
  const open = [begin]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state) && state !== begin) continue
    seen.add(state)
    const arrows = arrowsFrom.get(state) ?? []
    // The last one pushed is the first one taken.
    const next = arrows.filter((arrow) => arrow.rank <= rank && !seen.has(arrow.to)).toReversed()
    open.push(...next.toSorted((a, b) => b.rank - a.rank).map(({ to }) => to))
  }
}
