/**
 * What a verb will do, in words, before anybody tells the saga: from what its journal tells, from its chart, and from
 * where a dry run led. Pure; what the chart really does is its owner's to say.
 */
import { activeIn } from '../../../chart/active.ts'
import type { Chart } from '../../../chart/chart.ts'
import type { Call, Story } from '../../../story/story.ts'
import type { OpenSaga } from '../types.ts'
import type { AnyVerb } from './verb-list.ts'

/** What a dry run answers. */
export interface Trial {
  readonly possible: boolean
  readonly why: string | null
  /** Where it would stand. */
  readonly state: string | null
}

export interface Plan {
  /** Sentences, in the order in which it happens. */
  readonly happens: readonly string[]
  /** Steps that were begun, the one that is undone first in front. */
  readonly undone: readonly string[]
  /** Steps that were begun and stay so. */
  readonly stays: readonly string[]
}

export interface PlanOptions {
  readonly verb: AnyVerb
  readonly saga: Pick<OpenSaga, 'parked'>
  readonly story: Pick<Story, 'calls'>
  readonly chart: Chart | null
  /** The step that is meant, if one is. */
  readonly step: string
  readonly trial: Trial | null
}

export function planOf(options: PlanOptions): Plan {
  const begun = begunIn(options.story)
  const canUndo = (call: Call) => compensationOf(options.chart, call.step) !== undefined
  const [undone, stays] = fate(options, begun, canUndo)
  return {
    happens: sentences(options),
    undone: undone.map((call) => placed(call.step, participantOf(options.chart, call))),
    stays: stays.map((call) => placed(call.step, call.participant)),
  }
}

function fate(
  { verb, step, story }: PlanOptions,
  begun: readonly Call[],
  canUndo: (call: Call) => boolean,
): readonly [undone: readonly Call[], stays: readonly Call[]] {
  switch (verb) {
    case 'abandon':
      return [[], begun]
    case 'compensate':
    case 'cancel':
      return [begun.filter(canUndo), begun.filter((call) => !canUndo(call))]
    case 'retry':
    case 'skip':
      // On its way back it goes on to undo the rest.
      return story.calls.at(-1)?.isCompensation === true
        ? [begun.filter((call) => canUndo(call) && !(verb === 'skip' && call.step === step)), []]
        : [[], []]
    case 'complete':
    case 'migrate':
      return [[], []]
  }
}

/** Steps forward that took effect, or may have, and that nothing has undone since; the last one in front. */
function begunIn({ calls }: Pick<Story, 'calls'>): Call[] {
  const begun = new Map<string, Call>()
  for (const call of calls) {
    const { step, isCompensation, outcome, failure } = call
    const hasEnded = outcome === 'done' || outcome === 'by hand'
    if (isCompensation && hasEnded) begun.delete(step)
    else if (!isCompensation && (outcome !== 'failed' || failure?.inDoubt === true)) {
      begun.delete(step)
      begun.set(step, call)
    }
  }
  return [...begun.values()].toReversed()
}

function compensationOf(chart: Chart | null, step: string) {
  return chart?.states.flatMap(({ calls }) => calls).find((call) => call.isCompensation && call.step === step)
}

const participantOf = (chart: Chart | null, { step, participant }: Call) =>
  compensationOf(chart, step)?.participant ?? participant

const placed = (step: string, participant: string | null) =>
  participant === null ? step : `${step} (${participant})`

function sentences(options: PlanOptions): string[] {
  const { verb, story, step, saga, trial, chart } = options
  const open = story.calls.filter(({ outcome }) => outcome === 'open')
  const stops = open.map(
    (call) => `${nameOf(call)} is under way: nobody waits for its answer any more, and it counts as begun.`,
  )
  const goesOn = trial?.possible === true ? goesOnTo(trial.state, chart) : []
  const about = step === '' ? 'the step' : step
  switch (verb) {
    case 'retry':
      return saga.parked?.by === 'engine'
        ? ['The orchestrator loads it again, with the machines that are here.', ...goesOn]
        : ['It tries again now, not at its next automatic try.', ...goesOn]
    case 'skip':
      return [
        `Nobody is called to undo ${about}: it counts as undone, for somebody did it by hand.`,
        ...goesOn,
      ]
    case 'complete':
      return [`${about} counts as done, with the answer that you give. Nobody is called for it.`, ...goesOn]
    case 'compensate':
      return [...stops, 'It stops, and undoes what it has begun.', ...goesOn]
    case 'cancel':
      return [
        ...stops,
        'It stops, and undoes what it has begun. Its caller is answered that it was cancelled.',
        ...goesOn,
      ]
    case 'abandon':
      return [...stops, 'It is given up: it ends failed where it stands. Nobody is called any more.']
    case 'migrate':
      return ['It goes on with another version of its machine, which its code has to fit.', ...goesOn]
  }
}

const nameOf = ({ isCompensation, step }: Call) => (isCompensation ? `Undoing ${step}` : step)

/** Where it would stand, and who is called there. */
function goesOnTo(state: string | null, chart: Chart | null): string[] {
  if (state === null) return []
  const active = new Set(chart === null ? [] : activeIn(chart, state))
  const calls = (chart?.states ?? []).filter(({ id }) => active.has(id)).flatMap((found) => found.calls)
  const called = calls.map(({ isCompensation, step, src, participant }) => {
    const what = isCompensation ? `undo ${step ?? src}` : (step ?? src)
    return participant === null ? what : `${participant} to ${what}`
  })
  const stands = `It goes to ${state}`
  return [called.length === 0 ? `${stands}.` : `${stands}, and calls ${called.join(' and ')}.`]
}
