/** The way from a process to the participants, and the watch over every call that leaves it. */
import { isDeepStrictEqual } from 'node:util'
import { StateMachine, type AnyStateMachine } from 'xstate'
import { declarationOf, type StepDeclaration, type StepFailure } from '../../machines/step.ts'
import type { StepCall, StepCaller } from '../../orchestrator/engine/ports.ts'
import type { Connection, Surroundings } from './connection.ts'
import { ask, Unanswered } from './courier.ts'
import { stepName, type Answer, type Conduct, type Ledger, type Request } from './ledger.ts'
import type { SimProcess } from './world.ts'

export interface Participants {
  /** By step name (`lock`, `lock:undo`): what befalls its attempts, one after the other; all else is done. */
  readonly conduct: Readonly<Record<string, readonly Conduct[]>>
  /** Steps whose request arrives only behind their compensation. */
  readonly late?: readonly string[]
  readonly replies?: Readonly<Record<string, unknown>>
}

/** What outlives every process, the participants included. */
export interface Outside extends Surroundings {
  readonly ledger: Ledger
  /** Every machine version, as `id@version`. */
  readonly machines: ReadonlyMap<string, AnyStateMachine>
  /** What befalls the calls of a saga. */
  readonly participantsOf: (sagaId: string) => Participants
  /** How often each step of each saga was attempted, and which of the conducts were met. */
  readonly attempts: Map<string, number>
  readonly met: Set<Conduct>
  readonly complaints: string[]
}

/** As got calls them: charts tell a participant that is silent from one that broke off. */
const SILENT = 'ETIMEDOUT'
const BROKEN = 'ECONNRESET'

/** A request that is held up arrives behind this many looks at whether it was undone, come what may. */
const LOOKS_MAX = 100
const LOOK_MS = 20

export class SimSteps implements StepCaller {
  /** Calls that have no answer yet. */
  readonly open = new Map<AbortSignal, { readonly sagaId: string; readonly partition: number }>()
  readonly #outside: Outside
  readonly #process: SimProcess
  readonly #connection: Connection

  constructor(outside: Outside, process: SimProcess, connection: Connection) {
    this.#outside = outside
    this.#process = process
    this.#connection = connection
  }

  /** Whether a call of the saga goes on. */
  isOpen(sagaId: string): boolean {
    return [...this.open].some(([signal, call]) => call.sagaId === sagaId && !signal.aborted)
  }

  async call(declaration: StepDeclaration, { sagaId, input, resumed, signal }: StepCall): Promise<unknown> {
    const request = { sagaId, step: declaration.step, undo: declaration.undo, input }
    const name = stepName(request)
    this.#watch(request)
    this.open.set(signal, { sagaId, partition: this.#outside.store.sagas.get(sagaId)?.partition ?? -1 })
    try {
      return await this.#attempt(declaration, request, resumed)
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      const { connected } = error
      throw failure(declaration, connected ? SILENT : 'UNREACHABLE', connected || resumed)
    } finally {
      this.#outside.world.note(() => `${this.#process.name} is through with ${name} of ${sagaId}`)
      this.open.delete(signal)
    }
  }

  async #attempt(declaration: StepDeclaration, request: Request, resumed: boolean): Promise<unknown> {
    const { met, participantsOf } = this.#outside
    const name = stepName(request)
    const conduct = this.#conduct(request)
    met.add(conduct)
    if (conduct === 'unreachable') {
      await this.#ask(declaration, request, () => 'not connected')
      // An earlier life may have had more luck: nobody saw what came of its attempt.
      throw failure(declaration, 'UNREACHABLE', resumed)
    }
    const { late, replies } = participantsOf(request.sagaId)
    const answer =
      late?.includes(name) === true
        ? await this.#deliverLate(request, conduct)
        : await this.#ask(declaration, request, () => this.#arrive(request, conduct))
    if (conduct.endsWith('answer lost')) throw failure(declaration, BROKEN, true)
    if (conduct === 'does it in silence') throw failure(declaration, SILENT, true)
    if (answer.kind === 'refused') throw failure(declaration, 'REFUSED', false)
    return replies?.[name] ?? {}
  }

  #ask<A>({ participant }: StepDeclaration, request: Request, answer: () => A): Promise<A> {
    const { world, courier } = this.#outside
    const route = { process: this.#process, to: participant, what: stepName(request) }
    return ask(world, courier, { ...route, words: () => `of ${request.sagaId}` }, answer)
  }

  /** The instant of the effect, whoever has died since the call. */
  #arrive(request: Request, conduct: Conduct): Answer {
    const { ledger, complaints } = this.#outside
    if (conduct === 'nothing done, answer lost') return { kind: 'done' }
    if (!this.#isAnnouncedInHistory(request)) {
      complaints.push(`${stepName(request)} took effect before its announcement`)
    }
    return ledger.take(request, conduct === 'refuses')
  }

