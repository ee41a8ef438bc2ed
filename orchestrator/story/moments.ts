/** One moment for each line of a journal: what happened, where it led, how long it lasted. Pure. */
import { deedOf, failureIn, type ChartOf, type Deed, type Failure } from './calls.ts'
import type { JournalLine } from './journal-line.ts'
import { isKind, type KnownChart } from './known-chart.ts'
import { Path } from './path.ts'
import { wordsOf } from './words.ts'
import type { ExactEdges } from './story.ts'

export interface Moment {
  readonly seq: number
  /** Of the chart that its edges belong to. */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The nested machine that processed the event; null for the saga itself. */
  readonly actor: string | null
  /** For people: `lock done`, `create failed: no answer`, `timer soon`, `retry by marie: the network is back`. */
  readonly words: string
  readonly by: 'start' | 'step' | 'timer' | 'event' | 'operator' | 'nested'
  /** Where it stood before, null if nowhere, and behind it. */
  readonly from: string | null
  readonly to: string
  /** Ids of all states that are active behind it. */
  readonly active: readonly string[]
  /** What that means to people, as the engine tells it. */
  readonly standing: 'running' | 'compensating' | 'parked' | 'ended'
  /** Until the next; null of the last. */
  readonly tookMs: number | null
  readonly failure: Failure | null
  readonly deed: Deed | null
  /** Ids of the edges that it took, in order. */
  readonly edges: readonly string[]
  /** Known from the machine itself, or the chart leaves no choice; else `edges` is the likeliest. */
  readonly isExact: boolean
}

export function momentsOf(lines: readonly JournalLine[], chartOf: ChartOf, exact: ExactEdges): Moment[] {
  const path = new Path(chartOf)
  let from: string | null = null
  return lines.map((line, index) => {
    const { seq, version, at, actor, active, state } = line
    const found = path.next(line)
    const told = exact[seq]
    const next = lines[index + 1]
    const moment: Moment = {
      seq,
      version,
      at,
      actor,
      words: wordsOf(line),
      by: byOf(line),
      from,
      to: state,
      active,
      standing: standingOf(line, chartOf(version)),
      tookMs: next === undefined ? null : Math.max(0, next.at - at),
      failure: failureIn(line.event),
      deed: deedOf(line),
      edges: told ?? found.edges,
      isExact: told !== undefined || found.isExact,
    }
    from = state
    return moment
  })
}

/** Without a chart, by the names that the charts of this house use. */
function standingOf(
  { active, state, event }: JournalLine,
  known: KnownChart | undefined,
): Moment['standing'] {
  const isEnd = active.some((id) => {
    const found = known?.states.get(id)
    return found?.parent === null && found.type === 'final'
  })
  if (isEnd || event.type === 'skald.abandon') return 'ended'
  if (known === undefined && /^(done|failed)$/i.test(state)) return 'ended'
  const is = (kind: 'parked' | 'undoing') =>
    known === undefined ? active[0] === kind : active.some((id) => isKind(known, id, kind))
  if (is('parked')) return 'parked'
  return is('undoing') ? 'compensating' : 'running'
}

function byOf({ actor, event: { type }, timer }: JournalLine): Moment['by'] {
  if (actor !== null) return 'nested'
  if (type === 'xstate.init') return 'start'
  if (type.startsWith('skald.')) return 'operator'
  if (timer !== null || type.startsWith('xstate.after.')) return 'timer'
  return /^xstate\.(done|error|snapshot)\./.test(type) ? 'step' : 'event'
}
