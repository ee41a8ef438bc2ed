/** Which edges of a chart an event of the journal may be heard by. An operator's verb is told to a chart in its own words. Pure. */
import type { ChartEdge } from '../chart/chart.ts'
import type { JournalLine } from './journal-line.ts'
import type { KnownChart } from './known-chart.ts'
import { text } from './words.ts'

export type Hears = (edge: ChartEdge) => boolean

/** Ways to tell it, the first that leads on being the one: each is a few events, one behind the other. */
export function waysToTell(known: KnownChart, { event }: JournalLine): readonly (readonly Hears[])[] {
  const { type } = event
  if (!type.startsWith(OPERATOR)) return [[named(type)]]
  const step = text(event['step']) || null
  switch (type.slice(OPERATOR.length)) {
    case 'retry':
      return [[RETRY], ...timersOf(known).map((timer) => [timer])]
    case 'skip':
      return withUnpark(known, endOf(known, { step, isCompensation: true, how: 'done' }))
    case 'complete':
      return withUnpark(known, endOf(known, { step, isCompensation: false, how: 'done' }))
    case 'compensate':
      return turnedBack(known, step, ['COMPENSATE', 'CANCEL'])
    case 'cancel':
      return turnedBack(known, step, ['CANCEL'])
    default:
      // Given up, it stays where it stood; moved to another version, no edge leads there.
      return []
  }
}

/** What follows by itself: `always`, and the end of states. */
export const follows: Hears = ({ event }) => event === '' || event.startsWith('xstate.done.state.')

/** What a chart may have raised to itself, besides. */
export const mayBeRaised: Hears = (edge) => follows(edge) || edge.kind === 'event'

const OPERATOR = 'skald.'

function named(type: string): Hears {
  return ({ event }) => event === type || (event !== '' && isPattern(event) && fits(event, type))
}

const isPattern = (descriptor: string) => descriptor === '*' || descriptor.endsWith('.*')

const fits = (pattern: string, type: string) => pattern === '*' || `${type}.`.startsWith(pattern.slice(0, -1))

const RETRY = named('RETRY')

function timersOf({ chart }: KnownChart): Hears[] {
  const timers = chart.edges.filter(({ kind }) => kind === 'after').map(({ event }) => event)
  return [...new Set(timers)].map(named)
}

/** Where it is parked it goes on first, by RETRY or by one of its timers. */
const withUnpark = (known: KnownChart, hears: Hears) => [
  [hears],
  ...[RETRY, ...timersOf(known)].map((unpark) => [unpark, hears]),
]

function turnedBack(known: KnownChart, step: string | null, types: readonly string[]): Hears[][] {
  const failed = endOf(known, { step, isCompensation: false, how: 'error' })
  return [...types.flatMap((type) => withUnpark(known, named(type))), ...withUnpark(known, failed)]
}

interface End {
  readonly step: string | null
  readonly isCompensation: boolean
  readonly how: 'done' | 'error'
}

function endOf({ calls }: KnownChart, { step, isCompensation, how }: End): Hears {
  const prefix = `xstate.${how}.actor.`
  return ({ event }) => {
    if (!event.startsWith(prefix)) return false
    const ended = calls.get(event.slice(prefix.length)) ?? []
    return ended.some(
      (call) => call.isCompensation === isCompensation && (step === null || call.step === step),
    )
  }
}
