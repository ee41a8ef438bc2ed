/**
 * All sagas that this process drives: starts them, brings back those that others left, hands them events.
 *
 * If the process dies at any line here, every saga that was accepted is in the store, and the next owner of
 * its partition resumes it from there. What was not committed was not accepted, and nobody was told so.
 */
import { Admission, type Limits } from './admission.ts'
import { MachineUnknownError, NotAcceptingError, SagaNotStartedError } from './errors.ts'
import { SagaHost, type Exit } from './host.ts'
import type { HeldLease, Origin } from './host-options.ts'
import { Inbox } from './inbox.ts'
import { Installer } from './installer.ts'
import { Journal } from './journal.ts'
import { Leases } from './leases.ts'
import { Loader } from './loader.ts'
import type { PreparedMachine } from './prepare.ts'
import { quiet } from './quiet-observer.ts'
import type { SessionOptions } from './session.ts'
import { Versions } from './versions.ts'
import type { Observer, SagaStart, SagaStatus, SagaStore } from './ports.ts'

export interface EngineOptions extends Omit<SessionOptions, 'store' | 'machines'> {
  readonly machines: readonly PreparedMachine[]
  readonly store: SagaStore
  readonly leases: SessionOptions['store']
  readonly observer: Observer
  /** A fresh uuid, version 7, so that sagas sort by age. */
  readonly newSagaId: () => string
  /** From 0 up to, not including, 1: what beats, ticks and polls are jittered with. */
  readonly random: () => number
  readonly limits: Limits
  /** Whether notices of sagas that park or fail are written: somebody has to send them. */
  readonly notifies: boolean
}

export interface StartRequest {
  readonly machine: string
  /** Fits the machine's input schema: the border has checked it. */
  readonly input: Readonly<Record<string, unknown>>
  readonly idempotency: SagaStart['idempotency']
  readonly trace?: SagaStart['trace']
}

export type StartResult =
  | { readonly kind: 'started'; readonly sagaId: string }
  /** The idempotency key belongs to another saga, and nothing was started. */
  | { readonly kind: 'key_taken' }
  /** The partition was lost with the first commit under way: the saga is in the store, or it is not. */
  | { readonly kind: 'unknown' }

/** How a saga left memory. `status` and `output` are final if it ended. */
export interface Departure {
  readonly exit: Exit
  readonly status: SagaStatus
  readonly output: unknown
}

export interface Readiness {
  readonly ready: boolean
  /** Why not, in words. */
  readonly reason: string | null
  /** Machine versions (`id@version`) that sagas here need, and that this process does not have. */
  readonly missingMachines: readonly string[]
}

/** How often those that settle are looked at. */
const SETTLE_MS = 20

export class Engine {
  readonly journal: Journal
  /** Rejects when this process must end: another orchestrator lives under its name. */
  readonly failed: Promise<never>
  readonly #options: EngineOptions
  readonly #versions: Versions
  readonly #hosts = new Map<string, SagaHost>()
  readonly #leases: Leases
  readonly #admission: Admission
  readonly #loader: Loader
  readonly #inbox: Inbox
  readonly #opened = Promise.withResolvers<void>()
  #state: 'new' | 'open' | 'closing' | 'stopped' = 'new'

