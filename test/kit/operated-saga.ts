// One saga on an engine in memory, and an operator who acts on it.
import type { AnyStateMachine } from 'xstate'
import { handEngine, HandStore, settled } from '../simulation/hand-store.ts'
import type { Migrate } from '../../machines/migration.ts'
import { VERBS, type Verb } from '../../orchestrator/engine/verbs/operator-event.ts'
import { possibleVerbs } from '../../orchestrator/engine/verbs/possible.ts'
import { prepare } from '../../orchestrator/engine/prepare.ts'
import { differenceBy } from './told-by.ts'

type Details = Readonly<Record<string, unknown>>

const BY = { actor: 'ada', reason: 'it is stuck' }

/** How a step fails that may have happened. */
const DOUBT = {
  name: 'StepInDoubt',
  message: 'nobody knows',
  code: 'ECONNRESET',
  step: 'a',
  inDoubt: true,
}

export class OperatedSaga {
  readonly store: HandStore
  readonly machine: AnyStateMachine
  readonly bench: ReturnType<typeof handEngine>

  constructor(machine: AnyStateMachine, store = new HandStore(), migrate?: Migrate) {
    this.store = store
    this.machine = machine
    this.bench = handEngine({ store, machines: [machine], businessKey: 'key', ...(migrate && { migrate }) })
  }

  get saga() {
    return this.store.saga('s0')
  }

  get snapshot(): unknown {
    return JSON.parse(this.saga.journal.at(-1)?.snapshot ?? 'null')
  }

  /** What was called so far: the step and its input. */
  get called(): string[] {
    return this.bench.steps.calls.map(({ step, input }) => `${step} ${JSON.stringify(input)}`)
  }

  /** Which calls go on. */
  get open(): string[] {
    return this.bench.steps.calls.filter(({ signal }) => !signal.aborted).map(({ step }) => step)
  }

  async begin(): Promise<this> {
    await this.bench.engine.open()
    if (this.store.memory.sagas.size === 0) {
      await this.bench.engine.start({ machine: this.machine.id, input: {}, idempotency: null })
    }
    await settled()
    return this
  }

  async fail(): Promise<void> {
    this.bench.steps.last.fail(DOUBT)
    await settled()
  }

  async answer(reply: unknown = { n: 1 }): Promise<void> {
    this.bench.steps.last.answer(reply)
    await settled()
  }

  /** What became of it: the outcome, and where the saga stands. */
  async act(verb: Verb | 'migrate', details: Details = {}): Promise<string> {
    return await this.send({ type: `skald.${verb}`, ...BY, ...details })
  }

  async send(event: { readonly type: string } & Details): Promise<string> {
    const id = this.store.post('s0', event)
    await this.bench.engine.poke()
    await settled()
    return `${this.store.outcomeOf(id) ?? 'pending'}: ${this.saga.state}`
  }

  /** What the API would say, of the same machine and snapshot: each verb with its steps. */
  get possible(): string[] {
    const { machine, snapshot, saga, store } = this
    const steps = { call: () => Promise.reject(new Error('nothing is called')) }
    const prepared = prepare({ machine, businessKey: 'key' }, steps, store.clock)
    const hasEnded = saga.wakeAt === 'ended'
    return possibleVerbs({ machine: prepared, snapshot, problem: saga.problem, hasEnded }).map(
      ({ verb, steps }) => [verb, ...steps.map(({ step }) => step)].join(' '),
    )
  }

  /** Undefined if the journal tells the same story again. */
  get difference(): unknown {
    const rows = this.saga.journal.map((row) => ({ ...row, snapshot: JSON.parse(row.snapshot) as unknown }))
    return differenceBy(this.machine, rows)
  }
}

/** Which of the verbs lead nowhere, without a step. */
export const others = (...verbs: readonly Verb[]) => VERBS.filter((verb) => !verbs.includes(verb))
