/** The sequence diagram of a saga as data: who was called when, and what came back. Pure. */
import { callsAt, type Call, type Failure, type Moment, type Story } from './story.ts'
import { cut } from './words.ts'

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
export function sequenceOf(story: Story, seq: number, events: readonly ToldEvent[] = []): Sequence {
  const lifelines = lifelinesOf(story.calls)
  const places = new Map(lifelines.map(({ id }, index) => [id, index]))
  const begun = story.moments[0]?.at ?? 0
  const told = Map.groupBy(events, (event) => event.seq ?? seqOf(story.moments, event.at))
  const calls = callsAt(story, seq)
  const from = Map.groupBy(calls, ({ fromSeq }) => fromSeq)
  const to = Map.groupBy(calls, ({ toSeq }) => toSeq)
  const entries = story.moments
    .filter((moment) => moment.seq <= seq)
    .flatMap((moment): SequenceEntry[] => {
      const at = { seq: moment.seq, atMs: Math.max(0, moment.at - begun) }
      const place = (call: Call) => ({ ...at, lifeline: places.get(lifelineOf(call).id) ?? 0, call })
      // One that a person said how it ended was never made.
      const made = (from.get(moment.seq) ?? []).filter((call) => call.fromSeq !== call.toSeq)
      return [
        ...noteOf(moment, at),
        ...(to.get(moment.seq) ?? []).flatMap((call) => answerOf(call, place(call))),
        ...(told.get(moment.seq) ?? []).map(({ type }) => note(at, 'told', cut(type))),
        ...made.map((call) => ({ ...place(call), kind: 'call' as const, label: call.step })),
        ...endOf(moment, at),
      ]
    })
  return { lifelines, entries }
}

const SAGA: Lifeline = { id: '', label: 'saga' }

function lifelinesOf(calls: readonly Call[]): Lifeline[] {
  const all = new Map(calls.map((call) => [lifelineOf(call).id, lifelineOf(call)]))
  all.delete(SAGA.id)
  return [SAGA, ...all.values()]
}

/** A nested machine is called too, but takes no part. */
function lifelineOf({ participant, invoke }: Call): Lifeline {
  return { id: participant ?? `invoke ${invoke}`, label: participant ?? invoke }
}

/** Behind the last line that is not later: of thousands of events each is searched for. */
function seqOf(moments: readonly Moment[], at: number): number {
  let [low, high] = [0, moments.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((moments[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return moments[Math.max(0, low - 1)]?.seq ?? 0
}

type At = Pick<Entry, 'seq' | 'atMs'>
type Note = Extract<SequenceEntry, { kind: 'note' }>

const note = (at: At, by: Note['by'], words: string): Note => ({
  ...at,
  kind: 'note',
  lifeline: 0,
  by,
  text: words,
})

/** Ends of steps are answers, and what nested machines do is their own affair. */
function noteOf({ by, words }: Moment, at: At): Note[] {
  return by === 'step' || by === 'nested' ? [] : [note(at, by, words)]
}

function endOf({ standing, to }: Moment, at: At): Note[] {
  return standing === 'ended' ? [note(at, 'end', to)] : []
}

function answerOf(call: Call, placed: Entry & { readonly call: Call }): SequenceEntry[] {
  const { outcome, failure, deed, from, to } = call
  if (outcome === 'open') return []
  const words =
    failure === null ? (deed === null ? '' : `${deed.verb} by ${deed.actor}`) : failureWords(failure)
  const tookMs = Math.max(0, (to ?? from) - from)
  return [{ ...placed, kind: 'answer', outcome, text: cut(words), tookMs }]
}

function failureWords({ message, code, status, inDoubt }: Failure): string {
  const facts = [
    message.includes(code) ? '' : code,
    status === null ? '' : `HTTP ${status}`,
    inDoubt ? 'in doubt' : '',
  ]
  const told = facts.filter((fact) => fact !== '').join(', ')
  if (message === '') return told || 'failed'
  return told === '' ? message : `${message} (${told})`
}
