/** Which edges of its chart a saga took, line by line, told from where it stood before and behind. Pure. */
import { ROOT, type ChartEdge } from '../chart/chart.ts'
import type { ChartOf } from './calls.ts'
import { beginning, isSame, leavesOf, take, type Configuration, type Remembered } from './configuration.ts'
import { follows, mayBeRaised, waysToTell, type Hears } from './heard.ts'
import type { JournalLine } from './journal-line.ts'
import type { KnownChart } from './known-chart.ts'

export interface TakenEdges {
  /** Ids, in order. */
  readonly edges: readonly string[]
  /** False where the chart leaves a choice, or does not lead there at all. */
  readonly isExact: boolean
}

const NONE: TakenEdges = { edges: [], isExact: true }
const UNKNOWN: TakenEdges = { edges: [], isExact: false }

/** Hears the lines of one saga, from the first on. */
export class Path {
  readonly #chartOf: ChartOf
  readonly #remembered = new Map<string, readonly string[]>()
  #version = ''
  #before: Configuration | undefined

  constructor(chartOf: ChartOf) {
    this.#chartOf = chartOf
  }

  next(line: JournalLine): TakenEdges {
    // The saga's own chart has no edges for what a machine within it does.
    if (line.actor !== null) return NONE
    const known = this.#chartOf(line.version)
    const after = new Set(line.active)
    const isMoved = this.#before !== undefined && this.#version !== line.version
    const search = { known, line, before: this.#before, after, remembered: this.#remembered }
    const taken = isMoved ? NONE : takenIn(search)
    this.#before = after
    this.#version = line.version
    for (const id of line.active) {
      const parent = known?.outer.get(id)?.[0]
      if (parent !== undefined) this.#remembered.set(parent, line.active)
    }
    return taken
  }
}

interface Search {
  readonly known: KnownChart | undefined
  readonly line: JournalLine
  readonly before: Configuration | undefined
  readonly after: Configuration
  readonly remembered: Remembered
}

function takenIn({ known, line, before, after, remembered }: Search): TakenEdges {
  if (known === undefined) return UNKNOWN
  const goal = { known, after, remembered }
  const isStart = line.event.type === 'xstate.init'
  if (isStart) return chosen(waysTo(goal, beginning(known), [])) ?? UNKNOWN
  if (before === undefined) return UNKNOWN
  const ways = waysToTell(known, line)
  for (const hears of ways) {
    const found = chosen(waysTo(goal, before, hears))
    if (found !== undefined) return found
  }
  // Heard by nobody, or a guard kept it: only what was noted of it has changed.
  if (isSame(before, after)) return NONE
  const raised = ways.flatMap((hears) => waysTo(goal, before, hears, mayBeRaised))
  return { ...(chosen(raised) ?? UNKNOWN), isExact: false }
}

function chosen(ways: readonly (readonly string[])[]): TakenEdges | undefined {
  const [first] = ways
  if (first === undefined) return undefined
  const isOne = ways.every((way) => way.length === first.length && way.every((id, n) => id === first[n]))
  return { edges: first, isExact: isOne }
}

interface Goal extends Pick<Search, 'after' | 'remembered'> {
  readonly known: KnownChart
}

interface Standing {
  readonly config: Configuration
  readonly edges: readonly string[]
  /** How many of the events were heard. */
  readonly heard: number
}

/** Looked at for one line: a chart that allows more is told as far as that. */
const STANDINGS_MAX = 200
const EDGES_MAX = 12

/** The ways from `before` to the goal that hear all these events, the shortest first; each is the ids of its edges. */
function waysTo(
  { known, after, remembered }: Goal,
  before: Configuration,
  events: readonly Hears[],
  between: Hears = follows,
): string[][] {
  const ways: string[][] = []
  const standings: Standing[] = [{ config: before, edges: [], heard: 0 }]
  for (const { config, edges, heard } of standings) {
    const event = events[heard]
    if (event === undefined && isSame(config, after)) {
      ways.push([...edges])
      continue
    }
    if (edges.length >= EDGES_MAX) continue
    const on = (hears: Hears, nowHeard: number) => {
      for (const chosen of choices(known, config, hears)) {
        for (const taken of take(known, config, chosen, remembered)) {
          if (standings.length >= STANDINGS_MAX) return
          const ids = taken.edges.map(({ id }) => id)
          standings.push({ config: taken.after, edges: [...edges, ...ids], heard: nowHeard })
        }
      }
    }
    if (event !== undefined) on(event, heard + 1)
    if (heard > 0 || events.length === 0) on(between, heard)
  }
  return ways
}

const CHOICES_MAX = 64

/** Sets of edges that may be taken at once: in each region one, from the inside out, guards willing. */
function choices(known: KnownChart, config: Configuration, hears: Hears): ChartEdge[][] {
  let all: ReadonlySet<ChartEdge>[] = [new Set()]
  for (const leaf of leavesOf(known, config)) {
    const { edges, isSure } = candidatesOf(known, leaf, hears)
    if (edges.length === 0) continue
    all = all
      .flatMap((some) => [...edges.map((edge) => new Set([...some, edge])), ...(isSure ? [] : [some])])
      .slice(0, CHOICES_MAX)
  }
  return all.filter(({ size }) => size > 0).map((some) => [...some])
}

/** In the order in which they are asked; `isSure` if one of them has no guard, for then nothing behind it is asked. */
function candidatesOf(known: KnownChart, leaf: string, hears: Hears) {
  const edges: ChartEdge[] = []
  for (const id of [leaf, ...(known.outer.get(leaf) ?? [ROOT])]) {
    const own = (known.edgesFrom.get(id) ?? []).filter(hears)
    // XState asks the descriptor that says most first.
    for (const edge of own.toSorted((a, b) => b.event.length - a.event.length)) {
      edges.push(edge)
      if (edge.guard === null) return { edges, isSure: true }
    }
  }
  return { edges, isSure: false }
}
