/**
 * The edges of a chart as the lines that stand for them: those that begin and end at the same box share one, and
 * its label.
 */
import { ROOT, type Chart, type ChartEdge, type ChartState, type EdgeKind } from '../chart.ts'
import type { Wire } from './grid.ts'
import { clipped, LABEL_FONT } from './text.ts'

/** Longer ones would push the rails apart; the outline has them whole. */
const MAX_LABEL_PX = 230

/** How a line is drawn that stands for edges of several kinds, and which of them is named first. */
const TELLING: readonly EdgeKind[] = ['error', 'after', 'event', 'always', 'done']

type States = ReadonlyMap<string, ChartState>

/** Edges with the same source and end. */
export interface Shared {
  readonly edges: readonly string[]
  readonly kind: EdgeKind
  /** '' where nothing is to be said. */
  readonly label: string
  /** The one that most tells. */
  readonly first: ChartEdge
}

/** Edges with the same end share a line: each edge's targets, if nothing else is said. */
export function sharedOf(
  chart: Chart,
  endOf = ({ targets }: ChartEdge) => JSON.stringify(targets),
): Shared[] {
  const undecided = undecidedOf(chart)
  const shared = Map.groupBy(chart.edges, (edge) => JSON.stringify([edge.source, endOf(edge)]))
  return [...shared.values()].flatMap((edges): Shared[] => {
    const ranked = edges.toSorted((a, b) => TELLING.indexOf(a.kind) - TELLING.indexOf(b.kind))
    const [first] = ranked
    if (first === undefined) return []
    const words = new Set(ranked.map((edge) => wordsOf(edge, undecided)))
    const label = clipped([...words].join(', '), LABEL_FONT, MAX_LABEL_PX)
    return [{ edges: edges.map(({ id }) => id), kind: first.kind, label, first }]
  })
}

export function wiresOf(chart: Chart): Wire[] {
  const states: States = new Map(chart.states.map((state) => [state.id, state]))
  const wires = sharedOf(chart, (edge) => endOf(edge, states)).map(({ first, ...shared }): Wire => {
    return { ...shared, source: first.source, target: endOf(first, states), isStart: false }
  })
  if (chart.initial === null) return wires
  const target = enteredAt(chart.initial, states)
  return [{ edges: [], kind: 'done', label: '', source: ROOT, target, isStart: true }, ...wires]
}

const eventOf = ({ source, event }: ChartEdge) => JSON.stringify([source, event])

/** Events whose guards decide nothing that is drawn: one candidate is always taken, and all lead to the same states. */
function undecidedOf({ edges }: Chart): ReadonlySet<string> {
  const candidates = [...Map.groupBy(edges, eventOf)]
  const isUndecided = ([, edges]: (typeof candidates)[number]) =>
    edges.some(({ guard }) => guard === null) &&
    new Set(edges.map(({ targets }) => targets.join())).size === 1
  return new Set(candidates.filter(isUndecided).map(([event]) => event))
}

function wordsOf(edge: ChartEdge, undecided: ReadonlySet<string>): string {
  const { label, guard, index } = edge
  if (undecided.has(eventOf(edge))) return label
  if (guard !== null) return `${label} [${guard}]`
  return index > 0 ? `${label} [else]` : label
}

/** One that only acts ends where it began; one into several regions at the parallel state around them. */
function endOf({ source, targets }: ChartEdge, states: States): string {
  const [target, ...others] = targets
  if (target === undefined) return source
  if (others.length === 0) return enteredAt(target, states)
  const around = wayTo(target, states).filter((id) =>
    others.every((other) => wayTo(other, states).includes(id)),
  )
  return around.at(-1) ?? enteredAt(target, states)
}

function wayTo(id: string, states: States): string[] {
  const way: string[] = []
  for (let at = states.get(id); at !== undefined; at = states.get(at.parent ?? '')) way.push(at.id)
  return way.toReversed()
}

/** Who enters a state with states in it goes on to the one that it begins with; a parallel one begins all over. */
function enteredAt(id: string, states: States): string {
  let state = states.get(id)
  while (state?.type === 'compound' && state.initial !== null) state = states.get(state.initial)
  return state?.id ?? id
}
