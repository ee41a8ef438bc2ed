/** What each state and edge of a chart looks like at one moment of a saga. Pure. */
import type { Chart, ChartEdge } from '../chart/chart.ts'
import { isKind, knownChart, type KnownChart } from './known-chart.ts'
import { callsAt, type Call, type Moment, type Story } from './story.ts'
import { cut } from './words.ts'

type Mark =
  | 'current'
  | 'done'
  | 'failed'
  | 'compensating'
  | 'compensated'
  | 'parked'
  /** Given up where it stood; of a step, left while its call was open. */
  | 'abandoned'

interface StateMark {
  readonly mark: Mark
  /** How often its steps were called so far; 0 of a state without. */
  readonly tries: number
  /** For people: why it failed, who did it by hand; '' if there is nothing to say. */
  readonly note: string
}

interface EdgeMark {
  readonly times: number
  readonly isError: boolean
}

export interface Marks {
  /** Those that the saga never was in are not among them. */
  readonly states: ReadonlyMap<string, StateMark>
  readonly edges: ReadonlyMap<string, EdgeMark>
  /** Ids of the active states of this chart, outer ones before those within. */
  readonly current: readonly string[]
}

/** Behind the transition `seq`, on `chart`: one of those that the story was told with. */
export function marksAt(story: Story, chart: Chart, seq: number): Marks {
  const known = knownChart(chart)
  const moments = story.moments.filter((moment) => moment.seq <= seq)
  const calls = Map.groupBy(callsAt(story, seq), ({ state }) => state)
  const last = moments.at(-1)
  const current = (last?.active ?? []).filter((id) => known.states.has(id))
  const states = new Map<string, StateMark>()
  const undone = undoneSteps([...calls.values()].flat())
  for (const id of seenIn(known, moments)) {
    const mark = leftMark(known, id, { own: calls.get(id) ?? [], undone })
    if (mark !== undefined) states.set(id, mark)
  }
  if (last !== undefined) markCurrent(known, { current, calls, last, states })
  return { states, edges: edgesOf(known, moments), current }
}

/** Of all states, also those that it only passed through. */
function seenIn(known: KnownChart, moments: readonly Moment[]): Set<string> {
  const seen = new Set<string>()
  for (const moment of moments) {
    for (const id of moment.active) if (known.states.has(id)) seen.add(id)
    for (const id of moment.edges) {
      const source = edgeIn(known, moment, id)?.source
      if (source !== undefined && known.states.has(source)) seen.add(source)
    }
  }
  return seen
}

/** One of another version is shown where this chart has it too, and it leads where it led. */
function edgeIn(known: KnownChart, { version, active }: Moment, id: string): ChartEdge | undefined {
  const edge = known.edges.get(id)
  if (edge === undefined || version === known.chart.version) return edge
  const isThere = (target: string) => active.includes(target) || known.states.get(target)?.type === 'history'
  return edge.targets.every(isThere) ? edge : undefined
}

function edgesOf(known: KnownChart, moments: readonly Moment[]): Map<string, EdgeMark> {
  const edges = new Map<string, EdgeMark>()
  for (const moment of moments) {
    for (const id of moment.edges) {
      const edge = edgeIn(known, moment, id)
      if (edge === undefined) continue
      edges.set(id, { times: (edges.get(id)?.times ?? 0) + 1, isError: edge.kind === 'error' })
    }
  }
  return edges
}

const isUndone = ({ isCompensation, outcome }: Call) =>
  isCompensation && (outcome === 'done' || outcome === 'by hand')

/** By the last call of the compensation of each. */
function undoneSteps(calls: readonly Call[]): Set<string> {
  const last = new Map(calls.filter((call) => call.isCompensation).map((call) => [call.step, call]))
  return new Set([...last.values()].filter(isUndone).map(({ step }) => step))
}

interface Left {
  readonly own: readonly Call[]
  readonly undone: ReadonlySet<string>
}