  constructor(options: EngineOptions) {
    const observer = quiet(options.observer)
    const { store, clock, machines, random } = options
    this.#options = { ...options, observer }
    this.journal = new Journal(store, clock, observer, random)
    this.#versions = new Versions(machines)
    this.#leases = new Leases({
      ...this.#options,
      store: options.leases,
      machines: this.#versions.names,
      onAcquired: (lease) => this.#loader.resume(lease),
      onLost: (lease) => this.#drop(lease),
      settle: (lease, graceMs) => this.#settle(graceMs, (host) => host.lease === lease),
    })
    this.failed = this.#leases.failed
    this.#admission = new Admission(options.limits, clock, () => this.#loader.evict(true))
    const surroundings = { store, clock, observer, random, leases: this.#leases, hosts: this.#hosts }
    const installer = new Installer({
      clock,
      observer,
      journal: this.journal,
      versions: this.#versions,
      leases: this.#leases,
      notifies: options.notifies,
      host: this.#host.bind(this),
      reload: (lease, sagaId) => void this.#loader.reload(lease, sagaId),
    })
    const install = installer.install.bind(installer)
    this.#loader = new Loader({ ...surroundings, admission: this.#admission, install })
    this.#inbox = new Inbox({ ...surroundings, loader: this.#loader })
  }

  get accepting(): boolean {
    return this.readiness().ready
  }

  /** Sagas in memory. */
  get inFlight(): number {
    return this.#hosts.size
  }

  /** Starts that wait for room. */
  get waiting(): number {
    return this.#admission.waiting
  }

  /** Leases under which this process may act, now. */
  get leases(): readonly HeldLease[] {
    return this.#leases.live
  }

  /** Partitions that this process owns. */
  get partitions(): number {
    return this.#leases.size
  }

  get machineNames(): string[] {
    return this.#versions.machines
  }

  readiness(): Readiness {
    const reason = this.#whyNotReady()
    return { ready: reason === null, reason, missingMachines: this.#leases.missingMachines }
  }

  /**
   * Joins the orchestrators of this database, takes its share of the partitions and begins to resume what is in
   * flight there. Starts wait until then. Rejects with NameTakenError.
   */
  async open(): Promise<void> {
    await this.#leases.open()
    if (this.#state === 'new') {
      this.#state = 'open'
      this.#loader.start()
      this.#inbox.start()
    }
    this.#opened.resolve()
  }

  /**
   * Accepts a saga: resolves when its first transition is committed, before its first step is called.
   * @throws MachineUnknownError, NotAcceptingError: nothing was accepted. SagaNotStartedError: its machine threw
   * on this input.
   */
  async start({ machine: name, input, idempotency, trace = null }: StartRequest): Promise<StartResult> {
    const machine = this.#versions.newest(name)
    if (machine === undefined) throw new MachineUnknownError(name, this.machineNames)
    // A start that comes while the process opens, is only a little later for it.
    if (this.#state === 'new') await this.#opened.promise
    this.#demandReady()
    await this.#admission.enter()
    const lease = this.#leases.forStart()
    if (lease === undefined || !this.accepting) {
      this.#admission.leave()
      throw new NotAcceptingError(this.#whyNotReady() ?? 'its partitions are being handed over')
    }
    const sagaId = this.#options.newSagaId()
    const businessKey = machine.businessKey === undefined ? undefined : input[machine.businessKey]
    const host = this.#host(sagaId, lease, machine, {
      kind: 'new',
      input: { ...input, saga_id: sagaId },
      start: {
        machine: machine.id,
        version: machine.version,
        input,
        businessKey: typeof businessKey === 'string' ? businessKey : null,
        idempotency,
        trace,
      },
    })
    if ((await host.begin()) === 'committed') return { kind: 'started', sagaId }
    if ((await host.exited) === 'key_taken') return { kind: 'key_taken' }
    if (host.problem === null) return { kind: 'unknown' }
    throw new SagaNotStartedError(machine.id, host.problem.message)
  }

  /** Looks into the inbox now; resolves when what it found there is answered, or its saga was lost. */
  async poke(): Promise<void> {
    if (this.#state === 'open') await this.#inbox.poke()
  }

  /** Resolves when the saga leaves memory; undefined if it is not there. */
  exited(sagaId: string): Promise<Departure> | undefined {
    const host = this.#hosts.get(sagaId)
    return host && host.exited.then((exit) => ({ exit, status: host.status, output: host.output }))
  }

  /**
   * Accepts nothing more, lets what is in flight end for at most `graceMs`, and hands the rest to the others at
   * once: none of them has to wait for a lease to expire.
   */
  async close(graceMs: number): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'closing'
    this.#opened.resolve()
    this.#leases.retire()
    this.#admission.close('the orchestrator is going away')
    await this.#settle(graceMs, () => true)
    this.#halt()
    await this.#leases.leave()
  }

  /** Drops every saga from memory, as a crash would, but with open calls aborted. Nothing is lost. */
  stop(): void {
    this.#opened.resolve()
    this.#admission.close('the orchestrator is going away')
    this.#halt()
    this.#leases.stop()
  }

  #halt(): void {
    this.#state = 'stopped'
    this.#loader.stop()
    this.#inbox.stop()
    this.journal.close()
    for (const host of this.#hosts.values()) host.drop('stopped')
  }

  /** Resolves when none of these sagas has work under way, at the latest after `graceMs`. */
  async #settle(graceMs: number, concerns: (host: SagaHost) => boolean): Promise<void> {
    const { clock } = this.#options
    const givesUpAt = clock.monotonic() + graceMs
    const isAtWork = (host: SagaHost) => concerns(host) && host.atRestSince === Infinity
    while (this.#state !== 'stopped' && clock.monotonic() < givesUpAt) {
      if (![...this.#hosts.values()].some(isAtWork)) return
      await new Promise<void>((resolve) => clock.setTimeout(resolve, SETTLE_MS))
    }
  }

  #host(...[sagaId, lease, machine, origin]: [string, HeldLease, PreparedMachine, Origin]): SagaHost {
    const { clock, observer, notifies } = this.#options
    const migrate = (snapshot: unknown, to: string) =>
      this.#versions.migrate(snapshot, { machine: machine.id, version: machine.version }, to)
    const options = { sagaId, lease, machine, journal: this.journal, observer, clock, migrate, notifies }
    const host = new SagaHost(options, origin)
    this.#hosts.set(sagaId, host)
    void this.#forget(host)
    return host
  }

  async #forget(host: SagaHost): Promise<void> {
    const exit = await host.exited
    this.#hosts.delete(host.sagaId)
    this.#loader.left(host.sagaId)
    this.#admission.leave()
    // The fence speaks of the whole partition: its other sagas stop calling now, not at their next write.
    if (exit === 'lost') this.#leases.lost(host.lease)
    if (exit === 'migrated') void this.#loader.reload(host.lease, host.sagaId)
  }

  #drop(lease: HeldLease): void {
    for (const host of this.#hosts.values()) if (host.lease === lease) host.drop('lost')
  }

  #demandReady(): void {
    const reason = this.#whyNotReady()
    if (reason !== null) throw new NotAcceptingError(reason)
  }

  #whyNotReady(): string | null {
    if (this.#state === 'new') return 'the orchestrator is starting'
    if (this.#state !== 'open') return 'the orchestrator is going away'
    if (!this.journal.healthy) return 'the journal can not reach its database'
    if (this.#leases.live.length === 0) return 'it owns no partition: others do, or its database is away'
    return null
  }
}
