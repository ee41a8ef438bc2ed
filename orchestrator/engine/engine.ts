/**
 * All sagas that this process drives: starts them, resumes them, hands them events.
 *
 * If the process dies at any line here, every saga that was accepted is in the store, and the next owner of
 * its partition resumes it from there. What was not committed was not accepted, and nobody was told so.
 */
import type { AnyEventObject, StateValue } from 'xstate'
import { MachineUnknownError, NotAcceptingError, SagaNotStartedError } from './errors.ts'
import { misfitOf } from './fit.ts'
import { SagaHost, type Exit, type Sent } from './host.ts'
import { Journal } from './journal.ts'
import type { PreparedMachine } from './prepare.ts'
import { quiet } from './quiet-observer.ts'
import { statePath } from './status.ts'
import type {
  Clock,
  Lease,
  Observer,
  Problem,
  SagaStart,
  SagaStatus,
  SagaStore,
  StoredSaga,
} from './ports.ts'

export interface EngineOptions {
  readonly machines: readonly PreparedMachine[]
  readonly store: SagaStore
  readonly clock: Clock
  readonly observer: Observer
  /** A fresh uuid, version 7, so that sagas sort by age. */
  readonly newSagaId: () => string
  /** Names this process in the partitions that it owns. */
  readonly owner: string
}

export interface StartRequest {
  readonly machine: string
  /** Fits the machine's input schema: the border has checked it. */
  readonly input: Readonly<Record<string, unknown>>
  readonly idempotency: SagaStart['idempotency']
}

/** `key_taken`: the idempotency key belongs to another saga, and nothing was started. */
export type StartResult =
  { readonly kind: 'started'; readonly sagaId: string } | { readonly kind: 'key_taken' }

/** How a saga left memory. `status` and `output` are final if it ended. */
export interface Departure {
  readonly exit: Exit
  readonly status: SagaStatus
  readonly output: unknown
}

export class Engine {
  readonly journal: Journal
  readonly #options: EngineOptions
  readonly #machines: ReadonlyMap<string, PreparedMachine>
  /** The newest version of each machine: the one that new sagas begin with. */
  readonly #newest: ReadonlyMap<string, PreparedMachine>
  readonly #hosts = new Map<string, SagaHost>()
  #leases: readonly Lease[] = []
  #nextLease = 0
  readonly #opened = Promise.withResolvers<void>()
  #state: 'new' | 'accepting' | 'lost' | 'stopped' = 'new'

  constructor(options: EngineOptions) {
    this.#options = { ...options, observer: quiet(options.observer) }
    this.journal = new Journal(options.store, options.clock, this.#options.observer)
    this.#machines = new Map(
      options.machines.map((machine) => [versionKey(machine.id, machine.version), machine]),
    )
    this.#newest = new Map(options.machines.map((machine) => [machine.id, machine]))
  }

  get accepting(): boolean {
    return this.#state === 'accepting' && this.journal.healthy
  }

  /** Sagas in memory. */
  get inFlight(): number {
    return this.#hosts.size
  }

