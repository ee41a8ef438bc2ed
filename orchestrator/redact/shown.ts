/**
 * What is shown of one saga, or of a few together: with what is out of sight left out, and searched for in all that is
 * told beside it. Pure but for what it has learned.
 */
import { maskOf, type Mask } from './mask.ts'
import { REDACTED, redactedIn, redactor } from './redact.ts'

interface Text {
  readonly code: string
  readonly message: string
}

export class Shown {
  readonly #names: ReadonlySet<string>
  readonly #values = new Set<string>()
  #mask: Mask | undefined
  #redact: ((value: unknown) => unknown) | undefined

  constructor(names: ReadonlySet<string>, sources: readonly unknown[]) {
    this.#names = names
    this.learn(...sources)
  }

  get isOn(): boolean {
    return this.#names.size > 0
  }

  /** Values that are in these are told by no text from here on. */
  learn(...sources: readonly unknown[]): this {
    if (!this.isOn) return this
    for (const source of sources) for (const value of redactedIn(this.#names, source)) this.#values.add(value)
    this.#mask = undefined
    this.#redact = undefined
    return this
  }

  learnRow({ event, snapshot }: { readonly event: unknown; readonly snapshot: unknown }): this {
    if (!this.isOn) return this
    return this.learn(dataOf(event, OF_EVENTS)).learnSnapshot(snapshot)
  }

  learnSnapshot(snapshot: unknown): this {
    if (!this.isOn) return this
    const { children, ...own } = Object(snapshot) as Members
    for (const child of Object.values(Object(children) as Members))
      this.learnSnapshot((Object(child) as Members)['snapshot'])
    return this.learn(dataOf(own, OF_SNAPSHOTS))
  }

  text<Told extends string | null>(text: Told): Told | string {
    return text === null ? text : this.#masks.text(text)
  }

  /** Of a context, an input, an output, or whatever else a machine or a participant has made. */
  data(value: unknown): unknown {
    const { datum } = this.#masks
    this.#redact ??= redactor({ names: this.#names, text: datum })
    return this.#redact(value)
  }

  /** One member of such data. */
  member(name: string, value: unknown): unknown {
    return this.#names.has(name) && value !== null && value !== undefined ? REDACTED : this.data(value)
  }

  /** What the engine itself notes in an event stays as it is. */
  event(event: unknown): unknown {
    return this.isOn && isHolder(event) ? this.#members(event, OF_EVENTS) : event
  }

  /** As persisted: where it stands stays as it is, also of what runs within it. */
  snapshot(snapshot: unknown): unknown {
    if (!this.isOn || !isHolder(snapshot)) return snapshot
    const { children, ...own } = snapshot as Members
    const shown = this.#members(own, OF_SNAPSHOTS)
    if (typeof children !== 'object' || children === null)
      return { ...shown, ...(children !== undefined && { children }) }
    const within = Object.entries(children).map(([id, child]) => [id, this.#child(child)] as const)
    return { ...shown, children: Object.fromEntries(within) }
  }

  /** Of a failure what it says in words. */
  failure<Failure extends Text>(failure: Failure): Failure {
    return { ...failure, code: this.text(failure.code), message: this.text(failure.message) }
  }

  /** Of a changed member, by where it is. */
  change<Change extends { readonly path: string; readonly before: unknown; readonly after: unknown }>(
    change: Change,
  ): Change {
    const { before, after } = change
    const isRedacted = change.path.split(/[.[\]"]+/).some((part) => this.#names.has(part))
    const show = (value: unknown) => (isRedacted && value !== undefined ? REDACTED : this.data(value))
    return { ...change, path: this.text(change.path), before: show(before), after: show(after) }
  }

  get #masks(): Mask {
    this.#mask ??= maskOf(this.#names, this.#values)
    return this.#mask
  }

  #child(child: unknown): unknown {
    if (typeof child !== 'object' || child === null) return this.data(child)
    const { snapshot, ...rest } = child as Members
    return { ...rest, ...(snapshot !== undefined && { snapshot: this.snapshot(snapshot) }) }
  }

  /** Those of `kept` are not looked into. */
  #members<Value extends object>(value: Value, kept: ReadonlySet<string>): Value {
    const members = Object.entries(value).map(([name, member]) => {
      return [name, kept.has(name) ? member : this.member(name, member)] as const
    })
    return Object.fromEntries(members) as Value
  }
}

type Members = Readonly<Record<string, unknown>>

/** What neither XState nor the engine has put there. */
const dataOf = (value: unknown, own: ReadonlySet<string>): object =>
  Object.fromEntries(Object.entries(Object(value) as Members).filter(([name]) => !own.has(name)))

const isHolder = (value: unknown): value is object => typeof value === 'object' && value !== null

const OF_EVENTS = new Set(['type', 'actorId'])
const OF_SNAPSHOTS = new Set(['status', 'value', 'historyValue'])
