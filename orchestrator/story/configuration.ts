/**
 * The active states of a chart, and what becomes of them when edges are taken: XState's own rules, as far as a chart
 * without its functions tells. A history state leads to all that it may remember, hence several ways on. Pure.
 */
import { ROOT, type ChartEdge } from '../chart/chart.ts'
import { isWithin, type KnownChart } from './known-chart.ts'

export type Configuration = ReadonlySet<string>

/** By the id of a state with states in it: all that was active the last time it was. */
export type Remembered = ReadonlyMap<string, readonly string[]>

/** Of one history state that remembers nothing: it may begin with any. */
const ALTERNATIVES_MAX = 32

export interface Taken {
  /** Without those that others take precedence of. */
  readonly edges: readonly ChartEdge[]
  readonly after: Configuration
}

export function isSame(one: Configuration, other: Configuration): boolean {
  return one.size === other.size && [...one].every((id) => other.has(id))
}

/** `chosen` are taken at once: several only of a parallel state. */
export function take(
  known: KnownChart,
  before: Configuration,
  chosen: readonly ChartEdge[],
  remembered: Remembered,
): Taken[] {
  const edges = withoutConflicts(known, chosen)
  const domains = edges.filter(({ targets }) => targets.length > 0).map((edge) => domainOf(known, edge))
  const stays = [...before].filter((id) => domains.every((domain) => !isWithin(known, id, domain)))
  const goals = edges.flatMap(({ targets }) => targets).map((target) => goalsOf(known, target, remembered))
  return combinations(goals).map((entered) => {
    const config = new Set(stays)
    for (const id of entered.flat()) addWithOuter(known, id, config)
    // Left as a whole, a parallel machine is entered as a whole.
    if (domains.includes(ROOT) && known.chart.initial === null)
      for (const id of insidesOf(known, ROOT)) config.add(id)
    fill(known, config)
    return { edges, after: config }
  })
}

export function beginning(known: KnownChart): Configuration {
  const { initial } = known.chart
  const config = new Set<string>()
  for (const id of initial === null ? insidesOf(known, ROOT) : [initial]) addWithOuter(known, id, config)
  fill(known, config)
  return config
}

export function leavesOf(known: KnownChart, config: Configuration): string[] {
  const outer = new Set([...config].flatMap((id) => known.outer.get(id)?.[0] ?? []))
  return [...config].filter((id) => !outer.has(id))
}

const insidesOf = ({ within }: KnownChart, id: string) =>
  (within.get(id) ?? []).flatMap((state) => (state.type === 'history' ? [] : [state.id]))

/** The state whose insides the edge leaves and enters. */
function domainOf(known: KnownChart, { source, targets }: ChartEdge): string {
  if (targets.every((target) => target === source || isWithin(known, target, source))) return source
  const around = known.outer.get(source) ?? []
  return around.find((id) => targets.every((target) => isWithin(known, target, id))) ?? ROOT
}

interface Moving {
  readonly edge: ChartEdge
  readonly domain: string
}

/** Of edges that leave the same states, the one from further within is taken, or else the first. */
function withoutConflicts(known: KnownChart, chosen: readonly ChartEdge[]): ChartEdge[] {
  const kept = new Set<ChartEdge>()
  /** By their domain, and by each state around it: a chart may have a hundred regions. */
  const within = new Map<string, Set<Moving>>()
  for (const edge of chosen) {
    kept.add(edge)
    if (edge.targets.length === 0) continue
    const domain = domainOf(known, edge)
    const outer = known.outer.get(domain) ?? []
    const around = outer.flatMap((id) => [...(within.get(id) ?? [])].filter((one) => one.domain === id))
    const rivals = [...(within.get(domain) ?? []), ...around]
    if (rivals.some((rival) => !isWithin(known, edge.source, rival.edge.source))) {
      kept.delete(edge)
      continue
    }
    for (const rival of rivals) {
      kept.delete(rival.edge)
      for (const all of within.values()) all.delete(rival)
    }
    const moving = { edge, domain }
    for (const id of [domain, ...outer]) within.set(id, (within.get(id) ?? new Set()).add(moving))
  }
  return [...kept]
}

/** The states to enter, each a way to understand the target. */
function goalsOf(known: KnownChart, target: string, remembered: Remembered): string[][] {
  const state = known.states.get(target)
  if (state?.type !== 'history') return [[target]]
  const parent = state.parent ?? ROOT
  const children = insidesOf(known, parent)
  const was = (remembered.get(parent) ?? []).filter((id) => isWithin(known, id, parent))
  const shallow = was.filter((id) => known.outer.get(id)?.[0] === parent)
  if (shallow.length > 0) return shallow.length === was.length ? [shallow] : [shallow, was]
  const initial = parent === ROOT ? [] : [[parent]]
  return [...initial, ...children.slice(0, ALTERNATIVES_MAX).map((id) => [id])]
}

function combinations<One>(choices: readonly (readonly One[])[]): One[][] {
  let all: One[][] = [[]]
  for (const some of choices) all = all.flatMap((one) => some.map((next) => [...one, next]))
  return all.slice(0, ALTERNATIVES_MAX)
}

function addWithOuter(known: KnownChart, id: string, config: Set<string>): void {
  config.add(id)
  for (const outer of known.outer.get(id) ?? []) if (outer !== ROOT) config.add(outer)
}

/** Down to the leaves: where no state within an active one was entered, the one that it begins with, or all regions. */
function fill(known: KnownChart, config: Set<string>): void {
  // A set tells those that are added while it is walked through.
  for (const id of config) {
    const state = known.states.get(id)
    const inner = insidesOf(known, id)
    if (state?.type === 'parallel') for (const region of inner) config.add(region)
    const isEmpty = state?.type === 'compound' && inner.every((child) => !config.has(child))
    if (!isEmpty) continue
    const first = state.initial ?? inner[0]
    if (first !== undefined && isWithin(known, first, id)) addWithOuter(known, first, config)
  }
}
