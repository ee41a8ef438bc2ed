/** The chart in words: for who does not see it, and for where it can not be drawn. */
import { ROOT, type Chart, type ChartEdge, type ChartState } from './chart.ts'

export interface OutlineItem {
  /** '' for the root, which is an item only where it has arrows of its own. */
  readonly state: string
  readonly label: string
  /** What it is and what it calls, as in `final`, `begins here`, `calls carts: lock`. */
  readonly facts: readonly string[]
  /** Each of its arrows, as in `error, if surelyNotDone: to failed`. */
  readonly arrows: readonly string[]
  readonly inside: readonly OutlineItem[]
}

export function outlineOf(chart: Chart): OutlineItem[] {
  const inside = Map.groupBy(chart.states, ({ parent }) => parent)
  const edges = Map.groupBy(chart.edges, ({ source }) => source)
  const arrowsOf = (id: string) => (edges.get(id) ?? []).map(inWords)
  const item = (state: ChartState, initial: string | null): OutlineItem => ({
    state: state.id,
    label: state.key,
    facts: [...(state.id === initial ? ['begins here'] : []), ...factsOf(state)],
    arrows: arrowsOf(state.id),
    inside: (inside.get(state.id) ?? []).map((child) => item(child, state.initial)),
  })
  const items = (inside.get(null) ?? []).map((state) => item(state, chart.initial))
  if (!edges.has(ROOT)) return items
  return [{ state: ROOT, label: 'in any state', facts: [], arrows: arrowsOf(ROOT), inside: [] }, ...items]
}

function factsOf({ type, calls }: ChartState): string[] {
  const kinds = { atomic: [], compound: [], parallel: ['parallel'], final: ['final'], history: ['history'] }
  return [
    ...kinds[type],
    ...calls.map(({ src, step, participant, isCompensation }) =>
      participant === null
        ? `runs ${src}`
        : `calls ${participant}: ${isCompensation ? 'undo ' : ''}${step ?? src}`,
    ),
  ]
}

function inWords({ label, guard, targets }: ChartEdge): string {
  const condition = guard === null ? '' : `, if ${guard}`
  return `${label}${condition}: ${targets.length === 0 ? 'stays' : `to ${targets.join(' and ')}`}`
}
