/**
 * One saga in memory: its actor, its gate, and the pump that commits.
 *
 * The pump waits a microtask, for XState's cascades are synchronous and the actor system is then at rest; hands
 * to the journal what was processed since the last commit; and lets the held effects go when it is confirmed.
 *
 * If the process dies at any line here, the saga stands at its last committed transition. Effects of that
 * transition may have run or not; whoever resumes it runs them again, calls with the same keys.
 */
import { createActor, type AnyActor, type AnyEventObject, type Snapshot } from 'xstate'
import { gatedBy, type Gate, type ProcessedEvent } from './durable.ts'
import type { Journal } from './journal.ts'
import type { PreparedMachine } from './prepare.ts'
import type {
  Clock,
  Lease,
  Observer,
  Problem,
  SagaIdentity,
  SagaStart,
  SagaStatus,
  SagaWrite,
  Transition,
  WriteOutcome,
} from './ports.ts'
import { statePath, statusOf } from './status.ts'

/** How a saga left memory: ended, parked by the engine, owned by another, never begun, or the process going. */
export type Exit = 'ended' | 'parked' | 'lost' | 'key_taken' | 'stopped'
/** What became of an event: `ignored` means that no state of the saga listened to it. */
export type Sent = 'committed' | 'ignored' | 'lost'

interface HostOptions {
  readonly sagaId: string
  readonly lease: Lease
  readonly machine: PreparedMachine
  readonly journal: Journal
  readonly observer: Observer
  readonly clock: Clock
}

type Origin =
  | { readonly kind: 'new'; readonly start: SagaStart; readonly input: unknown }
  | {
      readonly kind: 'stored'
      readonly snapshot: unknown
      readonly seq: number
      readonly state: string
      readonly problem: Problem | null
    }

export class SagaHost {
  readonly sagaId: string
  /** Resolves when the saga has left memory, after its last commit. */
  readonly exited: Promise<Exit>
  /** True while restored children are started: their calls may have been made by an earlier life. */
  resuming = false
  /** What the machine put out, once the saga has ended. */
  output: unknown
  /** Why the engine parked it, if it did. */
  problem: Problem | null = null

  readonly #options: HostOptions
  readonly #actor: AnyActor
  readonly #exit = Promise.withResolvers<Exit>()
  #committedSeq: number
  #start: SagaStart | null
  #recorded: Transition[] = []
  #held: (() => void)[] = []
  #status: SagaStatus = 'running'
  #state: string
  /** Where the last commit left the saga. */
  #committedState: string
  /** Set when the stored problem must be cleared, or a new one noted, though no transition was processed. */
  #problemChanged = false
  #nextCommit: PromiseWithResolvers<Sent> | undefined
  #pumping = false
  #closed = false

  constructor(options: HostOptions, origin: Origin) {
    this.#options = options
    this.sagaId = options.sagaId
    this.exited = this.#exit.promise
    this.#start = origin.kind === 'new' ? origin.start : null
    this.#committedSeq = origin.kind === 'new' ? -1 : origin.seq
    this.#problemChanged = origin.kind === 'stored' && origin.problem !== null
    this.#state = origin.kind === 'new' ? '' : origin.state
    this.#committedState = this.#state

    const gate: Gate = {
      record: (processed) => this.#record(processed),
      hold: (effect) => this.#held.push(effect),
    }
    this.#actor = gatedBy(gate, () =>
      createActor(options.machine.logic, {
        id: options.sagaId,
        clock: options.clock,
        ...(origin.kind === 'new'
          ? { input: origin.input }
          : { snapshot: origin.snapshot as Snapshot<unknown> }),
      }),
    )
    options.machine.own(this.#actor.system, this)
    // Without an error observer XState throws in a macrotask, and one broken saga would end the process.
    this.#actor.subscribe({ error: (error: unknown) => this.#break(error) })
  }