/** Of a state that is not active; undefined of one that is only around others, or where nothing was done. */
function leftMark(known: KnownChart, id: string, { own, undone }: Left): StateMark | undefined {
  const state = known.states.get(id)
  const tries = triesIn(own)
  // Several calls may run in one state: the last of each says how it went.
  const lasts = [...new Map(own.map((call) => [call.invoke, call])).values()]
  const worst = OUTCOMES.flatMap((outcome) => lasts.find((call) => call.outcome === outcome) ?? [])[0]
  if (worst !== undefined) {
    const wasUndone = !worst.isCompensation && undone.has(worst.step)
    return { mark: markOf(worst, wasUndone), tries, note: noteOf(worst, wasUndone) }
  }
  const isPlain = (state?.type === 'atomic' || state?.type === 'final') && !isKind(known, id, 'parked')
  return isPlain ? { mark: 'done', tries, note: '' } : undefined
}

/** The worst first. */
const OUTCOMES = ['failed', 'left', 'open', 'by hand', 'done'] as const

function markOf({ outcome, isCompensation }: Call, wasUndone: boolean): Mark {
  switch (outcome) {
    case 'failed':
      return 'failed'
    case 'left':
    case 'open':
      return 'abandoned'
    case 'by hand':
    case 'done':
      return isCompensation || wasUndone ? 'compensated' : 'done'
  }
}

const triesIn = (calls: readonly Call[]) => calls.filter(({ fromSeq, toSeq }) => fromSeq !== toSeq).length

function noteOf({ outcome, failure, deed, isCompensation }: Call, wasUndone: boolean): string {
  const undone = wasUndone ? 'undone' : ''
  const by = deed === null ? '' : ` by ${deed.actor}`
  switch (outcome) {
    case 'failed':
      return together(failure?.message || failure?.code || 'failed', undone)
    case 'left':
      return together(deed === null ? 'left while its call was open' : `${deed.verb}${by}`, undone)
    case 'by hand':
      return together(`${isCompensation ? 'skipped' : 'completed'}${by}`, undone)
    case 'open':
    case 'done':
      return undone
  }
}

const together = (...notes: readonly string[]) => cut(notes.filter((note) => note !== '').join('; '))

interface Standing {
  readonly current: readonly string[]
  readonly calls: ReadonlyMap<string | null, readonly Call[]>
  readonly last: Moment
  readonly states: Map<string, StateMark>
}

function markCurrent(known: KnownChart, { current, calls, last, states }: Standing): void {
  const outer = new Set(current.flatMap((id) => known.outer.get(id)?.[0] ?? []))
  const isGivenUp = last.deed?.verb === 'abandon'
  const found = new Map<string, Mark>()
  for (const id of current.filter((one) => !outer.has(one))) {
    const mark = isGivenUp ? 'abandoned' : standingMark(known, id)
    for (const one of [id, ...(known.outer.get(id) ?? [])]) {
      const before = found.get(one)
      if (before === undefined || STANDING.indexOf(mark) < STANDING.indexOf(before)) found.set(one, mark)
    }
  }
  for (const id of current) {
    const own = calls.get(id) ?? []
    const note = isGivenUp && !outer.has(id) ? together(`given up by ${last.deed.actor}`) : standingNote(own)
    states.set(id, { mark: found.get(id) ?? 'current', tries: triesIn(own), note })
  }
}

/** Of states around several others, the one that most needs to be seen. */
const STANDING: readonly Mark[] = ['abandoned', 'parked', 'failed', 'compensating', 'current', 'done']

function standingMark(known: KnownChart, id: string): Mark {
  const state = known.states.get(id)
  if (state?.type === 'final') return state.parent === null && isKind(known, id, 'failed') ? 'failed' : 'done'
  if (isKind(known, id, 'parked')) return 'parked'
  return isKind(known, id, 'undoing') ? 'compensating' : 'current'
}

/** Why it is tried again. */
function standingNote(own: readonly Call[]): string {
  const failed = own.findLast(({ outcome }) => outcome === 'failed')
  return failed === undefined ? '' : together(failed.failure?.message || failed.failure?.code || 'failed')
}
