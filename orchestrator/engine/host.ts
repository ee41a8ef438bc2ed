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
import { gatedBy, type DurableSnapshot, type Gate, type ProcessedEvent } from './durable.ts'
import type { HeldLease, HostOptions, Origin } from './host-options.ts'
import { withSnapshots } from './nested-rows.ts'
import type {
  Consumed,
  Problem,
  SagaIdentity,
  SagaStart,
  SagaStatus,
  SagaWrite,
  Transition,
  WakeAt,
  WriteOutcome,
} from './ports.ts'
import { Notices } from './notices.ts'
import { hasParked, Standing, type Stands } from './standing.ts'
import { StateTimes } from './state-times.ts'
import { asEvent, isOperatorEvent, isOperatorsType, type MigrateEvent } from './verbs/operator-event.ts'
import { operatorsRow } from './verbs/operators-row.ts'
import type { Moved } from './versions.ts'
import { wakeAtOf } from './waiting.ts'

/**
 * How a saga left memory: ended, parked by the engine, out of it until it is due or sent to, to go on in another
 * version, owned by another, never begun, or the process going.
 */
export type Exit = 'ended' | 'parked' | 'evicted' | 'migrated' | 'lost' | 'key_taken' | 'stopped'
/** What became of an event: `ignored` means that no state of the saga listened to it. */
export type Sent = 'committed' | 'ignored' | 'lost'

export class SagaHost {
  readonly sagaId: string
  readonly identity: SagaIdentity
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
  readonly #startedAt: number
  readonly #exit = Promise.withResolvers<Exit>()
  #committedSeq: number
  #start: SagaStart | null
  #recorded: Transition[] = []
  /** Events of the inbox to be answered by the next commit. */
  #consumed: Consumed[] = []
  #held: (() => void)[] = []
  readonly #standing: Standing
  readonly #notices: Notices
  readonly #times: StateTimes
  /** What the engine had parked it for when it was loaded: a verb is about that as long as nothing has happened. */
  #parkedFor: Problem | null
  /** Set once it was moved to another version: from then on nothing is processed here. */
  #movedTo: (Moved & { readonly version: string }) | undefined
  #isLeftToNext = false
  #wakeAt: WakeAt = 'in_flight'
  #atRestSince = Infinity
  /** Where the last commit left the saga. */
  #stood: Stands
  /** Set when the stored problem must be cleared, or a new one noted, though no transition was processed. */
  #problemChanged = false
  #nextCommit: PromiseWithResolvers<Sent> | undefined
  #pumping = false
  #closed = false

