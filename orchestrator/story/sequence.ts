/** The sequence diagram of a saga as data: who was called when, and what came back. Pure. */
import type { Call, Moment, Story } from './story.ts'

export interface Lifeline {
  /** Of the participant; '' of the saga, which is the first; of a call without one, the id of its invoke. */
  readonly id: string
  readonly label: string
}

interface Entry {
  readonly seq: number
  /** Milliseconds since the saga began. */
  readonly atMs: number
  /** Index among the lifelines: of the other end, or of the saga itself for notes. */
  readonly lifeline: number
}

export type SequenceEntry =
  | (Entry & { readonly kind: 'call'; readonly label: string; readonly call: Call })
  | (Entry & {
      readonly kind: 'answer'
      readonly outcome: Exclude<Call['outcome'], 'open'>
      /** For people; '' of one that is done. */
      readonly text: string
      readonly tookMs: number
      readonly call: Call
    })
  | (Entry & {
      readonly kind: 'note'
      /** `told`: a business event. `end`: the last state. */
      readonly by: Exclude<Moment['by'], 'step' | 'nested'> | 'told' | 'end'
      readonly text: string
    })

export interface Sequence {
  readonly lifelines: readonly Lifeline[]
  /** In the order of their times. */
  readonly entries: readonly SequenceEntry[]
}

/** A business event; without `seq` it stands behind the last line that is not later. */
export interface ToldEvent {
  readonly type: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly seq?: number
}

/** Up to the transition `seq`; the lifelines are those of the whole story, so that nothing moves. */
export function sequenceOf(_story: Story, _seq: number, _events: readonly ToldEvent[] = []): Sequence {
  return { lifelines: [], entries: [] }
}
