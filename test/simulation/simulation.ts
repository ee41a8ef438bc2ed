/**
 * Runs one saga on the real engine in the simulated world, through as many lives as the faults demand, and
 * says what of Skald's promises was broken.
 */
import type { AnyEventObject } from 'xstate'
import { Engine } from '../../orchestrator/engine/engine.ts'
import type { Observer } from '../../orchestrator/engine/ports.ts'
import { prepare } from '../../orchestrator/engine/prepare.ts'
import type { RegisteredMachine } from '../../machines/registry.ts'
import { Ledger, type Conduct, type LedgerFlaws } from './ledger.ts'
import { MemoryStore, StoreConnection, type SagaRecord, type StoreFlaws } from './memory-store.ts'
import { SimSteps, type Outside, type Participants } from './steps.ts'
import { complaintsOf } from './promises.ts'
import { SimProcess, World, seeded, settled, type FaultPlan } from './world.ts'

/** An operator outside of all processes: sends `event` once the saga is seen in `state`, until it is heard. */
export interface OperatorMove {
  readonly state: string
  readonly event: AnyEventObject
  /** How many turns of the world the operator watches the state before acting. */
  readonly patience?: number
}

/** One way in which the scenario may end. */
export interface End {
  readonly status: 'done' | 'failed'
  /** Steps whose effect stands. */
  readonly standing: readonly string[]
  /** Business events, in order. */
  readonly events: readonly string[]
}

export interface Scenario {
  readonly name: string
  readonly machine: Pick<RegisteredMachine, 'machine' | 'businessKey'>
  readonly input: Readonly<Record<string, unknown>>
  readonly participants: Participants
  readonly operator?: readonly OperatorMove[]
  /** Its compensations run side by side, in no order. */
  readonly undoesAtOnce?: boolean
  /** The first is how it ends without a fault; a fault may change the story to another of them. */
  readonly ends: readonly [End, ...End[]]
}

export interface Flaws {
  readonly store?: StoreFlaws
  readonly ledger?: LedgerFlaws
  /** Spoils the engine before it opens. */
  readonly engine?: (engine: Engine) => void
}

export interface Trouble {
  readonly plan?: FaultPlan
  /** Drops the engine, and opens another, whenever it has heard of a commit. */
  readonly alwaysResume?: boolean
  /** Lets things happen in an order of its own. */
  readonly seed?: number
  readonly flaws?: Flaws
}

export interface Outcome {
  readonly world: World
  readonly store: MemoryStore
  readonly ledger: Ledger
  readonly saga: SagaRecord | undefined
  readonly met: ReadonlySet<Conduct>
  readonly sent: readonly string[]
  readonly lives: number
  /** Broken promises, in words. */
  readonly complaints: readonly string[]
}

/** More turns than any scenario needs: a saga that is not at rest by then runs in circles. */
const TURNS_MAX = 4_000

export async function simulate(scenario: Scenario, trouble: Trouble = {}): Promise<Outcome> {
  const simulation = new Simulation(scenario, trouble)
  const isAtRest = await simulation.run()
  const complaints = complaintsOf(scenario, simulation, isAtRest)
  const { outside, sent, lives } = simulation
  const { world, store, ledger, met } = outside
  return { world, store, ledger, met, sent, lives, complaints, saga: [...store.sagas.values()][0] }
}

/** One process with its engine. */
interface Life {
  readonly process: SimProcess
  readonly connection: StoreConnection
  readonly engine: Engine
  replacedAs: 'dead' | 'still' | undefined
  isStopped: boolean
  isStarting: boolean
  isSending: boolean
}

export class Simulation {
  readonly outside: Outside
  readonly sent: string[] = []
  lives = 0
  readonly #scenario: Scenario
  readonly #trouble: Trouble
  readonly #lives: Life[] = []
  #isAccepted = false
  readonly #moves: { readonly move: OperatorMove; patience: number }[]

  constructor(scenario: Scenario, trouble: Trouble) {
    this.#scenario = scenario
    this.#trouble = trouble
    const { plan = () => undefined, seed, flaws } = trouble
    this.outside = {
      world: new World(plan, seed === undefined ? undefined : seeded(seed)),
      store: new MemoryStore(flaws?.store),
      ledger: new Ledger(flaws?.ledger),
      machine: scenario.machine.machine,
      participants: scenario.participants,
      attempts: new Map(),
      met: new Set(),
      complaints: [],
    }
    this.#moves = (scenario.operator ?? []).map((move) => ({ move, patience: move.patience ?? 0 }))
    this.#lives.push(this.#boot())
  }

