/** Which states are active, from how the API or XState says where a saga stands. */
import type { Chart, ChartState } from './chart.ts'

/** Ids of all active states, outer ones before those within them, by the state as in `doing.left.a,right.deep.b`. */
export function activeIn(chart: Chart, state: string): string[] {
  const inside = Map.groupBy(chart.states, ({ parent }) => parent)
  const active: string[] = []

  /** Where in the string the value of `parent` ends; the root may be parallel too. */
  function read(parent: ChartState | null, from: number): number {
    const children = inside.get(parent?.id ?? null) ?? []
    // XState names all regions of a parallel state, so a comma behind the last of them belongs to one around it.
    const regions = children.filter(({ type }) => type !== 'history')
    const most = parent === null || parent.type === 'parallel' ? regions.length : 1
    let end = from
    for (let nth = 0; nth < most; nth++) {
      if (nth > 0 && state[end] !== ',') break
      const at = nth === 0 ? from : end + 1
      const child = longestAt(state, at, regions)
      if (child === undefined) break
      active.push(child.id)
      end = at + child.key.length
      if (state[end] === '.') end = read(child, end + 1)
    }
    return end
  }

  read(null, 0)
  return active.length > 0 ? active : endIn(chart, state)
}

/** Keys may have dots in them, so that one is the beginning of another. */
function longestAt(state: string, at: number, among: readonly ChartState[]): ChartState | undefined {
  return among
    .filter(({ key }) => state.startsWith(key, at) && ['.', ',', undefined].includes(state[at + key.length]))
    .toSorted((a, b) => b.key.length - a.key.length)[0]
}

/** The API says DONE and FAILED of sagas that ended, whatever their chart. */
function endIn({ states }: Chart, state: string): string[] {
  const isEnd = ({ parent, key }: ChartState) => parent === null && key === state.toLowerCase()
  return ['DONE', 'FAILED'].includes(state) ? states.filter(isEnd).map(({ id }) => id) : []
}

/** No chart nests as deep; a file that somebody made up may. */
const MAX_DEPTH = 100

/** Paths of all active states, outer ones before those within them, by XState's value of a snapshot. */
export function pathsOf(value: unknown, depth = MAX_DEPTH): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || depth === 0) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    key,
    ...pathsOf(inner, depth - 1).map((path) => `${key}.${path}`),
  ])
}
