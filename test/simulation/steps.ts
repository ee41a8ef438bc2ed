/** The way from a process to the participants, and the watch over write-ahead at each call. */
import { isDeepStrictEqual } from 'node:util'
import { StateMachine, type AnyStateMachine } from 'xstate'
import { declarationOf, type StepDeclaration, type StepFailure } from '../../machines/step.ts'
import type { StepCall, StepCaller } from '../../orchestrator/engine/ports.ts'
import { stepName, type Conduct, type Ledger, type Request } from './ledger.ts'
import type { MemoryStore, StoreConnection } from './memory-store.ts'
import type { SimProcess, World } from './world.ts'

export interface Participants {
  /** By step name (`lock`, `lock:undo`): what befalls its attempts, one after the other; all else is done. */
  readonly conduct: Readonly<Record<string, readonly Conduct[]>>
  /** Steps whose request arrives only behind their compensation. */
  readonly late?: readonly string[]
  readonly replies?: Readonly<Record<string, unknown>>
}

/** What all lives of a simulated saga share: it survives every crash. */
export interface Outside {
  readonly world: World
  readonly store: MemoryStore
  readonly ledger: Ledger
  readonly machine: AnyStateMachine
  readonly participants: Participants
  /** How often each step was attempted, and which of the conducts were met. */
  readonly attempts: Map<string, number>
  readonly met: Set<Conduct>
  readonly complaints: string[]
}

export class SimSteps implements StepCaller {
  readonly #outside: Outside
  readonly #process: SimProcess
  readonly #connection: StoreConnection

  constructor(outside: Outside, process: SimProcess, connection: StoreConnection) {
    this.#outside = outside
    this.#process = process
    this.#connection = connection
  }

  async call(declaration: StepDeclaration, { sagaId, input, resumed, signal }: StepCall): Promise<unknown> {
    const { participants, met } = this.#outside
    const request = { sagaId, step: declaration.step, undo: declaration.undo, input }
    const name = stepName(request)
    await this.#process.point(`${name}: not yet called`)
    if (signal.aborted) throw failure(declaration, 'ABORTED', true)

    this.#watch(declaration, request)
    const conduct = this.#conduct(name)
    met.add(conduct)
    if (conduct === 'unreachable') {
      await this.#process.point(`${name}: not connected`)
      // An earlier life may have had more luck: nobody saw what came of its attempt.
      throw failure(declaration, 'UNREACHABLE', resumed)
    }
    const answer = await this.#deliver(request, conduct)
    await this.#process.point(`${name}: answered, not yet heard`)
    if (conduct.endsWith('answer lost')) throw failure(declaration, 'TIMEOUT', true)
    if (answer.kind === 'refused') throw failure(declaration, 'REFUSED', false)
    return participants.replies?.[name] ?? {}
  }

  async #deliver(request: Request, conduct: Conduct) {
    const { world, ledger, participants } = this.#outside
    await world.elsewhere()
    if (participants.late?.includes(stepName(request)) === true) {
      const undone = `${request.step}:undo`
      for (let hops = 0; hops < 100 && !ledger.executed.includes(undone); hops++) await world.elsewhere()
    }
    if (conduct === 'nothing done, answer lost') return { kind: 'done' } as const
    const known = this.#isAnnouncedInHistory(request)
    if (!known) this.#outside.complaints.push(`${stepName(request)} took effect before its announcement`)
    return ledger.take(request, conduct === 'refuses')
  }

  /** The call leaves now: the owner's committed row must announce it; a zombie's may be one of the past. */
  #watch(declaration: StepDeclaration, request: Request): void {
    const { store, machine, complaints } = this.#outside
    const snapshot = store.sagas.get(request.sagaId)?.journal.at(-1)?.snapshot
    const announced = snapshot !== undefined && announces(machine, JSON.parse(snapshot), request)
    const isFree = !this.#connection.owner && this.#isAnnouncedInHistory(request)
    if (!announced && !isFree) {
      complaints.push(`${stepName(declaration)} was called before its announcement was committed`)
    }
  }

  #isAnnouncedInHistory(request: Request): boolean {
    const { store, machine } = this.#outside
    const journal = store.sagas.get(request.sagaId)?.journal ?? []
    return journal.some(({ snapshot }) => announces(machine, JSON.parse(snapshot), request))
  }

  #conduct(name: string): Conduct {
    const { participants, attempts } = this.#outside
    const attempt = attempts.get(name) ?? 0
    attempts.set(name, attempt + 1)
    const conducts = participants.conduct[name] ?? []
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

function failure({ step }: StepDeclaration, code: string, inDoubt: boolean): StepFailure {
  return { name: 'StepFailed', message: `${step}: ${code}`, code, step, inDoubt }
}
