/**
 * One verb for one saga, from the moment that somebody thinks of it to the answer. One key for all of it: however often
 * it is sent, by a double click or behind a lost connection, the saga is told once.
 */
import { signal } from '@preact/signals'
import { ApiError, post } from '../api.ts'
import type { OpenSaga, Saga } from '../types.ts'
import { newKey, rememberActor, rememberedActor } from './operator.ts'
import { troubleOf, toldOf, type Trouble } from './outcome.ts'
import type { Trial } from './plan.ts'
import { faultsIn, partsOf, type Values } from './values.ts'
import type { OfferedVerb } from './verb-list.ts'

const TRIAL_DELAY_MS = 250

export class VerbForm {
  readonly offered: OfferedVerb
  readonly values
  /** By the name of the field. */
  readonly faults = signal<Readonly<Record<string, string>>>({})
  readonly trouble = signal<Trouble | null>(null)
  readonly trial = signal<Trial | null>(null)
  /** What the server says of the data that a dry run brought. */
  readonly misfit = signal<Trouble | null>(null)
  readonly isSending = signal(false)
  readonly #sagaId: string
  readonly #key = newKey()
  #timer: ReturnType<typeof setTimeout> | undefined
  #trials = 0

  /** `versions` are those that it could be moved to. */
  constructor({ saga_id }: Pick<OpenSaga, 'saga_id'>, offered: OfferedVerb, versions: readonly string[]) {
    this.#sagaId = saga_id
    this.offered = offered
    this.values = signal<Values>({
      actor: rememberedActor(),
      reason: '',
      step: only(offered.steps),
      json: '',
      to: only(versions),
      isSure: false,
    })
  }

  readonly set = (change: Partial<Values>): void => {
    this.values.value = { ...this.values.value, ...change }
    const told = Object.keys(change)
    this.faults.value = Object.fromEntries(
      Object.entries(this.faults.value).filter(([name]) => !told.includes(name)),
    )
    if (!told.some((name) => ['step', 'json', 'to'].includes(name))) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.tryOut(), TRIAL_DELAY_MS)
  }

  readonly close = (): void => clearTimeout(this.#timer)

  /** What the saga was told, in words; null if it was not, or nobody knows. */
  async send(): Promise<string | null> {
    if (this.isSending.peek()) return null
    const { verb } = this.offered
    const values = this.values.peek()
    this.faults.value = faultsIn(this.offered, values)
    this.trouble.value = null
    if (Object.keys(this.faults.value).length > 0) return null
    this.isSending.value = true
    try {
      const answer = await post<Partial<Saga>>(this.#path, this.#body(values), { key: this.#key })
      rememberActor(values.actor)
      return toldOf(verb, answer)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.trouble.value = troubleOf(error)
      return null
    } finally {
      this.isSending.value = false
    }
  }

  get #path(): string {
    return `/api/sagas/${encodeURIComponent(this.#sagaId)}/${this.offered.verb}`
  }

  #body(values: Values): object {
    const { actor, reason } = values
    return { actor: actor.trim(), reason: reason.trim(), ...partsOf(this.offered, values) }
  }

  /** Sends nothing to the saga: it only says where that would lead. */
  async tryOut(): Promise<void> {
    const nth = ++this.#trials
    const values = { ...this.values.peek(), actor: 'dry run', reason: 'dry run', isSure: true }
    this.trial.value = null
    this.misfit.value = null
    // Nothing can be said before all is there that it is about.
    if (Object.keys(faultsIn(this.offered, values)).length > 0) return
    try {
      // Not by the query, which an orchestrator of before there was a dry run ignores.
      const trial = await post<Trial>(this.#path, { ...this.#body(values), dry_run: true })
      if (nth === this.#trials) this.trial.value = trial
    } catch (error) {
      // Of other trouble one is told when it is sent in earnest.
      if (nth === this.#trials && error instanceof ApiError && error.status === 400)
        this.misfit.value = troubleOf(error)
    }
  }
}

const only = (names: readonly string[]) => (names.length === 1 ? (names[0] ?? '') : '')
