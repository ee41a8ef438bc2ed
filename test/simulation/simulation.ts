/**
 * Runs one saga on the real engine in the simulated world, through as many lives as the faults demand, and
 * says what of Skald's promises was broken.
 */
import type { AnyEventObject } from 'xstate'
import type { RegisteredMachine } from '../../machines/registry.ts'
import type { Engine } from '../../orchestrator/engine/engine.ts'
import { Dice } from './dice.ts'
import { Ledger, type Conduct, type LedgerFlaws } from './ledger.ts'
import { Life } from './life.ts'
import { MemoryLeases } from './memory-leases.ts'
import { MemoryStore, type SagaRecord, type StoreFlaws } from './memory-store.ts'
import { PlannedCourier, type FaultPlan } from './planned-courier.ts'
import { giveBack } from './prepared-pool.ts'
import { complaintsOf } from './promises.ts'
import type { Outside, Participants } from './steps.ts'
import { SimProcess, World } from './world.ts'

/** An operator outside of all processes: sends `event` once the saga was seen in `state`. */
export interface OperatorMove {
  readonly state: string
  readonly event: AnyEventObject
  /** How many milliseconds the operator waits, once the saga is there. */
  readonly patienceMs?: number
}

type SimMachine = Pick<RegisteredMachine, 'machine' | 'businessKey' | 'migrate'>

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
  /** Its saga begins with this one. */
  readonly machine: SimMachine
  /** What its orchestrators can drive besides. */
  readonly beside?: readonly SimMachine[]
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
  /** Lets messages travel as long as chance decides, and so happen in any order. */
  readonly seed?: number
  readonly flaws?: Flaws
  readonly tell?: (line: string) => void
}

export interface Outcome {
  readonly courier: PlannedCourier
  readonly store: MemoryStore
  readonly ledger: Ledger
  readonly saga: SagaRecord | undefined
  readonly met: ReadonlySet<Conduct>
  readonly sent: readonly string[]
  readonly lives: number
  /** Broken promises, in words. */
  readonly complaints: readonly string[]
}

const LEASE_MS = 1_000
const PARTITIONS = 4
/** No scenario needs longer: a saga that is not at rest by then never will be. */
const AGE_MAX_MS = 900_000
/** How long it is watched behind its end, for what should not happen any more. */
const AFTERMATH_MS = LEASE_MS * 1.5
/** A caller that has heard nothing for so long asks again. */
const ASK_AGAIN_MS = LEASE_MS * 4
const LOOK_MS = 20

export async function simulate(scenario: Scenario, trouble: Trouble = {}): Promise<Outcome> {
  const simulation = new Simulation(scenario, trouble)
  const isAtRest = await simulation.run()
  simulation.end()
  const { outside, courier, sent, lives } = simulation
  const { store, ledger, met } = outside
  const complaints = complaintsOf(scenario, outside, isAtRest)
  return { courier, store, ledger, met, sent, lives, complaints, saga: [...store.sagas.values()][0] }
}

class Simulation {
  readonly outside: Outside
  readonly courier: PlannedCourier
  readonly sent: string[] = []
  lives = 0
  readonly #scenario: Scenario
  /** The last one is the newest. */
  readonly #machines: readonly SimMachine[]
  readonly #trouble: Trouble
  readonly #dice: Dice
  readonly #all: Life[] = []
  /** The one that nobody has replaced. */
  #latest: Life
  readonly #caller: SimProcess
  #isAccepted = false
  readonly #moves: OperatorMove[]
  #isMoving = false
  #overSince = Infinity

