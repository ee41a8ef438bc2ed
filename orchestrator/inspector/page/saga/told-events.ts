/** Business events among the moments of a saga. Pure. */
import type { ToldEvent } from '../../../story/sequence.ts'
import type { Moment } from '../../../story/story.ts'
import type { Emitted } from '../types.ts'

export const toldAt = (events: readonly Emitted[]): ToldEvent[] =>
  events.map(({ type, created_at }) => ({ type, at: Date.parse(created_at) }))

export interface PlacedEvent extends Emitted {
  /** Of the transition that told it. */
  readonly seq: number
}

/** An event is told in the commit of its transition: it is not older than that, and older than the next one. */
export function placed(events: readonly Emitted[], moments: readonly Moment[]): PlacedEvent[] {
  return events.map((event) => {
    const at = Date.parse(event.created_at)
    return { ...event, seq: moments.findLast((moment) => moment.at <= at)?.seq ?? 0 }
  })
}
