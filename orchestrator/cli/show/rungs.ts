// The rungs between the two rails of a saga, in order: a step on the way forward, and its compensation. Read from the
// chart as an export has it, or guessed from the calls that were made, where nobody has the chart. Pure.
import type { Call } from '../../story/story.ts'

export interface Rung {
  readonly step: string
  /** Ids of the invokes that do it, and that undo it. */
  readonly doing: readonly string[]
  readonly undoing: readonly string[]
}

interface State {
  readonly initial?: unknown
  readonly invoke?: unknown
  readonly states?: Readonly<Record<string, State>>
}

/** Undefined for a chart that has not the shape `doing` and `undoing`. */
export function rungsOf(config: unknown): Rung[] | undefined {
  const { doing, undoing } = ((config ?? {}) as State).states ?? {}
  if (doing === undefined) return undefined
  const forward = callsIn(doing)
  const back = undoing === undefined ? [] : callsIn(undoing)
  if (forward.length === 0) return undefined
  const steps = [...new Set([...forward, ...back].map(({ step }) => step))]
  return steps.map((step) => ({ step, doing: thoseOf(step, forward), undoing: thoseOf(step, back) }))
}

const thoseOf = (step: string, calls: readonly Named[]) =>
  calls.filter((one) => one.step === step).map(({ invoke }) => invoke)

/** By the names that the charts of this house use. */
export function rungsFrom(calls: readonly Call[]): Rung[] {
  const steps = [...new Set(calls.map(({ invoke }) => withoutUndo(invoke)))]
  return steps.map((step) => ({ step, doing: [step], undoing: [`undo-${step}`] }))
}

interface Named {
  readonly step: string
  readonly invoke: string
}

const withoutUndo = (invoke: string) => invoke.replace(/^undo-/, '')

function callsIn(region: State): Named[] {
  const own = invokesOf(region).map((invoke) => ({ step: withoutUndo(invoke), invoke }))
  const inner = inOrder(region).flatMap(([name, state]) =>
    callsIn(state).map(({ step, invoke }, index) => ({
      step: index === 0 && invokesOf(state).length > 0 ? name : step,
      invoke,
    })),
  )
  return [...own, ...inner]
}

function invokesOf({ invoke }: State): string[] {
  const all: unknown[] = Array.isArray(invoke) ? invoke : [invoke]
  return all.flatMap((one) => {
    const { id } = (one ?? {}) as { id?: unknown }
    return typeof id === 'string' ? [id] : []
  })
}

/** From the first state on, each followed by where its end leads; what cannot be reached like that comes last. */
function inOrder({ initial, states = {} }: State): [string, State][] {
  const order: string[] = []
  let name = typeof initial === 'string' ? initial : undefined
  while (name !== undefined && !order.includes(name)) {
    const state: State | undefined = states[name]
    if (state === undefined) break
    order.push(name)
    name = targetOf(state)
  }
  const all = [...order, ...Object.keys(states).filter((one) => !order.includes(one))]
  return all.flatMap((one): [string, State][] => {
    const state = states[one]
    return state === undefined ? [] : [[one, state]]
  })
}

/** Where the end of its call leads, by name; undefined if that is elsewhere. */
function targetOf(state: State): string | undefined {
  const [invoke] = Array.isArray(state.invoke) ? (state.invoke as unknown[]) : [state.invoke]
  const { onDone } = (invoke ?? state) as { onDone?: unknown }
  const first: unknown = Array.isArray(onDone) ? onDone[0] : onDone
  const target: unknown =
    typeof first === 'object' && first !== null && 'target' in first ? first.target : first
  return typeof target === 'string' && !target.startsWith('#') ? target : undefined
}
