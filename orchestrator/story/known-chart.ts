/** A chart made ready to be asked about, once for each: a journal asks thousands of times. Pure. */
import { ROOT, type Chart, type ChartCall, type ChartEdge, type ChartState } from '../chart/chart.ts'

export interface PlacedCall extends ChartCall {
  /** Id of the state while which it runs. */
  readonly state: string
}

export interface KnownChart {
  readonly chart: Chart
  readonly states: ReadonlyMap<string, ChartState>
  readonly edges: ReadonlyMap<string, ChartEdge>
  /** By the id of their source. */
  readonly edgesFrom: ReadonlyMap<string, readonly ChartEdge[]>
  /** By the id of the state that they are in, ROOT for the outermost ones. */
  readonly within: ReadonlyMap<string, readonly ChartState[]>
  /** From the innermost to ROOT, by the id of what lies within them. */
  readonly outer: ReadonlyMap<string, readonly string[]>
  /** By the id of the invoke: charts may use one in several states. */
  readonly calls: ReadonlyMap<string, readonly PlacedCall[]>
}

const known = new WeakMap<Chart, KnownChart>()

export function knownChart(chart: Chart): KnownChart {
  const found = known.get(chart) ?? made(chart)
  known.set(chart, found)
  return found
}

function made(chart: Chart): KnownChart {
  const { states, edges } = chart
  const calls = states.flatMap(({ id, calls: own }) => own.map((call) => ({ ...call, state: id })))
  return {
    chart,
    states: new Map(states.map((state) => [state.id, state])),
    edges: new Map(edges.map((edge) => [edge.id, edge])),
    edgesFrom: Map.groupBy(edges, ({ source }) => source),
    within: Map.groupBy(states, ({ parent }) => parent ?? ROOT),
    outer: outerOf(states),
    calls: Map.groupBy(calls, ({ id }) => id),
  }
}

/** Outer states come before those within them. */
function outerOf(states: readonly ChartState[]): Map<string, readonly string[]> {
  const outer = new Map<string, readonly string[]>([[ROOT, []]])
  for (const { id, parent } of states) {
    const around = parent ?? ROOT
    outer.set(id, [around, ...(outer.get(around) ?? [])])
  }
  return outer
}

export function isWithin({ outer }: KnownChart, id: string, state: string): boolean {
  return outer.get(id)?.includes(state) === true
}

/** As the engine tells what a snapshot means: by the name of the outermost state, or by a tag. */
export function isKind(known: KnownChart, id: string, kind: 'parked' | 'undoing' | 'failed'): boolean {
  return [id, ...(known.outer.get(id) ?? [])].some((one) => {
    const state = known.states.get(one)
    return state !== undefined && (state.tags.includes(kind) || (state.parent === null && state.key === kind))
  })
}

/** The call of this invoke in one of the active states. */
export function callIn(
  known: KnownChart | undefined,
  invoke: string,
  active: readonly string[],
): PlacedCall | undefined {
  const all = known?.calls.get(invoke) ?? []
  return all.length < 2 ? all[0] : (all.find(({ state }) => active.includes(state)) ?? all[0])
}
