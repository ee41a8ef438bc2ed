/**
 * What leaves the server, by the shape that it leaves in: each of these is what may be seen of its argument, and the
 * argument itself where nothing is put out of sight. ADR 0033 has the list of places.
 */
import type { Problem } from '../../services/participant/problem.ts'
import type { Answer } from '../api/answers.ts'
import type { viewOf } from '../api/saga-view.ts'
import type { Difference } from '../engine/replay/difference.ts'
import type { Tail } from '../store/journal-tail.ts'
import type { SagaReader, SagaRecord } from '../store/saga-reader.ts'
import type { Moved } from '../store/transition-feed.ts'
import { REDACTED } from './redact.ts'
import { Shown } from './shown.ts'

export interface RedactionOptions {
  /** As the setting REDACT has them. */
  readonly names: string | undefined
  /** By what people look for its sagas, of each version. */
  readonly machines: readonly { readonly machine: { readonly id: string }; readonly businessKey: string }[]
}

type View = ReturnType<typeof viewOf>
type Event = Readonly<Record<string, unknown>>
type JournalRow = { readonly event: unknown; readonly snapshot: unknown }
type Keyed = { readonly machine: string; readonly business_key: string | null }

export class Redaction {
  readonly names: readonly string[]
  readonly #names: ReadonlySet<string>
  /** Machines whose sagas may be named by what people look for them by. */
  readonly #keyed: ReadonlySet<string>
  readonly #hidesKeys: boolean

