/**
 * Brings a stored saga into memory; one that does not go there is parked with the reason, and harms no other. What a
 * person sent to such a saga is done here, without its machine: it is given up, or moved to a version that fits.
 *
 * If the process dies at any line here, the saga is in the store as it was, and the next owner of its partition looks
 * at it again, and at the events that were sent to it.
 */
import type { StateValue } from 'xstate'
import { misfitOf } from './fit.ts'
import type { SagaHost } from './host.ts'
import type { HeldLease, Origin } from './host-options.ts'
import type { Journal } from './journal.ts'
import type { Leases } from './leases.ts'
import type { Why } from './loader.ts'
import { Notices } from './notices.ts'
import type { Clock, InboxEvent, Observer, Problem, SagaIdentity, SagaWrite, StoredSaga } from './ports.ts'
import type { PreparedMachine } from './prepare.ts'
import { statePath } from './status.ts'
import { troubleAfter } from './trouble.ts'
import { abandoned, abandonedEvent } from './verbs/abandon.ts'
import { isOperatorEvent, type OperatorEvent } from './verbs/operator-event.ts'
import { operatorsRow } from './verbs/operators-row.ts'
import { nameOf, type Versions } from './versions.ts'

export interface InstallerOptions {
  readonly versions: Versions
  readonly journal: Journal
  readonly leases: Pick<Leases, 'lacks'>
  readonly observer: Observer
  readonly clock: Clock
  readonly notifies: boolean
  readonly host: (sagaId: string, lease: HeldLease, machine: PreparedMachine, origin: Origin) => SagaHost
  /** Brings a saga back that goes on in another version. */
  readonly reload: (lease: HeldLease, sagaId: string) => void
}

interface KeptOut {
  readonly saga: StoredSaga
  readonly held: HeldLease
  readonly problem: Problem
  readonly events: readonly InboxEvent[]
}

/** What became of a saga that no machine here fits. */
type Repair = Pick<SagaWrite, 'transitions' | 'status' | 'state' | 'step' | 'trouble' | 'wakeAt' | 'version'>

export class Installer {
  readonly #options: InstallerOptions

  constructor(options: InstallerOptions) {
    this.#options = options
  }

  /** False if it can't be: that is noted in the store, and answers the events that waited for it. */
  install(saga: StoredSaga, lease: HeldLease, why: Why, events: readonly InboxEvent[]): boolean {
    const { versions, leases, observer, host } = this.#options
    const { sagaId, snapshot, version, trace, startedAt, movedAt } = saga
    const machine = versions.find(saga)
    const state = statePathOf(snapshot)
    if (machine === undefined) {
      // It is left to an orchestrator that has the version, if there is one.
      if (leases.lacks(lease.partition, nameOf(saga.machine, version))) return false
      const message = `machine ${saga.machine} has no version ${version} here; deploy the code that has it`
      return this.#keepOut({ saga, held: lease, problem: { code: 'MACHINE_UNKNOWN', message }, events })
    }
    const unfit = (message: string) =>
      this.#keepOut({ saga, held: lease, problem: { code: 'SNAPSHOT_DOES_NOT_FIT', message }, events })
    let made: SagaHost
    try {
      const misfit = misfitOf(machine.source, snapshot)
      if (misfit !== undefined) return unfit(misfit)
      const { seq, problem, trouble } = saga
      const stands = { snapshot, seq, state, problem, trouble, startedAt, movedAt, trace }
      made = host(sagaId, lease, machine, { kind: 'stored', ...stands })
    } catch (error) {
      // What is so broken that it can't even be looked at must not keep all others of its page out.
      return unfit(`it can not be read: ${String(error)}`)
    }
    observer.resumed({ ...made.identity, state, why })
    void made.begin()
    return true
  }

