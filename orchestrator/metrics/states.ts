/** How long sagas are in the states of their charts, by names that the charts give: nothing else becomes a label. */
import { Histogram, type Registry } from 'prom-client'
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import type { Observer } from '../engine/ports.ts'
import { LONG_SECONDS } from './buckets.ts'

/** What no chart here knows: a version that is not here, or the rest of a chart with too many regions. */
const OTHER = 'other'
/** Parallel regions multiply: of one machine's states so many have a name of their own. */
const STATES_MAX = 100

interface StateLabels {
  readonly machine: string
  readonly state: string
}

export class States {
  readonly observer: Partial<Observer>
  /** By machine, and by state as the API shows it; of all its versions. */
  readonly #labels = new Map<string, Map<string, StateLabels>>()

  constructor(register: Registry, machines: readonly AnyStateMachine[]) {
    for (const { id, root } of machines) this.#add(id, pathsOf(root))
    const duration = new Histogram({
      name: 'skald_state_duration_seconds',
      help: 'Time that sagas were in a state, told when they leave it',
      labelNames: ['machine', 'state'],
      buckets: LONG_SECONDS,
      registers: [register],
    })
    this.observer = {
      left: ({ machine }, state, ms) => duration.observe(this.labelsOf(machine, state), ms / 1_000),
    }
  }

  get machines(): readonly string[] {
    return [...this.#labels.keys()]
  }

  /** One and the same object for a state, so that the hot path makes none. */
  labelsOf(machine: string, state: string): StateLabels {
    return this.#labels.get(machine)?.get(sorted(state)) ?? { machine, state: OTHER }
  }

  #add(machine: string, states: readonly string[]): void {
    const known = this.#labels.get(machine) ?? new Map<string, StateLabels>()
    for (const state of states) if (known.size < STATES_MAX) known.set(sorted(state), { machine, state })
    this.#labels.set(machine, known)
  }
}

/** XState names regions in the order in which they were entered. */
const sorted = (state: string) => (state.includes(',') ? state.split(',').sort().join(',') : state)

/** Every value that a snapshot of the chart can have, as the API shows it. */
function pathsOf(node: AnyStateNode): string[] {
  const inner = Object.values(node.states)
    .filter(({ type }) => type !== 'history')
    .map((child) => pathsOf(child).map((rest) => (rest === '' ? child.key : `${child.key}.${rest}`)))
  if (inner.length === 0) return ['']
  return node.type === 'parallel' ? inner.reduce(eachWithEach) : inner.flat()
}

const eachWithEach = (left: readonly string[], right: readonly string[]) =>
  left.flatMap((region) => right.map((other) => `${region},${other}`)).slice(0, STATES_MAX)