  constructor(options: HostOptions, origin: Origin) {
    this.#options = options
    this.sagaId = options.sagaId
    const { id: machine, version } = options.machine
    const { trace } = origin.kind === 'new' ? origin.start : origin
    this.identity = { machine, version, sagaId: options.sagaId, trace }
    this.#startedAt = origin.kind === 'new' ? options.clock.now() : origin.startedAt
    this.exited = this.#exit.promise
    this.#start = origin.kind === 'new' ? origin.start : null
    this.#committedSeq = origin.kind === 'new' ? -1 : origin.seq
    this.#parkedFor = origin.kind === 'new' ? null : origin.problem
    this.#problemChanged = this.#parkedFor !== null
    this.#standing = new Standing(origin.kind === 'new' ? { state: '', trouble: null } : origin)
    this.#notices = new Notices(this.identity, options.notifies)
    this.#stood = this.#standing.now
    const stood = origin.kind === 'new' ? { state: '', movedAt: 0 } : origin
    this.#times = new StateTimes(this.identity, options.observer, stood)

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
    if (this.#start === null && this.problem === null) {
      const snapshot = this.#actor.getSnapshot() as DurableSnapshot
      this.#standing.restored(snapshot)
      this.#stood = this.#standing.now
      this.#rest(wakeAtOf(snapshot))
    }
    if (this.#problemChanged && !this.#closed) this.#touch()
    return this.#nextCommit?.promise ?? 'ignored'
  }

  /** Hands over an event of the inbox; resolves when its answer is committed. It is acted on before this returns. */
  async send(event: AnyEventObject, inboxId: string): Promise<Sent> {
    if (this.#closed || this.#movedTo !== undefined) return 'lost'
    // A person's repair is for the next load, which begins where the problem is; and so is what was sent behind it.
    if (this.problem !== null && isOperatorEvent(event)) this.#isLeftToNext = true
    if (this.#isLeftToNext) return 'lost'
    const before = this.#recorded.length
    if (this.problem === null) this.#process(event)
    // What a machine threw on is a problem, and no transition; it must not come again, for it would throw again.
    const isHeard = this.problem === null && this.#recorded.length > before
    this.#consumed.push({ id: inboxId, outcome: isHeard ? 'applied' : 'ignored' })
    this.#touch()
    const became = (await this.#nextCommit?.promise) ?? 'lost'
    return became === 'committed' && !isHeard ? 'ignored' : became
  }

  #process(event: AnyEventObject): void {
    if (!isOperatorsType(event.type)) return this.#actor.send(event)
    // A verb that only a later version of this code knows.
    if (!isOperatorEvent(event)) return
    if (event.type === 'skald.migrate') return this.#move(event)
    const problem = this.#parkedFor
    this.#actor.send(problem === null ? asEvent(event) : asEvent({ ...event, problem }))
  }

  /** Goes on in another version, as after a crash: open calls are made again there, with the same keys. */
  #move(event: MigrateEvent): void {
    if (event.from !== this.identity.version) return
    const persisted = JSON.stringify(this.#actor.getPersistedSnapshot())
    const migration = this.#options.migrate(JSON.parse(persisted), event.to)
    if (migration.kind === 'refused') return
    const { to } = migration
    this.#movedTo = { ...to, version: event.to }
    this.#actor.stop()
    this.#held = []
    this.#standing.moved(to)
    const at = this.#options.clock.now()
    const { state, snapshot } = to
    const row = operatorsRow(event, { seq: this.#nextSeq, at, state, snapshot, emitted: [] })
    // What machines within it did before that, they did in the version before.
    this.#recorded = [...withSnapshots(this.#recorded, () => persisted), row]
    this.#parkedFor = null
  }

  get #nextSeq(): number {
    return this.#committedSeq + this.#recorded.length + 1
  }

  get lease(): HeldLease {
    return this.#options.lease
  }

  /** When it must next be in memory, by its last commit. */
  get wakeAt(): WakeAt {
    return this.#wakeAt
  }

  /** Since when it has only waited, by the monotonic clock; Infinity while it works or has something to commit. */
  get atRestSince(): number {
    return this.#pumping || this.#closed ? Infinity : this.#atRestSince
  }

  get status(): SagaStatus {
    return this.#standing.now.status
  }

  /** Drops the saga from memory: open calls are aborted, held effects forgotten, nothing more is written. */
  drop(exit: Exit): void {
    if (this.#closed) return
    this.#closed = true
    this.#held = []
    this.#recorded = []
    this.#consumed = []
    this.#actor.stop()
    this.#nextCommit?.resolve('lost')
    this.#exit.resolve(exit)
  }

  #record({ actor, event, at, timer, dueAt, next, emitted }: ProcessedEvent): void {
    if (this.#closed) return
    if (dueAt !== undefined)
      this.#held.push(() => this.#options.observer.timerFired(this.identity, at - dueAt))
    // By id, for the first transition runs while the actor is still being made.
    const own = actor.id === this.sagaId
    if (own) this.#stands({ event, next, at })
    this.#parkedFor = null
    const snapshot = JSON.stringify((actor as AnyActor).logic.getPersistedSnapshot(next))
    this.#recorded.push({
      seq: this.#nextSeq,
      actor: own ? null : actor.id,
      event,
      timer: timer ?? null,
      at,
      state: this.#standing.now.state,
      // The parent of a nested machine has not seen this yet: the row gets the saga's snapshot when it has.
      snapshot: own ? snapshot : '',
      emitted,
    })
    this.#touch()
  }

  #stands({ event, next, at }: Pick<ProcessedEvent, 'event' | 'next' | 'at'>): void {
    const before = this.#standing.now.status
    this.#standing.after(event, next)
    this.#notices.transition(before, this.#standing.now, { seq: this.#nextSeq, at })
  }

  #touch(): void {
    this.#nextCommit ??= Promise.withResolvers<Sent>()
    if (!this.#pumping) void this.#pump()
  }

  async #pump(): Promise<void> {
    this.#pumping = true
    await atRest()
    while (!this.#closed && this.#hasWork) {
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
        // Before the saga may leave memory: whoever sent an event must not take it for lost, and send it again.
        commit?.resolve('committed')
        this.#committed(write, held)
        await atRest()
      } else {
        commit?.resolve('lost')
        this.#notCommitted(write, outcome)
      }
    }
    this.#pumping = false
  }

