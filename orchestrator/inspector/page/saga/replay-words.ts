/** What came of telling a saga again, in words, and what of the chart it is about. Pure. */
import { pathsOf } from '../../../chart/active.ts'
import type { Moment } from '../../../story/story.ts'
import { countedOf } from '../format/format.ts'
import type { Replay } from './source.ts'

export interface ReplayWords {
  readonly mark: 'done' | 'failed' | 'alert'
  readonly title: string
  readonly text: string
}

/** `transitions`: how many there were when it was told. */
export function replayWords(replay: Replay, transitions: number, moments: readonly Moment[]): ReplayWords {
  const { outcome, against, difference, missing } = replay
  switch (outcome) {
    case 'identical':
      return {
        mark: 'done',
        title: 'Identical',
        text: `Version ${against} tells ${transitions === 1 ? 'its one transition' : `all ${countedOf(transitions, 'transition')}`} as recorded: states, context, calls and timers.`,
      }
    case 'differs': {
      const words = moments.find(({ seq }) => seq === difference?.seq)?.words ?? difference?.event ?? ''
      const where =
        difference === null ? '' : ` at transition ${difference.seq}${words === '' ? '' : ` (${words})`}`
      return {
        mark: 'failed',
        title: `Differs${where}`,
        text: difference?.reason ?? `Version ${against} tells it otherwise.`,
      }
    }
    case 'untold':
      return {
        mark: 'alert',
        title: 'It can not be told',
        text:
          missing.length === 0
            ? `Version ${against} is not here.`
            : `It ran on what is not here any more: version ${missing.join(', ')}. What could be told is the same.`,
      }
    case 'too-long':
      return {
        mark: 'alert',
        title: 'It is too long to be told here',
        text: 'Nobody waits for that on a page: `skald replay` with the id of the saga takes the time that it needs.',
      }
  }
}

/** Where it led then and where it would lead now, and the arrows that it took: ids of states and edges. */
export function pointedBy(
  { difference, edges, against }: Replay,
  moments: readonly Moment[],
): ReadonlySet<string> {
  if (difference === null) return new Set()
  const { seq, changes } = difference
  const moment = moments.find((one) => one.seq === seq)
  const now = changes.flatMap(({ path, after }) => statesAt(path, after))
  // Ids of arrows are those of a version: the same one is another arrow elsewhere.
  const taken = moment?.version === against ? (edges[seq] ?? []) : []
  return new Set([...innermost(moment?.active ?? []), ...now, ...(moment?.edges ?? []), ...taken])
}

/** Of a change of the state itself: `value.doing` became `reserve`. */
function statesAt(path: string, after: unknown): readonly string[] {
  const [, outer = ''] = /^value\.?(.*)$/.exec(path) ?? []
  if (!/^value\b/.test(path)) return []
  const within = outer === '' ? '' : `${outer}.`
  return innermost(pathsOf(after)).map((state) => `${within}${state}`)
}

const innermost = (active: readonly string[]) =>
  active.filter((state) => !active.some((other) => other.startsWith(`${state}.`)))
