/** The verbs as people are offered them. Pure. */
import type { OpenSaga } from '../types.ts'

type PossibleVerb = OpenSaga['verbs'][number]
export type AnyVerb = PossibleVerb['verb'] | 'migrate'

export const LABELS: Readonly<Record<AnyVerb, string>> = {
  retry: 'Retry',
  skip: 'Skip',
  complete: 'Complete',
  compensate: 'Compensate',
  cancel: 'Cancel saga',
  abandon: 'Abandon',
  migrate: 'Migrate',
}

export const MEANINGS: Readonly<Record<AnyVerb, string>> = {
  retry: 'try again now what it is parked for',
  skip: 'this compensation was done by hand',
  complete: 'this step was done: its answer was looked up',
  compensate: 'stop, and undo what was begun',
  cancel: 'the same for its caller, who is told that it was cancelled',
  abandon: 'give up: it ends failed, and is not undone',
  migrate: 'go on with another version of its machine',
}

/** The likeliest first; what can not be mended comes last, and never beside it. */
const LIKELIEST: readonly AnyVerb[] = [
  'retry',
  'compensate',
  'cancel',
  'skip',
  'complete',
  'migrate',
  'abandon',
]
const BUTTONS = 2

export interface OfferedVerb {
  readonly verb: AnyVerb
  readonly steps: readonly string[]
}

export interface Offered {
  readonly buttons: readonly OfferedVerb[]
  readonly menu: readonly OfferedVerb[]
}

/** What has ended is offered nothing. */
export function offeredOf({ verbs, status }: Pick<OpenSaga, 'verbs' | 'status'>): Offered {
  const isOver = status === 'done' || status === 'failed'
  const all: readonly OfferedVerb[] = isOver ? [] : [...verbs, { verb: 'migrate', steps: [] }]
  const ranked = all.toSorted((a, b) => LIKELIEST.indexOf(a.verb) - LIKELIEST.indexOf(b.verb))
  const isButton = ({ verb }: OfferedVerb) => verb !== 'abandon' && verb !== 'migrate'
  const buttons = ranked.filter(isButton).slice(0, BUTTONS)
  return { buttons, menu: ranked.filter((offered) => !buttons.includes(offered)) }
}