  get #hasWork(): boolean {
    return this.#recorded.length > 0 || this.#consumed.length > 0 || this.#problemChanged
  }

  #takeWrite(): SagaWrite {
    const recorded = this.#recorded.splice(0)
    const { sagaId, lease } = this.#options
    const { status, state, step, trouble } = this.#standing.now
    this.#atRestSince = Infinity
    const write: SagaWrite = {
      sagaId,
      lease,
      fromSeq: this.#committedSeq,
      transitions: withSnapshots(recorded, () => JSON.stringify(this.#actor.getPersistedSnapshot())),
      status: this.problem === null ? status : 'parked',
      state,
      problem: this.problem,
      step,
      trouble,
      // Whoever owns it next tries again: the code may have been mended by then.
      wakeAt: this.problem === null ? this.#nextWake : 'in_flight',
      start: this.#start,
      version: this.#movedTo?.version ?? null,
      notice: this.#notices.take(),
      consumed: this.#consumed.splice(0),
    }
    this.#committedSeq += recorded.length
    this.#start = null
    this.#problemChanged = false
    return write
  }

  get #nextWake(): WakeAt {
    return this.#movedTo?.wakeAt ?? wakeAtOf(this.#actor.getSnapshot() as DurableSnapshot)
  }

  #committed(write: SagaWrite, held: readonly (() => void)[]): void {
    const { observer } = this.#options
    const { status, state, step, trouble } = write
    const before = this.#stood
    this.#stood = { status, state, step, trouble }
    if (write.start !== null) this.#tell(() => observer.started(this.identity))
    for (const transition of write.transitions) {
      this.#tell(() => observer.transition(this.identity, transition))
      this.#tell(() => this.#times.committed(transition))
    }
    if (hasParked(before, write, this.#parkedFor)) {
      const { code } = write.problem ?? trouble?.failing ?? { code: null }
      this.#tell(() => observer.parked({ ...this.identity, state, step, code }))
    }
    if (write.problem !== null) return this.drop('parked')
    if (write.version !== null) return this.drop('migrated')
    const hasEnded = write.wakeAt === 'ended'
    // Committed, but frozen since: another may be at work on it already, and will do all this itself.
    if (!this.lease.isLive && !hasEnded) return this.drop('lost')
    // If the machine broke meanwhile, or goes on elsewhere, nobody would hear what they bring; a load runs them again.
    const isHere = this.problem === null && this.#movedTo === undefined
    if (isHere) for (const effect of held) this.#tell(effect)
    this.#rest(write.wakeAt)
    if (!hasEnded) return
    this.output = (this.#actor.getSnapshot() as { output?: unknown }).output
    const endedAt = write.transitions.at(-1)?.at ?? this.#options.clock.now()
    const ended = { ...this.identity, status, state, startedAt: this.#startedAt, endedAt }
    this.#tell(() => observer.ended(ended))
    this.drop('ended')
  }

  #notCommitted(write: SagaWrite, outcome: Exclude<WriteOutcome, { kind: 'committed' }>): void {
    if (outcome.kind === 'key_taken') return this.drop('key_taken')
    if (outcome.kind === 'lost') {
      this.#tell(() => this.#options.observer.fenced(this.identity))
      this.#tell(() => this.#options.observer.trouble(this.identity, 'another orchestrator owns it now'))
      return this.drop('lost')
    }
    this.#committedSeq = write.fromSeq
    this.#standing.backTo(this.#stood)
    this.#movedTo = undefined
    this.#recorded = []
    // It may be their fault that the write was refused: they must not come again.
    this.#consumed.unshift(...write.consumed.map(({ id }) => ({ id, outcome: 'ignored' }) as const))
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
    this.#tell(() => this.#options.observer.trouble(this.identity, problem.message))
    const moment = { seq: this.#nextSeq - 1, at: this.#options.clock.now() }
    this.#notices.problem(this.#parkedFor, problem, this.#standing.now, moment)
    // Not even its start, or its problem, could be written: nobody was told that it exists.
    if (again || (this.#committedSeq < 0 && this.#recorded.length === 0)) return this.drop('parked')
    this.#problemChanged = true
    this.#touch()
  }

  #rest(wakeAt: WakeAt): void {
    this.#wakeAt = wakeAt
    const isWaiting = typeof wakeAt === 'number' || wakeAt === 'on_event'
    this.#atRestSince = isWaiting ? this.#options.clock.monotonic() : Infinity
  }

  /** Observers and effects are other people's code: what they throw must not stop the pump. */
  #tell(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#options.observer.effectFailed(this.identity, error)
    }
  }
}

/** XState's cascades are synchronous: at the next microtask no actor of the saga is in the middle of one. */
const atRest = () => Promise.resolve()
