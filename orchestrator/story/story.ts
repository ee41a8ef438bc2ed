/** What a journal tells: the calls, what people did, and each of its moments. Pure. */
import type { Chart } from '../chart/chart.ts'
import { callsOf, type Call, type Deed } from './calls.ts'
import type { JournalLine } from './journal-line.ts'
import { knownChart } from './known-chart.ts'
import { momentsOf, type Moment } from './moments.ts'

export type { Call, Deed, Failure } from './calls.ts'
export type { Moment } from './moments.ts'

export interface Story {
  /** In the order in which they were made. */
  readonly calls: readonly Call[]
  readonly deeds: readonly Deed[]
  /** One for each line. */
  readonly moments: readonly Moment[]
}

/** Edges that were really taken, by seq: what the replay of a saga answers. */
export type ExactEdges = Readonly<Record<number, readonly string[]>>

/**
 * `lines` from the first on, oldest first. `charts` are those at hand of the versions that it ran on; without that of a
 * line it has no edges, and without any, steps are named by their invokes.
 */
export function storyOf(
  lines: readonly JournalLine[],
  charts: readonly Chart[] = [],
  exact: ExactEdges = {},
): Story {
  const byVersion = new Map(charts.map((chart) => [chart.version, knownChart(chart)]))
  const chartOf = (version: string) => byVersion.get(version)
  // A version that is not at hand has called what another one calls by the same name.
  const [another] = byVersion.values()
  const { calls, deeds } = callsOf(lines, (version) => byVersion.get(version) ?? another)
  return { calls, deeds, moments: momentsOf(lines, chartOf, exact) }
}

/** As they stood behind the transition `seq`: those that began later are not there, those that ended later are open. */
export function callsAt({ calls }: Pick<Story, 'calls'>, seq: number): Call[] {
  return calls
    .filter(({ fromSeq }) => fromSeq <= seq)
    .map((call) => {
      const { toSeq } = call
      return toSeq === null || toSeq <= seq ? call : { ...call, ...OPEN }
    })
}

const OPEN = { toSeq: null, to: null, outcome: 'open', failure: null, deed: null } as const

/** The last one that is not behind `seq`. */
export function momentAt({ moments }: Pick<Story, 'moments'>, seq: number): Moment | undefined {
  return moments.findLast((moment) => moment.seq <= seq)
}
