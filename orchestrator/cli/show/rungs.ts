// The rungs between the two rails of a saga, in order: a step on the way forward, and its compensation. Read from its
// chart, or guessed from the calls that were made, where nobody has the chart. Pure.
import type { Chart } from '../../chart/chart.ts'
import type { Call } from '../../story/story.ts'

export interface Rung {
  readonly step: string
  /** Ids of the invokes that do it, and that undo it. */
  readonly doing: readonly string[]
  readonly undoing: readonly string[]
}

/** Undefined for a chart that has not the shape `doing` and `undoing`. */
export function rungsOf(chart: Chart): Rung[] | undefined {
  const forward = callsWithin(chart, 'doing')
  const back = callsWithin(chart, 'undoing')
  if (forward.length === 0) return undefined
  const steps = [...new Set([...forward, ...back].map(({ step }) => step))]
  return steps.map((step) => ({ step, doing: thoseOf(step, forward), undoing: thoseOf(step, back) }))
}

/** By the names that the charts of this house use. */
export function rungsFrom(calls: readonly Call[]): Rung[] {
  const steps = [...new Set(calls.map(({ invoke }) => withoutUndo(invoke)))]
  return steps.map((step) => ({ step, doing: [step], undoing: [`undo-${step}`] }))
}

interface Named {
  readonly step: string
  readonly invoke: string
}

const thoseOf = (step: string, calls: readonly Named[]) =>
  calls.filter((one) => one.step === step).map(({ invoke }) => invoke)

const withoutUndo = (invoke: string) => invoke.replace(/^undo-/, '')

/** The first call of a state within the region is the step that the state is named by. */
function callsWithin({ states }: Chart, region: string): Named[] {
  const own = states.filter(({ id }) => id === region || id.startsWith(`${region}.`))
  return own.flatMap(({ id, key, calls }) =>
    calls.map((call, index) => ({
      step: index === 0 && id !== region ? key : withoutUndo(call.id),
      invoke: call.id,
    })),
  )
}