  #deliverLate(request: Request, conduct: Conduct): Promise<Answer> {
    const { world, ledger } = this.#outside
    const { executed } = ledger.deedsFor(request.sagaId)
    return new Promise((resolve) => {
      const look = (looks: number) => {
        if (looks < LOOKS_MAX && !executed.includes(`${request.step}:undo`)) {
          return void world.after(LOOK_MS, () => look(looks + 1))
        }
        const answer = this.#arrive(request, conduct)
        world.after(1, () => resolve(answer), this.#process)
      }
      look(0)
    })
  }

  /**
   * The call leaves now. Its process must have the partition, by the database's clock, and the last committed row
   * must announce it. Only who was overtaken by another of its name may be wrong: it can't know.
   */
  #watch(request: Request): void {
    const { store, complaints } = this.#outside
    const name = `${stepName(request)} of ${request.sagaId}`
    const saga = store.sagas.get(request.sagaId)
    const isOvertaken = this.#connection.isOvertaken
    if (saga === undefined || !(this.#connection.drives(saga.partition) || isOvertaken)) {
      complaints.push(`${name} was called by ${this.#process.name}, whose lease had ended`)
    }
    const isAnnounced = this.#announces(request, saga?.journal.at(-1)?.snapshot)
    if (!isAnnounced && !(isOvertaken && this.#isAnnouncedInHistory(request))) {
      complaints.push(`${name} was called before its announcement was committed`)
    }
  }

  #isAnnouncedInHistory(request: Request): boolean {
    const journal = this.#outside.store.sagas.get(request.sagaId)?.journal ?? []
    return journal.some(({ snapshot }) => this.#announces(request, snapshot))
  }

  #announces(request: Request, snapshot: string | undefined): boolean {
    const { store, machines } = this.#outside
    const start = store.sagas.get(request.sagaId)?.start
    const machine = machines.get(`${start?.machine}@${start?.version}`)
    if (machine === undefined || snapshot === undefined) return false
    return announces(machine, JSON.parse(snapshot), request)
  }

  #conduct(request: Request): Conduct {
    const { participantsOf, attempts } = this.#outside
    const name = stepName(request)
    const key = `${request.sagaId}:${name}`
    const attempt = attempts.get(key) ?? 0
    attempts.set(key, attempt + 1)
    const conducts = participantsOf(request.sagaId).conduct[name] ?? []
    return conducts[Math.min(attempt, conducts.length - 1)] ?? 'does it'
  }
}

interface PersistedChild {
  readonly src?: unknown
  readonly snapshot?: { readonly status?: string; readonly input?: unknown }
}

/** Whether the snapshot, or that of a nested machine in it, has this very call open. */
function announces(machine: AnyStateMachine, snapshot: unknown, request: Request): boolean {
  const { children } = snapshot as { children?: Readonly<Record<string, PersistedChild>> }
  return Object.values(children ?? {}).some(({ src, snapshot: child }) => {
    const logic = (machine.implementations.actors as Record<string, unknown>)[String(src)]
    if (logic instanceof StateMachine) return announces(logic, child, request)
    const declaration = declarationOf(logic)
    return (
      child?.status === 'active' &&
      declaration !== undefined &&
      stepName(declaration) === stepName(request) &&
      isDeepStrictEqual(child.input, request.input)
    )
  })
}

const NAMES = {
  REFUSED: 'StepRefused',
  UNREACHABLE: 'StepUnreachable',
  [SILENT]: 'StepInDoubt',
  [BROKEN]: 'StepInDoubt',
} as const

function failure({ step }: StepDeclaration, code: keyof typeof NAMES, inDoubt: boolean): StepFailure {
  return { name: NAMES[code], message: `${step}: ${code}`, code, step, inDoubt }
}