  #keepOut({ saga, held, problem, events }: KeptOut): false {
    const { observer } = this.#options
    const { sagaId, lease, seq } = saga
    const repaired = this.#repair(saga, problem, events)
    if (repaired === undefined) observer.trouble(identityOf(saga), problem.message)
    const { repair, answered } = repaired ?? { repair: this.#park(saga), answered: undefined }
    const write: SagaWrite = {
      sagaId,
      lease,
      fromSeq: seq,
      start: null,
      problem: repaired === undefined ? problem : null,
      notice: this.#notice(saga, repair, problem),
      consumed: events
        .slice(0, answered && events.indexOf(answered) + 1)
        .map(({ id }) => ({ id, outcome: id === answered?.id ? 'applied' : 'ignored' })),
      ...repair,
    }
    void this.#commit(saga, held, write)
    return false
  }

  async #commit(saga: StoredSaga, held: HeldLease, write: SagaWrite): Promise<void> {
    const { journal, observer, reload } = this.#options
    const { kind } = await journal.commit(write)
    const identity = identityOf(saga)
    if (kind === 'lost') observer.fenced(identity)
    if (kind !== 'committed') return
    for (const transition of write.transitions) observer.transition(identity, transition)
    if (write.wakeAt === 'ended') {
      const { status, state, transitions } = write
      const endedAt = transitions.at(-1)?.at ?? this.#options.clock.now()
      observer.ended({ ...identity, status, state, startedAt: saga.startedAt, endedAt })
    }
    if (write.problem !== null && write.problem.code !== saga.problem?.code) {
      observer.parked({ ...identity, state: write.state, step: write.step, code: write.problem.code })
    }
    if (write.version !== null) reload(held, saga.sagaId)
  }

  /** Its next owner looks at it again: the code may have been mended by then. */
  #park({ snapshot, trouble }: StoredSaga): Repair {
    const state = statePathOf(snapshot)
    return {
      transitions: [],
      status: 'parked',
      state,
      step: trouble?.failing?.step ?? null,
      trouble,
      wakeAt: 'in_flight',
      version: null,
    }
  }

  #notice(saga: StoredSaga, { status, state, step, trouble }: Repair, problem: Problem) {
    const { seq } = saga
    const notices = new Notices(identityOf(saga), this.#options.notifies)
    const at = this.#options.clock.now()
    const now = { status, state, step, trouble }
    if (status === 'failed') notices.transition('parked', now, { seq: seq + 1, at })
    else if (status === 'parked') notices.problem(saga.problem, problem, now, { seq, at })
    return notices.take()
  }

  /** The first of the events that repairs it. */
  #repair(saga: StoredSaga, problem: Problem, events: readonly InboxEvent[]) {
    for (const answered of events) {
      const { event } = answered
      const repair = isOperatorEvent(event) ? this.#repaired(saga, problem, event) : undefined
      if (repair !== undefined) return { repair, answered }
    }
    return undefined
  }

  #repaired(saga: StoredSaga, problem: Problem, event: OperatorEvent): Repair | undefined {
    const { snapshot, seq, trouble } = saga
    const moment = { seq: seq + 1, at: this.#options.clock.now() }
    if (event.type === 'skald.abandon') {
      const state = statePathOf(snapshot)
      const end = abandoned(Object(snapshot) as object, event)
      const told = [abandonedEvent(event)]
      const row = operatorsRow({ ...event, problem }, { ...moment, state, snapshot: end, emitted: told })
      const after = troubleAfter(trouble, { event: row.event, status: 'failed', open: [] })
      const stands = { status: 'failed', state, step: null, trouble: after, wakeAt: 'ended' } as const
      return { ...stands, transitions: [row], version: null }
    }
    if (event.type !== 'skald.migrate' || event.from !== saga.version) return undefined
    const migration = this.#options.versions.migrate(snapshot, saga, event.to)
    if (migration.kind === 'refused') return undefined
    const { snapshot: moved, ...stands } = migration.to
    const row = operatorsRow(event, { ...moment, state: stands.state, snapshot: moved, emitted: [] })
    return { ...stands, transitions: [row], trouble, version: event.to }
  }
}

function identityOf({ machine, version, sagaId, trace }: StoredSaga): SagaIdentity {
  return { machine, version, sagaId, trace }
}

/** The stored state; a snapshot that does not even have one is parked under an empty name. */
function statePathOf(snapshot: unknown): string {
  const { value } = (snapshot ?? {}) as { value?: StateValue | null }
  return value === undefined || value === null ? '' : statePath(value)
}
