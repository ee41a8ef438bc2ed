/** A call as pictures of a saga show it: how it ended, in a mark and in words. Pure. */
import type { Call } from '../../../story/story.ts'
import { durationOf } from '../format/format.ts'
import type { GlyphName } from '../icon/glyphs.ts'

export interface CallLook {
  readonly glyph: GlyphName
  /** Of the class `is-…`. */
  readonly mark: 'done' | 'compensated' | 'failed' | 'current' | 'compensating' | 'abandoned' | 'by-hand'
}

export function lookOf({ outcome, isCompensation }: Pick<Call, 'outcome' | 'isCompensation'>): CallLook {
  const mark = markOf(outcome, isCompensation)
  return { glyph: mark === 'by-hand' ? 'person' : mark, mark }
}

function markOf(outcome: Call['outcome'], isCompensation: boolean): CallLook['mark'] {
  switch (outcome) {
    case 'done':
      return isCompensation ? 'compensated' : 'done'
    case 'open':
      return isCompensation ? 'compensating' : 'current'
    case 'left':
      return 'abandoned'
    case 'by hand':
      return 'by-hand'
    case 'failed':
      return 'failed'
  }
}

/** As it is written on an arrow. */
export const nameOf = (call: Call) => `${call.isCompensation ? 'undo ' : ''}${stepOf(call)}`

/** Where something else says which way it is. */
export const stepOf = ({ step, tryNumber }: Call) => (tryNumber > 1 ? `${step} · try ${tryNumber}` : step)

/** `undo create, try 2, at produits: failed after 2.3 s: no answer (ETIMEDOUT, in doubt)`. */
export function wordsOf(call: Call, now: number): string {
  const { participant, from, to } = call
  const at = participant === null ? '' : ` at ${participant}`
  return `${nameOf(call).replace(' · ', ', ')}${at}: ${endOf(call, durationOf((to ?? now) - from))}`
}

function endOf({ outcome, failure, deed }: Call, took: string): string {
  switch (outcome) {
    case 'done':
      return `done after ${took}`
    case 'failed':
      return `failed after ${took}${failure === null ? '' : `: ${failureWords(failure)}`}`
    case 'open':
      return `under way for ${took}`
    case 'left':
      return `left after ${took}${deed === null ? ', for the saga went on' : `, by ${deed.verb} of ${deed.actor}`}`
    case 'by hand':
      return `ended by hand, by ${deed?.actor ?? 'somebody'}`
  }
}

export function failureWords({ message, code, inDoubt }: NonNullable<Call['failure']>): string {
  const facts = [code, inDoubt ? 'in doubt' : ''].filter(Boolean).join(', ')
  if (message === '') return facts
  return facts === '' ? message : `${message} (${facts})`
}
