/** What the overview tells of each state of a chart, as badges on it. Pure. */
import { activeIn } from '../../../chart/active.ts'
import type { Chart } from '../../../chart/chart.ts'
import type { Badge } from '../chart/chart-props.ts'
import { countedOf, durationOf, numberOf } from '../format/format.ts'
import type { Count, Stats } from '../types.ts'

export const SHOWS = ['now', 'entered', 'p95', 'errors'] as const
export type Show = (typeof SHOWS)[number]

export const showIn = (text: string | undefined): Show => SHOWS.find((show) => show === text) ?? 'now'

/** What is known of one state. Of the hour: null while nobody has told. */
export interface Figures {
  readonly now: number
  readonly entered: number | null
  readonly errors: number | null
  readonly p95Ms: number | null
}

interface Known {
  readonly counts: readonly Pick<Count, 'state' | 'sagas'>[]
  readonly stats: Stats | null
}

/** By state, for those without states in them: where a saga stands is in one of these, or in several at once. */
export function figuresOf(chart: Chart, { counts, stats }: Known): ReadonlyMap<string, Figures> {
  const parents = new Set(chart.states.map(({ parent }) => parent))
  const none: Figures = { now: 0, entered: stats && 0, errors: stats && 0, p95Ms: null }
  const places = chart.states.filter(({ id, type }) => !parents.has(id) && type !== 'history')
  const figures = new Map(places.map(({ id }) => [id, none]))
  const add = (state: string, more: (known: Figures) => Partial<Figures>) => {
    for (const id of activeIn(chart, state)) {
      const known = figures.get(id)
      if (known !== undefined) figures.set(id, { ...known, ...more(known) })
    }
  }
  for (const { state, sagas } of counts) add(state, (known) => ({ now: known.now + sagas }))
  for (const { state, entered, errors, p95_ms } of stats?.states ?? [])
    add(state, (known) => ({
      entered: (known.entered ?? 0) + entered,
      errors: (known.errors ?? 0) + errors,
      p95Ms: p95_ms === null ? known.p95Ms : Math.max(p95_ms, known.p95Ms ?? 0),
    }))
  return figures
}

/** By state: colour by the logarithm, so that a hundred beside a million are still seen. */
export function badgesOf(
  chart: Chart,
  figures: ReadonlyMap<string, Figures>,
  show: Show,
): ReadonlyMap<string, Badge> {
  const finals = new Set(chart.states.filter(({ type }) => type === 'final').map(({ id }) => id))
  const told = [...figures].map(
    ([id, known]) => [id, known, finals.has(id) ? 0 : (weightOf(known, show) ?? 0)] as const,
  )
  const most = Math.max(1, ...told.map(([, , weight]) => weight))
  return new Map(
    told.flatMap(([id, known, weight]) => {
      const words = wordsOf(known, show)
      if (words === null) return []
      const heat = Math.log1p(weight) / Math.log1p(most)
      return [[id, { ...words, heat, isAlarm: show === 'errors' && weight > 0 }] as const]
    }),
  )
}

function weightOf({ now, entered, errors, p95Ms }: Figures, show: Show): number | null {
  return { now, entered, errors, p95: p95Ms }[show]
}

/** null for what is not known, or would only be noise. */
function wordsOf(known: Figures, show: Show): Pick<Badge, 'text' | 'title'> | null {
  const weight = weightOf(known, show)
  if (weight === null || (show === 'errors' && weight === 0)) return null
  const titles: Readonly<Record<Show, string>> = {
    now: `${countedOf(weight, 'saga')} now`,
    entered: `${countedOf(weight, 'time')} entered in the last hour`,
    errors: `${countedOf(weight, 'error')} in the last hour`,
    p95: `${durationOf(weight)} at most, for 19 of 20 that left it`,
  }
  return { text: show === 'p95' ? durationOf(weight) : numberOf(weight), title: titles[show] }
}

/**
 * What a click on a state asks of the list. The server knows the ends by DONE and FAILED, and others by the beginning of
 * their path: inside of a parallel state that is the path of the parallel state itself, for its regions follow one
 * another in one text.
 */
export function wordOf(chart: Chart, id: string): string {
  const end = ['DONE', 'FAILED'].find((word) => activeIn(chart, word).includes(id))
  return end ?? outermostParallel(chart, id) ?? id
}

function outermostParallel({ states }: Chart, id: string): string | undefined {
  const byId = new Map(states.map((state) => [state.id, state]))
  let found: string | undefined
  for (let state = byId.get(id); state !== undefined; state = byId.get(state.parent ?? ''))
    if (state.type === 'parallel') found = state.id
  return found
}

/** The other way round. */
export function stateOf(chart: Chart, word: string | undefined): string | undefined {
  return chart.states.find(({ id }) => id === word || wordOf(chart, id) === word)?.id
}
