/** What is wrong with a saga, in words. Pure. */
import type { Call, Moment, Story } from '../../../story/story.ts'
import { durationOf, timeOf } from '../format/format.ts'
import type { Mark } from '../icon/glyphs.ts'
import type { OpenSaga } from '../types.ts'

export interface Trouble {
  /** `past`: nothing is wrong, but that one looks at an earlier moment has to be seen. */
  readonly mark: Mark | 'past'
  /** A sentence. */
  readonly title: string
  readonly facts: readonly string[]
  /** What the participant said, word for word. */
  readonly answer: string | null
}

interface Looked {
  readonly saga: OpenSaga
  readonly story: Story
  readonly moment: Moment | undefined
  /** Whether it is the last one. */
  readonly isLast: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Null where nothing is wrong. Of an earlier moment: what happened just then. */
export function troubleOf({ saga, story, moment, isLast, now }: Looked): Trouble | null {
  if (!isLast) return moment === undefined ? null : troubleAt(moment)
  switch (saga.status) {
    case 'parked':
      return parkedOf(saga, story, now)
    case 'compensating':
      return causeOf({ saga, story }, { mark: 'compensating', title: 'Being undone' }, [])
    case 'failed':
      return saga.undone === false
        ? givenUpOf(saga, story)
        : causeOf({ saga, story }, { mark: 'failed', title: 'Failed' }, [UNDONE])
    case 'running':
    case 'done':
    default:
      // One that only a later Skald knows, as a file may have it.
      return null
  }
}

function troubleAt({ seq, words, failure, from, to }: Moment): Trouble {
  const title = `Transition ${seq}: ${words}`
  if (failure === null)
    return { mark: 'past', title, facts: [from === null ? to : `${from} → ${to}`, THEN], answer: null }
  const { code, status, inDoubt } = failure
  return {
    mark: 'failed',
    title,
    facts: factsOf([code, httpOf(status), doubtOf(inDoubt), THEN]),
    answer: null,
  }
}

const THEN = 'as it stood then'

function parkedOf(saga: OpenSaga, story: Story, now: number): Trouble {
  const { parked } = saga
  const failed = story.calls.findLast(({ outcome }) => outcome === 'failed')
  const { step = null, reason = '', code = null, status = null, tries = null } = parked ?? {}
  const isEngine = parked?.by === 'engine'
  const isUndo = failed?.step === step && failed.isCompensation
  const where = step === null ? '' : isUndo ? ` while undoing ${step}` : ` at ${step}`
  const answer = parked?.answer ?? null
  return {
    mark: 'parked',
    title: `Parked${where}: ${reason}`,
    facts: factsOf([
      code,
      httpOf(status),
      tries === null ? null : `attempt ${tries}`,
      sinceOf(story),
      isEngine || failed?.step !== step ? null : doubtOf(failed.failure?.inDoubt === true),
      nextTryOf(parked?.next_try_at ?? null, now, isEngine),
      causeWords({ saga, story }, reason),
    ]),
    answer: answer === null ? null : answer.body,
  }
}

/** That it tries again by itself does not make the trouble younger. */
function sinceOf({ moments }: Story): string | null {
  const parked = moments.filter(({ standing }) => standing === 'parked')
  const first = parked[0]
  if (first === undefined) return null
  return `${parked.length > 1 ? 'first parked' : 'parked'} at ${timeOf(first.at).slice(0, 19)}`
}

function nextTryOf(at: string | null, now: number, isEngine: boolean): string {
  if (isEngine) return 'no machine here can go on with it'
  if (at === null) return 'waits for a person'
  const dueInMs = Date.parse(at) - now
  const clock = timeOf(Date.parse(at)).slice(11, 19)
  // Whole seconds: it ticks.
  return dueInMs <= 0
    ? 'tries again now'
    : `tries again in ${durationOf(Math.ceil(dueInMs / 1_000) * 1_000)}, at ${clock}`
}

/** As the API has it; of a chart of somebody else, anything. */
interface Cause {
  readonly message?: unknown
  readonly code?: unknown
  readonly step?: unknown
  readonly status?: unknown
  readonly inDoubt?: unknown
  readonly answer?: { readonly body?: unknown } | null
}

/** Who gave it up, and what had failed until then. */
function givenUpOf(saga: OpenSaga, story: Story): Trouble {
  const more = [notUndoneWords(story)]
  const deed = story.deeds.findLast(({ verb }) => verb === 'abandon')
  if (deed === undefined) return causeOf({ saga, story }, { mark: 'abandoned', title: 'Given up' }, more)
  const failed = story.calls.findLast(({ outcome }) => outcome === 'failed')
  const before =
    failed &&
    `${failed.isCompensation ? 'undoing ' : ''}${failed.step} had failed: ${failed.failure?.message}`
  return {
    mark: 'abandoned',
    title: `Given up by ${deed.actor}: ${deed.reason}`,
    facts: factsOf([...more, before ?? null]),
    answer: null,
  }
}

const UNDONE = 'all that was begun has been undone'

function causeOf(
  { saga: { last_error }, story }: Pick<Looked, 'saga' | 'story'>,
  { mark, title }: Pick<Trouble, 'mark' | 'title'>,
  more: readonly string[],
): Trouble {
  const { message, code, step, status, inDoubt, answer } = Object(last_error) as Cause
  // A person who stops a saga is no step that failed.
  const isOfStep = story.calls.some((call) => call.step === step)
  const where = isOfStep ? ` at ${text(step)}` : ''
  const why = text(message)
  return {
    mark,
    title: `${title}${mark === 'compensating' && isOfStep ? ', for it failed' : ''}${where}${why === null ? '.' : `: ${why}`}`,
    facts: factsOf([
      text(code),
      httpOf(typeof status === 'number' ? status : null),
      isOfStep && typeof inDoubt === 'boolean' ? doubtOf(inDoubt) : null,
      ...more,
    ]),
    answer: text(Object(answer).body),
  }
}

/** Why it is being undone, where another thing keeps it from that. */
function causeWords(
  { saga: { last_error }, story }: Pick<Looked, 'saga' | 'story'>,
  reason: string,
): string | null {
  const { message, step } = Object(last_error) as Cause
  const why = text(message)
  if (why === null || why === reason) return null
  const failed = story.calls.some((call) => call.step === step) ? `${text(step)} failed: ` : ''
  return `it is being undone because ${failed}${why}`
}

/** The steps that stand, or may stand, as they were done. */
export function notUndone({ calls }: Pick<Story, 'calls'>): string[] {
  const standing = new Map<string, boolean>()
  for (const call of calls) {
    if (!call.isCompensation) {
      if (hasEffect(call)) standing.set(call.step, true)
    } else if (call.outcome === 'done' || call.outcome === 'by hand') standing.delete(call.step)
  }
  return [...standing.keys()]
}

const hasEffect = ({ outcome, failure }: Call) => outcome !== 'failed' || failure?.inDoubt === true

function notUndoneWords(story: Story): string {
  const steps = notUndone(story)
  return steps.length === 0 ? 'nothing was begun' : `NOT undone: ${steps.join(', ')}`
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)
const httpOf = (status: number | null) => (status === null ? null : `HTTP ${status}`)
const doubtOf = (inDoubt: boolean) =>
  inDoubt ? 'in doubt: it may have taken effect' : 'surely without effect'

const factsOf = (facts: readonly (string | null)[]) =>
  facts.filter((fact) => fact !== null && fact !== '') as string[]