  get machineNames(): string[] {
    return [...this.#newest.keys()]
  }

  /** Claims the partitions and resumes every saga in them that has not ended; starts wait until then. */
  async open(): Promise<void> {
    this.#leases = await this.#options.store.claimPartitions(this.#options.owner)
    for await (const saga of this.#options.store.unfinished(this.#leases)) {
      if (this.#state === 'stopped') return
      await this.#resume(saga)
    }
    if (this.#state === 'new') this.#state = 'accepting'
    this.#opened.resolve()
  }

  /**
   * Accepts a saga: resolves when its first transition is committed, before its first step is called.
   * @throws MachineUnknownError, NotAcceptingError: nothing was accepted. SagaNotStartedError: its machine threw
   * on this input.
   */
  async start({ machine: name, input, idempotency }: StartRequest): Promise<StartResult> {
    const machine = this.#newest.get(name)
    if (machine === undefined) throw new MachineUnknownError(name, this.machineNames)
    // A start that comes while the sagas of an earlier life are resumed, is only a little later for it.
    if (this.#state === 'new') await this.#opened.promise
    const lease = this.#leases[this.#nextLease++ % this.#leases.length]
    if (!this.accepting || lease === undefined) throw new NotAcceptingError(this.#whyNotAccepting())

    const { newSagaId } = this.#options
    const sagaId = newSagaId()
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
      },
    })
    if ((await host.begin()) === 'committed') return { kind: 'started', sagaId }
    if ((await host.exited) === 'key_taken') return { kind: 'key_taken' }
    throw host.problem === null
      ? new NotAcceptingError('the saga was lost to another orchestrator before it began')
      : new SagaNotStartedError(machine.id, host.problem.message)
  }

  /** Hands an outside event to a saga in memory; undefined if it is not here. Resolves after the commit. */
  send(sagaId: string, event: AnyEventObject): Promise<Sent> | undefined {
    return this.#hosts.get(sagaId)?.send(event)
  }

  /** Whether the saga listens to this event now; undefined if it is not here. */
  accepts(sagaId: string, event: AnyEventObject): boolean | undefined {
    return this.#hosts.get(sagaId)?.accepts(event)
  }

  /** Resolves when the saga leaves memory; undefined if it is not there. */
  exited(sagaId: string): Promise<Departure> | undefined {
    const host = this.#hosts.get(sagaId)
    return host && host.exited.then((exit) => ({ exit, status: host.status, output: host.output }))
  }

  /** Drops every saga from memory, as a crash would, but with open calls aborted. Nothing is lost. */
  stop(): void {
    this.#state = 'stopped'
    this.#opened.resolve()
    for (const host of this.#hosts.values()) host.drop('stopped')
  }

  #host(
    ...[sagaId, lease, machine, origin]: [
      string,
      Lease,
      PreparedMachine,
      ConstructorParameters<typeof SagaHost>[1],
    ]
  ) {
    const { clock, observer } = this.#options
    const host = new SagaHost({ sagaId, lease, machine, journal: this.journal, observer, clock }, origin)
    this.#hosts.set(sagaId, host)
    void this.#forget(host)
    return host
  }

  async #forget(host: SagaHost): Promise<void> {
    const exit = await host.exited
    this.#hosts.delete(host.sagaId)
    if (exit !== 'lost') return
    if (this.#state !== 'stopped') this.#state = 'lost'
    // The fence speaks of the whole partition: its other sagas stop calling now, not at their next write.
    const { partition } = host.lease
    for (const other of this.#hosts.values()) if (other.lease.partition === partition) other.drop('lost')
  }

  async #resume(saga: StoredSaga): Promise<void> {
    const { sagaId, lease, snapshot, seq, problem, version } = saga
    const machine = this.#machines.get(versionKey(saga.machine, version))
    const state = statePathOf(snapshot)
    if (machine === undefined) {
      const message = `machine ${saga.machine} has no version ${version} here; deploy the code that has it`
      return this.#park(saga, state, { code: 'MACHINE_UNKNOWN', message })
    }
    const misfit = misfitOf(machine.source, snapshot)
    if (misfit !== undefined) {
      return this.#park(saga, state, { code: 'SNAPSHOT_DOES_NOT_FIT', message: misfit })
    }
    const host = this.#host(sagaId, lease, machine, { kind: 'stored', snapshot, seq, state, problem })
    this.#options.observer.resumed({ machine: machine.id, version, sagaId, state })
    void host.begin()
  }

  /** Tells in the store why this saga stays out of memory; the next start looks at it again. */
  async #park(saga: StoredSaga, state: string, problem: Problem): Promise<void> {
    const { sagaId, lease, seq, machine, version } = saga
    this.#options.observer.trouble({ machine, version, sagaId }, problem.message)
    await this.journal.commit({
      sagaId,
      lease,
      fromSeq: seq,
      transitions: [],
      status: 'parked',
      state,
      problem,
      start: null,
    })
  }

  #whyNotAccepting(): string {
    if (this.#state === 'accepting') return 'the journal can not reach its database'
    return this.#state === 'lost' ? 'another orchestrator took over' : 'the orchestrator is going away'
  }
}

const versionKey = (machine: string, version: string) => `${machine}@${version}`

/** The stored state; a snapshot that does not even have one is parked under an empty name. */
function statePathOf(snapshot: unknown): string {
  const { value } = (snapshot ?? {}) as { value?: StateValue }
  return value === undefined ? '' : statePath(value)
}