  /** Starts a new saga, or lets a stored one go on; resolves after the first commit, if there is one to make. */
  async begin(): Promise<Sent> {
    this.resuming = this.#start === null
    this.#actor.start()
    this.resuming = false
    if (this.#start === null && this.problem === null) this.#status = statusOf(this.#actor.getSnapshot())
    if (this.#problemChanged && !this.#closed) this.#touch()
    return this.#nextCommit?.promise ?? 'ignored'
  }

  /** Resolves when what the event led to is committed. */
  async send(event: AnyEventObject): Promise<Sent> {
    if (this.#closed) return 'lost'
    const before = this.#recorded.length
    this.#actor.send(event)
    // The machine threw on it: what came of the event is a problem, and no transition.
    if (this.problem !== null) return 'lost'
    if (this.#recorded.length === before) return 'ignored'
    return this.#nextCommit?.promise ?? 'ignored'
  }

  /** Whether some state of the saga listens to this event now. */
  accepts(event: AnyEventObject): boolean {
    return !this.#closed && (this.#actor.getSnapshot() as { can(event: AnyEventObject): boolean }).can(event)
  }

  get lease(): Lease {
    return this.#options.lease
  }

  get status(): SagaStatus {
    return this.#status
  }

  /** Drops the saga from memory: open calls are aborted, held effects forgotten, nothing more is written. */
  drop(exit: Exit): void {
    if (this.#closed) return
    this.#closed = true
    this.#held = []
    this.#recorded = []
    this.#actor.stop()
    this.#nextCommit?.resolve('lost')
    this.#exit.resolve(exit)
  }

  #record({ actor, event, at, timer, next, emitted }: ProcessedEvent): void {
    if (this.#closed) return
    // By id, for the first transition runs while the actor is still being made.
    const own = actor.id === this.sagaId
    if (own) {
      this.#status = statusOf(next)
      this.#state = statePath(next.value)
    }
    const snapshot = JSON.stringify((actor as AnyActor).logic.getPersistedSnapshot(next))
    this.#recorded.push({
      seq: this.#committedSeq + this.#recorded.length + 1,
      actor: own ? null : actor.id,
      event,
      timer: timer ?? null,
      at,
      state: this.#state,
      // The parent of a nested machine has not seen this yet: the row gets the saga's snapshot when it has.
      snapshot: own ? snapshot : '',
      emitted,
    })
    this.#touch()
  }

  #touch(): void {
    this.#nextCommit ??= Promise.withResolvers<Sent>()
    if (!this.#pumping) void this.#pump()
  }

  async #pump(): Promise<void> {
    this.#pumping = true
    await atRest()
    while (!this.#closed && (this.#recorded.length > 0 || this.#problemChanged)) {
      const write = this.#takeWrite()
      const held = this.#held.splice(0)
      const commit = this.#nextCommit
      this.#nextCommit = undefined
      const outcome = await this.#options.journal.commit(write)
      if (this.#closed) {
        // Whoever sent the event still waits to hear what became of it.
        commit?.resolve(outcome.kind === 'committed' ? 'committed' : 'lost')
        break
      }
      if (outcome.kind === 'committed') {
        this.#committed(write, held)
        commit?.resolve('committed')
        await atRest()
      } else {
        commit?.resolve('lost')
        this.#notCommitted(write, outcome)
      }
    }
    this.#pumping = false
  }

  #takeWrite(): SagaWrite {
    const recorded = this.#recorded.splice(0)
    const { sagaId, lease } = this.#options
    const write: SagaWrite = {
      sagaId,
      lease,
      fromSeq: this.#committedSeq,
      transitions: withSnapshots(recorded, () => JSON.stringify(this.#actor.getPersistedSnapshot())),
      status: this.problem === null ? this.#status : 'parked',
      state: this.#state,
      problem: this.problem,
      start: this.#start,
    }
    this.#committedSeq += recorded.length
    this.#start = null
    this.#problemChanged = false
    return write
  }

  #committed(write: SagaWrite, held: readonly (() => void)[]): void {
    const { observer } = this.#options
    this.#committedState = write.state
    if (write.start !== null) this.#tell(() => observer.started(this.#identity()))
    for (const transition of write.transitions) {
      this.#tell(() => observer.transition(this.#identity(), transition))
    }
    if (write.problem !== null) return this.drop('parked')
    // If the machine broke meanwhile, nobody would hear what they bring; a resume runs them again.
    if (this.problem === null) for (const effect of held) this.#tell(effect)
    if (write.status === 'done' || write.status === 'failed') {
      this.output = (this.#actor.getSnapshot() as { output?: unknown }).output
      this.#tell(() => observer.ended({ ...this.#identity(), status: write.status }))
      this.drop('ended')
    }
  }

  #notCommitted(write: SagaWrite, outcome: Exclude<WriteOutcome, { kind: 'committed' }>): void {
    if (outcome.kind === 'key_taken') return this.drop('key_taken')
    if (outcome.kind === 'lost') {
      this.#tell(() => this.#options.observer.trouble(this.#identity(), 'another orchestrator owns it now'))
      return this.drop('lost')
    }
    this.#committedSeq = write.fromSeq
    this.#state = this.#committedState
    this.#recorded = []
    this.#park({ code: 'WRITE_REFUSED', message: outcome.message })
  }

  /** The machine threw. What it processed before that stands, and is committed with the problem. */
  #break(error: unknown): void {
    if (this.#closed) return
    // What a nested machine did, and its parent broke on, can't stand without the parent.
    while (this.#recorded.at(-1)?.snapshot === '') this.#recorded.pop()
    this.#park({
      code: 'MACHINE_FAILED',
      message: error instanceof Error ? error.message : JSON.stringify(error),
    })
  }

  /** Notes a problem at the saga's last good transition and takes it out of memory: it harms no other. */
  #park(problem: Problem): void {
    const again = this.problem !== null
    this.problem = problem
    this.#held = []
    this.#tell(() => this.#options.observer.trouble(this.#identity(), problem.message))
    // Not even its start, or its problem, could be written: nobody was told that it exists.
    if (again || (this.#committedSeq < 0 && this.#recorded.length === 0)) return this.drop('parked')
    this.#problemChanged = true
    this.#touch()
  }

  #identity(): SagaIdentity {
    const { machine } = this.#options
    return { machine: machine.id, version: machine.version, sagaId: this.sagaId }
  }

  /** Observers and effects are other people's code: what they throw must not stop the pump. */
  #tell(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#options.observer.effectFailed(this.#identity(), error)
    }
  }
}

/** XState's cascades are synchronous: at the next microtask no actor of the saga is in the middle of one. */
const atRest = () => Promise.resolve()

/** A nested machine's row gets the saga's next snapshot in this write; behind the last of them, the one at rest. */
function withSnapshots(recorded: readonly Transition[], atRest: () => string): readonly Transition[] {
  if (recorded.every(({ snapshot }) => snapshot !== '')) return recorded
  let [later, state]: [string | undefined, string] = [undefined, '']
  const backwards = recorded.toReversed().map((row) => {
    later = row.snapshot === '' ? (later ?? atRest()) : row.snapshot
    // One that was processed while the saga was being made has no other state than the one it began in.
    state = row.state === '' ? state : row.state
    return { ...row, snapshot: later, state }
  })
  return backwards.toReversed()
}