  constructor({ names, machines }: RedactionOptions) {
    this.#names = new Set(names?.split(','))
    this.names = [...this.#names]
    const isRedacted = machines.filter(({ businessKey }) => this.#names.has(businessKey))
    const hidden = new Set(isRedacted.map(({ machine }) => machine.id))
    this.#hidesKeys = hidden.size > 0
    this.#keyed = new Set(machines.map(({ machine }) => machine.id).filter((id) => !hidden.has(id)))
  }

  get isOn(): boolean {
    return this.#names.size > 0
  }

  /** What these hold out of sight is told by nothing that is shown with it. */
  about(...sources: readonly unknown[]): Shown {
    return new Shown(this.#names, sources)
  }

  /** The same of a saga of which only an id is known. */
  async beside(sagaId: string, reader: Pick<SagaReader, 'byId'>): Promise<Shown> {
    const saga = this.isOn ? await reader.byId(sagaId) : undefined
    return saga === undefined ? this.about() : this.aboutSaga(saga)
  }

  aboutSaga({ input, snapshot }: { readonly snapshot: unknown; readonly input?: unknown }): Shown {
    return this.about(input).learnSnapshot(snapshot)
  }

  /** Of a machine that is not here nobody knows what its key is. */
  key<Row extends Keyed>(row: Row, shown?: Shown): Row {
    if (!this.isOn || row.business_key === null) return row
    if (!this.#keyed.has(row.machine)) return { ...row, business_key: REDACTED }
    return { ...row, business_key: shown?.text(row.business_key) ?? row.business_key }
  }

  moved(moved: Moved | undefined): Moved | undefined {
    if (!this.isOn || moved === undefined) return moved
    const sagas = moved.sagas.map((saga) => {
      const { machine, businessKey: business_key } = saga
      return { ...saga, businessKey: this.key({ machine, business_key }).business_key }
    })
    return { ...moved, sagas }
  }

  view(view: View, saga: SagaRecord): View {
    if (!this.isOn) return view
    const shown = this.aboutSaga(saga)
    const { parked } = view
    const answer = parked?.answer
    const told = {
      ...this.key(view, shown),
      input: shown.member('input', view.input),
      output: shown.member('output', view.output),
      vente_id: shown.member('vente_id', view.vente_id),
      reservation_id: shown.member('reservation_id', view.reservation_id),
      error_code: shown.text(view.error_code),
      last_error: shown.data(view.last_error),
      parked: parked && {
        ...parked,
        reason: shown.text(parked.reason),
        code: shown.text(parked.code),
        answer: answer ? { ...answer, body: shown.text(answer.body) } : null,
      },
    }
    // What stands in the place of a value is of no other kind than the values of unknown machines.
    return told as View
  }

  /** Rows of one saga. */
  journal<Row extends JournalRow>(rows: readonly Row[], shown = this.about()): readonly Row[] {
    if (!this.isOn) return rows
    for (const row of rows) shown.learnRow(row)
    return rows.map((row) => ({
      ...row,
      event: shown.event(row.event),
      snapshot: shown.snapshot(row.snapshot),
    }))
  }

  tails(tails: readonly Tail[]): readonly Tail[] {
    return this.isOn ? tails.map((tail) => ({ ...tail, rows: this.journal(tail.rows) })) : tails
  }

  /** JSON, as it is stored. */
  snapshotText(text: string | undefined): string | undefined {
    if (!this.isOn || text === undefined) return text
    const snapshot: unknown = JSON.parse(text)
    return JSON.stringify(this.about().learnSnapshot(snapshot).snapshot(snapshot))
  }

  /** What a saga told the business. */
  events<Told extends { readonly payload: unknown }>(events: readonly Told[], shown: Shown): readonly Told[] {
    if (!this.isOn) return events
    shown.learn(events.map(({ payload }) => payload))
    return events.map((event) => ({ ...event, payload: shown.data(event.payload) }))
  }

  /** Where nothing but the event is at hand: who did what, and what failed, but in nobody's words. */
  inShort<Row extends { readonly event: unknown }>(row: Row): Row {
    if (!this.isOn) return row
    const event = Object(row.event) as Event
    const { type } = event
    const kept = IN_SHORT.find(([prefix]) => String(type).startsWith(prefix))?.[1] ?? []
    const told = kept.filter((name) => name in event).map((name) => [name, event[name]] as const)
    const error = failureInShort(event['error'])
    return { ...row, event: { type, ...Object.fromEntries(told), ...(error && { error }) } }
  }

  /** What the caller of a saga is answered; `input` is what it sent. */
  answer({ status, body }: Answer, input: unknown): Answer {
    if (!this.isOn) return { status, body }
    const shown = this.about(input, body)
    const kept = status < 400 ? OF_ANSWERS : OF_PROBLEMS
    const members = Object.entries(body).map(([name, value]) => {
      if (kept.has(name)) return [name, value] as const
      return [name, name === 'detail' ? shown.text(String(value)) : shown.member(name, value)] as const
    })
    return { status, body: Object.fromEntries(members) }
  }

  /** By it nobody knows what the saga holds: nothing is told in the words of others. */
  notice<Data extends { readonly error: { readonly message: string } | null }>(data: Data): Data {
    if (!this.isOn || data.error === null) return data
    return { ...data, error: { ...data.error, message: REDACTED } }
  }

  /** What an operator brought, and by what it looked for sagas. */
  bulk<View extends { readonly filter: unknown; readonly input?: unknown; readonly output?: unknown }>(
    view: View,
  ): View {
    if (!this.isOn) return view
    const { filter, input, output } = view
    const shown = this.about(input, output)
    const hasKey = typeof filter === 'object' && filter !== null && 'q' in filter
    return {
      ...view,
      ...(hasKey && this.#hidesKeys && { filter: { ...filter, q: REDACTED } }),
      ...(input !== undefined && { input: shown.member('input', input) }),
      ...(output !== undefined && { output: shown.member('output', output) }),
    }
  }

  problem<Refused extends Problem & { readonly why?: string }>(refused: Refused, shown: Shown): Refused {
    if (!this.isOn) return refused
    const { detail, why, errors } = refused
    return {
      ...refused,
      detail: shown.text(detail),
      ...(why !== undefined && { why: shown.text(why) }),
      ...(errors && {
        errors: errors.map(({ field, message }) => ({ field, message: shown.text(message) })),
      }),
    }
  }

  difference(difference: Difference | null, shown: Shown): Difference | null {
    if (!this.isOn || difference === null) return difference
    const changes = difference.changes.map((change) => shown.change(change))
    // What was thrown may quote what is in none of these.
    const reason = difference.kind === 'threw' ? REDACTED : shown.text(difference.reason)
    return { ...difference, reason, changes }
  }
}

/** By the beginning of their type: other events are a caller's, with all that they have. */
const IN_SHORT = [
  ['xstate.', ['actorId']],
  ['skald.', ['actor', 'step', 'from', 'to']],
] as const
const OF_ANSWERS = new Set(['saga_id', 'status'])
const OF_PROBLEMS = new Set(['type', 'title', 'status', 'saga_id', 'state', 'undone'])

function failureInShort(error: unknown) {
  if (typeof error !== 'object' || error === null) return undefined
  const { name, code, step, status, inDoubt } = error as Event
  const told = { name, message: REDACTED, code, step, status, inDoubt }
  return Object.fromEntries(
    Object.entries(told).filter(([, value]) => !isHolder(value) && value !== undefined),
  )
}

const isHolder = (value: unknown) => typeof value === 'object' && value !== null
