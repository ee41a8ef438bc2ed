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
  readonly #work: Work = { left: WORK_MAX, cuts: 0 }
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
    const [before, remembered, work] = [this.#before, this.#remembered, this.#work]
    const taken = isMoved ? NONE : takenIn({ known, line, before, after, remembered, work })
    this.#before = after
    this.#version = line.version
    for (const id of line.active) {
      const parent = known?.outer.get(id)?.[0]
      if (parent !== undefined) this.#remembered.set(parent, line.active)
    }
    return taken
  }
}

/** What the search for the ways of all lines may still cost, in states looked at: some seconds, for the worst of charts. */
interface Work {
  left: number
  /** How often ways were left aside, for there were too many. */
  cuts: number
}

const WORK_MAX = 1_000_000

interface Search {
  readonly known: KnownChart | undefined
  readonly line: JournalLine
  readonly before: Configuration | undefined
  readonly after: Configuration
  readonly remembered: Remembered
  readonly work: Work
}

function takenIn({ known, line, before, ...around }: Search): TakenEdges {
  if (known === undefined) return UNKNOWN
  const goal = { known, ...around }
  const isStart = line.event.type === 'xstate.init'
  if (isStart) return chosen(waysTo(goal, beginning(known), [])) ?? UNKNOWN
  if (before === undefined) return UNKNOWN
  const tellings = waysToTell(known, line)
  for (const hears of tellings) {
    const found = chosen(waysTo(goal, before, hears))
    if (found !== undefined) return found
  }
  // Heard by nobody, or a guard kept it: only what was noted of it has changed.
  if (isSame(before, goal.after)) return NONE
  for (const hears of tellings) {
    const found = chosen(waysTo(goal, before, hears, mayBeRaised))
    if (found !== undefined) return { ...found, isExact: false }
  }
  return UNKNOWN
}

interface Ways {
  /** The shortest first; each is the ids of its edges. */
  readonly ways: readonly (readonly string[])[]
  /** False if there may be more. */
  readonly isWhole: boolean
}

function chosen({ ways, isWhole }: Ways): TakenEdges | undefined {
  const [first] = ways
  if (first === undefined) return undefined
  const isOne = ways.every((way) => way.length === first.length && way.every((id, n) => id === first[n]))
  return { edges: first, isExact: isOne && isWhole }
}

type Goal = Omit<Search, 'line' | 'before' | 'known'> & { readonly known: KnownChart }

interface Standing {
  readonly config: Configuration
  readonly edges: readonly string[]
  /** How many of the events were heard. */
  readonly heard: number
  /** Where it came from. */
  readonly behind: Standing | null
}

/** Looked at for one line, while there is work left, and then. */
const STANDINGS_MAX = 200
const STANDINGS_FEW = 4

/** The ways from `before` to the goal that hear all these events, and `between` whatever follows by itself. */
function waysTo(goal: Goal, before: Configuration, events: readonly Hears[], between: Hears = follows): Ways {
  const ways: (readonly string[])[] = []
  const standings: Standing[] = [{ config: before, edges: [], heard: 0, behind: null }]
  const { cuts } = goal.work
  for (const standing of standings) {
    const { config, edges, heard } = standing
    const event = events[heard]
    if (event === undefined && isSame(config, goal.after)) {
      ways.push(edges)
      continue
    }
    const next = [
      ...(event === undefined
        ? []
        : onwards(goal, standing, event).map((one) => ({ ...one, heard: heard + 1 }))),
      ...(heard > 0 || events.length === 0 ? onwards(goal, standing, between) : []),
    ].filter((one) => !isCircle(one))
    const room = (goal.work.left > 0 ? STANDINGS_MAX : STANDINGS_FEW) - standings.length
    if (next.length > room) goal.work.cuts += 1
    standings.push(...next.slice(0, Math.max(0, room)))
  }
  return { ways, isWhole: goal.work.cuts === cuts }
}

function onwards({ known, after, remembered, work }: Goal, standing: Standing, hears: Hears): Standing[] {
  const { config, edges, heard } = standing
  const all = choices({ known, config, after, hears, work })
  work.left -= config.size * (all.length + 1)
  return all.flatMap((choice) =>
    take(known, config, choice, remembered).map((taken) => ({
      config: taken.after,
      edges: [...edges, ...taken.edges.map(({ id }) => id)],
      heard,
      behind: standing,
    })),
  )
}

/** What follows by itself leads nowhere that it came from: a machine that did would never rest. */
function isCircle({ config, heard, behind }: Standing): boolean {
  for (let before = behind; before?.heard === heard; before = before.behind)
    if (isSame(before.config, config)) return true
  return false
}

const CHOICES_MAX = 64
const CHOICES_FEW = 2

interface Choosing {
  readonly known: KnownChart
  readonly config: Configuration
  readonly after: Configuration
  readonly hears: Hears
  readonly work: Work
}

/** Sets of edges that may be taken at once: in each region one, from the inside out, guards willing. The likeliest first. */
function choices({ known, config, after, hears, work }: Choosing): ChartEdge[][] {
  const max = work.left > 0 ? CHOICES_MAX : CHOICES_FEW
  let all: ReadonlySet<ChartEdge>[] = [new Set()]
  const isLikely = ({ targets }: ChartEdge) => targets.every((target) => after.has(target))
  for (const leaf of leavesOf(known, config)) {
    const { edges, isSure } = candidatesOf(known, leaf, hears)
    if (edges.length === 0) continue
    const ways: (ChartEdge | null)[] = [
      ...edges.filter(isLikely),
      ...(isSure ? [] : [null]),
      ...edges.filter((edge) => !isLikely(edge)),
    ]
    if (all.length * ways.length > max) work.cuts += 1
    all = all
      .flatMap((some) => ways.map((edge) => (edge === null ? some : new Set([...some, edge]))))
      .slice(0, max)
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