  constructor(scenario: Scenario, trouble: Trouble) {
    this.#scenario = scenario
    this.#trouble = trouble
    const { plan = () => undefined, seed, flaws, tell } = trouble
    const world = new World(tell)
    const leases = new MemoryLeases(() => world.now, PARTITIONS)
    this.#dice = new Dice(seed ?? 0)
    const dice = seed === undefined ? undefined : this.#dice
    this.courier = new PlannedCourier({ plan, leaseMs: LEASE_MS, dice })
    this.#machines = [...(scenario.beside ?? []), scenario.machine]
    this.outside = {
      world,
      courier: this.courier,
      leases,
      store: new MemoryStore(leases, flaws?.store),
      ledger: new Ledger(flaws?.ledger),
      machines: new Map(this.#machines.map(({ machine }) => [`${machine.id}@${machine.version}`, machine])),
      participantsOf: () => scenario.participants,
      attempts: new Map(),
      met: new Set(),
      complaints: [],
    }
    this.#moves = [...(scenario.operator ?? [])]
    this.#caller = new SimProcess(world, 'caller')
    this.#latest = this.#boot('a', false)
    this.#ask()
  }

  /** True when the saga has ended and nothing more came of it; false if it gave up waiting for that. */
  async run(): Promise<boolean> {
    const { world } = this.outside
    while (world.age < AGE_MAX_MS) {
      if (!(await world.turn())) return false
      this.#supervise()
      this.#watch()
      if (world.now > this.#overSince + AFTERMATH_MS) return true
    }
    return false
  }

  /** Nothing of it runs any more. */
  end(): void {
    for (const life of this.#all) giveBack(life)
  }

  get #saga(): SagaRecord | undefined {
    return [...this.outside.store.sagas.values()][0]
  }

  /** As `skald up` would: what died is begun again, and what stands still, elsewhere. */
  #supervise(): void {
    const { process, name, connection, engine } = this.#latest
    if (process.dead) this.#latest = this.#boot(name, true)
    else if (process.isStill) this.#latest = this.#boot(`${name}'`, false)
    else if (this.#trouble.alwaysResume === true && connection.heard > 0) {
      this.outside.world.after(0, () => engine.stop(), process)
      this.#latest = this.#boot(name, true)
    }
  }

  #watch(): void {
    const { world, store } = this.outside
    const move = this.#moves[0]
    if (move !== undefined && !this.#isMoving && this.#saga?.state === move.state) {
      this.#isMoving = true
      world.after(move.patienceMs ?? 0, () => this.#send(move), this.#caller)
    }
    const isAnswered = !this.#isMoving && store.inbox.every(({ outcome }) => outcome !== null)
    const isOver = this.#isAccepted && this.#saga?.wakeAt === 'ended' && isAnswered
    if (!isOver || this.#all.some(({ process }) => process.isStill)) this.#overSince = Infinity
    else this.#overSince = Math.min(this.#overSince, world.now)
  }

  #boot(name: string, takeOverName: boolean): Life {
    const life = new Life(this.outside, {
      name,
      number: ++this.lives,
      machines: this.#machines,
      leaseMs: LEASE_MS,
      takeOverName,
      random: this.#dice.fork().next,
      spoil: this.#trouble.flaws?.engine,
    })
    this.#all.push(life)
    return life
  }

  /** Whoever a gateway would ask: the latest, if it is ready. */
  #reachable(): Life | undefined {
    return this.#all.findLast((life) => life.isAwake && life.engine.accepting)
  }

  /** Asks for the saga until it is told that there is one, with one idempotency key. */
  #ask(): void {
    const { world } = this.outside
    if (this.#isAccepted) return
    const life = this.#reachable()
    if (life === undefined) return void world.after(LOOK_MS, () => this.#ask(), this.#caller)
    const again = world.after(ASK_AGAIN_MS, () => this.#ask(), this.#caller)
    const { machine, input } = this.#scenario
    const idempotency = { key: 'the-only-key', fingerprint: 'the-same' }
    const start = async () => {
      try {
        const { kind } = await life.engine.start({ machine: machine.machine.id, input, idempotency })
        if (kind === 'unknown') throw new Error('nobody can know yet')
        this.#isAccepted = true
      } catch {
        // Not accepted, or nobody can know: it asks again.
        world.after(LOOK_MS, () => this.#ask(), this.#caller)
      }
      again.isCancelled = true
    }
    world.after(0, () => void start(), life.process)
  }

  /** Sends to whichever orchestrator is there, under one key, until it is told that it was accepted. */
  #send(move: OperatorMove): void {
    const { world } = this.outside
    const [life, saga] = [this.#reachable(), this.#saga]
    if (this.#moves[0] !== move || saga === undefined) return
    if (life === undefined) return void world.after(LOOK_MS, () => this.#send(move), this.#caller)
    const again = world.after(ASK_AGAIN_MS, () => this.#send(move), this.#caller)
    const accept = async () => {
      const { kind } = await life.connection.accept(saga.sagaId, `key-${this.#moves.length}`, move.event)
      again.isCancelled = true
      if (this.#moves[0] !== move) return
      this.sent.push(kind)
      this.#moves.shift()
      this.#isMoving = false
      await life.engine.poke()
    }
    world.after(0, () => void accept(), life.process)
  }
}
