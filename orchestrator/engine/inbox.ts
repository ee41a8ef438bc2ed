/**
 * Hands events that any orchestrator accepted to the sagas that this one owns, in the order of their acceptance.
 * The commit that answers an event marks it in the same statement, so it is answered exactly once.
 *
 * If the process dies at any line here, an event is answered in the store, or still there for the next owner.
 */
import type { SagaHost } from './host.ts'
import type { Loader, Surroundings } from './loader.ts'
import type { InboxEvent } from './ports.ts'

const PAGE = 200
/** The next pass begins anew. */
const PAGES_MAX = 50
/** Polled: with NOTIFY two to three times fewer events could be accepted (ADR 14). */
const POLL_MS = 200

export interface InboxOptions extends Surroundings {
  readonly loader: Loader
}

export class Inbox {
  readonly #options: InboxOptions
  /** Events that are being answered: handed to a saga whose commit has not come back, or that is being loaded. */
  readonly #underWay = new Set<string>()
  /** Those of them that were answered since the last read began: it may show them once more. */
  readonly #answered = new Set<string>()
  /** The events of sagas that are being loaded, in order. */
  readonly #absent = new Map<string, InboxEvent[]>()
  #timeout: unknown
  #pass: Promise<void> | undefined
  #next: Promise<void> | undefined
  #stopped = false

  constructor(options: InboxOptions) {
    this.#options = options
  }

  start(): void {
    this.#pollLater()
  }

  stop(): void {
    this.#stopped = true
    this.#options.clock.clearTimeout(this.#timeout)
  }

  /** Looks now; resolves when what it found is answered, or its saga was lost. Never rejects. */
  async poke(): Promise<void> {
    // What is asked for now may have come behind the read of a pass that is under way.
    if (this.#pass === undefined) return this.#look()
    this.#next ??= this.#pass.then(() => {
      this.#next = undefined
      return this.#look()
    })
    return this.#next
  }

  #pollLater(): void {
    const { clock, random } = this.#options
    const poll = () => {
      if (this.#pass === undefined) void this.#look()
      this.#pollLater()
    }
    if (!this.#stopped) this.#timeout = clock.setTimeout(poll, POLL_MS * (0.8 + 0.4 * random()))
  }

  async #look(): Promise<void> {
    const settled: Promise<unknown>[] = []
    const pass = (this.#pass ?? Promise.resolve()).then(() => this.#take(settled))
    this.#pass = pass
    await pass
    if (this.#pass === pass) this.#pass = undefined
    await Promise.all(settled)
  }

  /** Hands over all that is new, and puts into `settled` what tells when it is answered. */
  async #take(settled: Promise<unknown>[]): Promise<void> {
    const { store, leases, observer } = this.#options
    try {
      let after: string | undefined
      // A saga that has events on an earlier page gets those first, and the rest with a later pass: between two pages it
      // may have been lost, and loaded again.
      const seen = new Set<string>()
      for (let pages = 0; pages < PAGES_MAX; pages++) {
        const live = leases.live
        if (live.length === 0 || this.#stopped) return
        const answered = [...this.#answered]
        const page: InboxEvent[] = await store.inbox(live, PAGE, after)
        const events = page.filter(({ id, sagaId }) => !this.#underWay.has(id) && !seen.has(sagaId))
        for (const id of answered) {
          this.#answered.delete(id)
          this.#underWay.delete(id)
        }
        this.#handOver(events, settled)
        if (page.length < PAGE) return
        // Behind those that wait for room there may be one for a saga in memory.
        after = page.at(-1)?.id
        for (const { sagaId } of page) seen.add(sagaId)
      }
    } catch (error) {
      observer.storeTrouble(error)
    }
  }

  /** Nothing is awaited for a saga in memory: a CANCEL is heard even where there is no room to load another one. */
  #handOver(events: readonly InboxEvent[], settled: Promise<unknown>[]): void {
    const toLoad = new Set<string>()
    for (const event of events) {
      const { id, sagaId } = event
      this.#underWay.add(id)
      const host = this.#options.hosts.get(sagaId)
      const earlier = this.#absent.get(sagaId)
      if (earlier !== undefined) {
        earlier.push(event)
      } else if (host === undefined) {
        this.#absent.set(sagaId, [event])
        toLoad.add(sagaId)
      } else {
        settled.push(this.#send(host, event))
      }
    }
    if (toLoad.size > 0) settled.push(this.#load(toLoad))
  }

  async #send(host: SagaHost, { id, event }: InboxEvent): Promise<void> {
    // Lost with its commit under way, it is for the next owner to answer, before all that came behind it: that may
    // be this very process, long before the store says what became of the commit.
    const lost = host.exited.then(() => 'lost')
    if ((await Promise.race([host.send(event, id), lost])) === 'lost') this.#underWay.delete(id)
    else this.#answered.add(id)
  }

  async #load(sagaIds: ReadonlySet<string>): Promise<void> {
    const { store, leases, loader, hosts, observer } = this.#options
    const settled: Promise<void>[] = []
    try {
      const events = [...sagaIds].map((sagaId) => [sagaId, [...this.#eventsFor(sagaId)]] as const)
      const ended = await loader.loadFor(new Map(events))
      const unanswered = ended.flatMap((sagaId) => this.#eventsFor(sagaId).map(({ id }) => id))
      if (unanswered.length > 0) await store.dismiss(leases.live, unanswered)
    } catch (error) {
      observer.storeTrouble(error)
    }
    for (const sagaId of sagaIds) {
      const host = hosts.get(sagaId)
      for (const event of this.#eventsFor(sagaId)) {
        // Those of a saga that could not be loaded are found by a later pass, here or at its next owner.
        if (host === undefined) this.#underWay.delete(event.id)
        else settled.push(this.#send(host, event))
      }
      this.#absent.delete(sagaId)
    }
    await Promise.all(settled)
  }

  #eventsFor(sagaId: string): readonly InboxEvent[] {
    return this.#absent.get(sagaId) ?? []
  }
}
