/**
 * A machine as people see it: its states and arrows, without its functions. Plain data, the same whether it was read
 * from the registry, from the store or from an exported file, by a server or by a page.
 */

export interface Chart {
  readonly machine: string
  readonly version: string
  /** The structural hash of the machine; null of one that is not Skald's. */
  readonly hash: string | null
  /** Id of the state that a run begins with; null if the whole machine is one parallel state. */
  readonly initial: string | null
  /** Outer states before those within them, and in the order in which a run without trouble meets them. */
  readonly states: readonly ChartState[]
  readonly edges: readonly ChartEdge[]
}

export interface ChartState {
  /** Its path from the root, as in `doing.lock`; the root itself is not among the states. */
  readonly id: string
  readonly key: string
  /** Null at the top. */
  readonly parent: string | null
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  /** Id of the state within it that it begins with. */
  readonly initial: string | null
  readonly calls: readonly ChartCall[]
  readonly tags: readonly string[]
}

/** An actor that runs while the state is active. */
export interface ChartCall {
  /** Of the invoke. */
  readonly id: string
  readonly src: string
  /** Null for what is not a step. */
  readonly step: string | null
  readonly participant: string | null
  readonly isCompensation: boolean
}

export type EdgeKind = 'done' | 'error' | 'after' | 'always' | 'event'

export interface ChartEdge {
  /** `source|event|index`, as XState itself tells them apart. */
  readonly id: string
  readonly source: string
  /** Of the states that it leads to; several only into a parallel one; none for one that only acts. */
  readonly targets: readonly string[]
  readonly kind: EdgeKind
  /** XState's descriptor, as in `xstate.done.actor.lock`, `xstate.after.soon.commande.parked.doing`, `CANCEL`; '' for always. */
  readonly event: string
  /** Among the candidates of that event in that state. */
  readonly index: number
  readonly guard: string | null
  /** For people: `done`, `error`, `after soon`, `CANCEL`, the guard not in it. */
  readonly label: string
}

/** What an operator's verb can make of a saga without an arrow in its chart, and the root's own arrows. */
export const ROOT = ''

/** The two rails of a saga: ids of its regions on the way forward and back. */
export interface Rails {
  readonly doing: string
  readonly undoing: string
}

/** Null for a chart that has not the shape of a saga. */
export function railsOf({ states }: Chart): Rails | null {
  const isRail = (name: string) =>
    states.some(({ id, type }) => id === name && (type === 'compound' || type === 'parallel'))
  return isRail('doing') && isRail('undoing') ? { doing: 'doing', undoing: 'undoing' } : null
}