  /** True when nothing is left to happen; false if it gave up waiting for that. */
  async run(): Promise<boolean> {
    for (let turns = 0; turns < TURNS_MAX; turns++) {
      await settled()
      this.#supervise()
      void this.#client()
      void this.#operator()
      await settled()
      if (!this.outside.world.turn() && this.#gone().length === 0) return true
    }
    return false
  }

  /** Lives that can't go on, and that nobody has replaced; one that woke, and died, is missed again. */
  #gone(): Life[] {
    const { world } = this.outside
    return this.#lives.filter(({ process, replacedAs }) =>
      process.dead ? replacedAs !== 'dead' : world.isStill(process) && replacedAs === undefined,
    )
  }

  /** As `skald up` would: what died, or stands still, is replaced. */
  #supervise(): void {
    const gone = this.#gone()
    const finished = this.#trouble.alwaysResume === true ? this.#lives.filter(hasCommitted) : []
    for (const life of gone) life.replacedAs = life.process.dead ? 'dead' : 'still'
    for (const life of finished) {
      life.engine.stop()
      life.isStopped = true
    }
    if (gone.length + finished.length > 0) this.#lives.push(this.#boot())
  }

  /** Where a request would be answered: with two that believe to own the partitions, with the one that does. */
  #reachable(): Life | undefined {
    const { world } = this.outside
    return this.#lives.find(
      ({ process, connection }) => connection.owner && !process.dead && !world.isStill(process),
    )
  }

  #boot(): Life {
    const { world, store, complaints } = this.outside
    const process = new SimProcess(world, `life ${++this.lives}`)
    const connection = new StoreConnection(store, process)
    const steps = new SimSteps(this.outside, process, connection)
    const engine = new Engine({
      machines: [prepare(this.#scenario.machine, steps, process.clock)],
      store: connection,
      clock: process.clock,
      observer: watchful(complaints),
      newSagaId: () => `saga-${store.sagas.size + 1}`,
      owner: process.name,
    })
    this.#trouble.flaws?.engine?.(engine)
    engine.open().catch((error: unknown) => complaints.push(`open failed: ${String(error)}`))
    return {
      process,
      connection,
      engine,
      replacedAs: undefined,
      isStopped: false,
      isStarting: false,
      isSending: false,
    }
  }

  /** Asks for the saga until it is told that there is one, with one idempotency key. */
  async #client(): Promise<void> {
    const life = this.#reachable()
    if (this.#isAccepted || life === undefined || life.isStarting || !life.engine.accepting) return
    life.isStarting = true
    const { machine, input } = this.#scenario
    const idempotency = { key: 'the-only-key', fingerprint: 'the-same' }
    try {
      await life.engine.start({ machine: machine.machine.id, input, idempotency })
      this.#isAccepted = true
    } catch {
      // Not accepted, and told so: it asks again.
      life.isStarting = false
    }
  }

  async #operator(): Promise<void> {
    const life = this.#reachable()
    const saga = [...this.outside.store.sagas.values()][0]
    const next = this.#moves[0]
    if (life === undefined || life.isSending) return
    if (next === undefined || saga?.state !== next.move.state) return
    if (next.patience-- > 0) return
    const sending = life.engine.send(saga.sagaId, next.move.event)
    if (sending === undefined) return
    life.isSending = true
    const became = await sending
    life.isSending = false
    if (became === 'lost') return
    this.sent.push(became)
    this.#moves.splice(this.#moves.indexOf(next), 1)
  }
}

const hasCommitted = ({ connection, isStopped }: Life) => connection.heard > 0 && !isStopped

/** An observer is other people's code: this one throws at every turn, and it must not matter. */
function watchful(complaints: string[]): Observer {
  return {
    started: shaky,
    resumed: shaky,
    transition: shaky,
    ended: shaky,
    trouble: shaky,
    committed: shaky,
    journalWaiting: shaky,
    effectFailed: (_saga, error) => {
      if (String(error).includes('an observer that throws')) return
      complaints.push(`an effect failed: ${String(error)}`)
    },
  }
}

function shaky(): never {
  throw new Error('an observer that throws')
}
