/** People who look at sagas and act on them: what they do by hand is done before they say so. */
import type { Verb } from '../../../orchestrator/engine/verbs/operator-event.ts'
import type { SagaRecord } from '../memory-store.ts'
import type { Outside } from '../steps.ts'
import { nrOf, type Callers } from './callers.ts'
import { verbEvent } from './keyed-event.ts'
import { kinds, type PlannedSaga, type PlannedVerb } from './draw.ts'

type Details = Readonly<Record<string, unknown>>

/** What can't be done yet is looked at again for a while. */
const LOOKS_MAX = 100
const LOOK_MS = 20

export class Operators {
  readonly #outside: Outside
  readonly #callers: Callers

  constructor(outside: Outside, callers: Callers, sagas: readonly PlannedSaga[]) {
    this.#outside = outside
    this.#callers = callers
    for (const saga of sagas) {
      saga.verbs.forEach((planned, index) => {
        outside.world.after(planned.atMs, () => this.#act(saga, planned, `verb-${saga.nr}-${index}`))
      })
    }
  }

  #act(of: PlannedSaga, planned: PlannedVerb, key: string, looks = 0): void {
    const { store, world } = this.#outside
    const { verb, isRepeated } = planned
    const saga = [...store.sagas.values()].find((one) => nrOf(one) === of.nr)
    const details = saga && this.#prepare(saga, verb)
    if (saga === undefined || details === undefined) {
      if (looks < LOOKS_MAX) world.after(LOOK_MS, () => this.#act(of, planned, key, looks + 1))
      return
    }
    const event = verbEvent(verb, key, details)
    for (let n = 0; n < (isRepeated ? 2 : 1); n++) this.#callers.send(saga.sagaId, event)
  }

  /** What it takes for the verb; undefined where no careful person would use it. */
  #prepare(saga: SagaRecord, verb: Verb | 'migrate'): Details | undefined {
    const { ledger } = this.#outside
    const { sagaId, step, state, start, wakeAt } = saga
    if (verb === 'migrate') {
      // Half of them with a call under way, which would seldom be met otherwise.
      if (wakeAt === 'ended' || (wakeAt !== 'in_flight' && nrOf(saga) % 2 === 1)) return undefined
      return { from: start.version, to: start.version === '1' ? '2' : '1' }
    }
    if (verb === 'skip') {
      if (step === null || !/^(undoing|parked$|parked.undoing)/.test(state)) return undefined
      ledger.undoByHand(sagaId, step)
      return { step }
    }
    if (verb === 'complete') {
      if (step === null || !ledger.deedsFor(sagaId).standing.has(step)) return undefined
      const { replies = {} } = kinds.get(`${start.machine}@${start.version}`) ?? {}
      return { step, output: replies[step] ?? {} }
    }
    return {}
  }
}
