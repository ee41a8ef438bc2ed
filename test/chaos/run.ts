// One run: the system under load, faults at random from one seed, and the verdict when all is over.
import { setTimeout as sleep } from 'node:timers/promises'
import { Dice } from '../simulation/dice.ts'
import { databaseFaults } from './database-faults.ts'
import { Load } from './load.ts'
import { orchestratorFaults } from './orchestrator-faults.ts'
import { participantFaults } from './participant-faults.ts'
import type { Fault, Scene } from './scene.ts'
import type { Scope } from './scope.ts'
import { System } from './system.ts'
import { verdictOn, type Verdict } from './verdict.ts'

/** How much longer it may go on than asked for, until every fault has struck. */
const OVERTIME_MS = 120_000
/** Before the first fault, and behind the last, all is well for a while. */
const CALM_MS = 2_000

const families: readonly (readonly Fault[])[] = [orchestratorFaults, databaseFaults, participantFaults]

export interface ChaosOptions {
  readonly minutes: number
  readonly seed: number
  readonly orchestrators: number
  /** A folder for the output of the processes. */
  readonly logs: string
  /** Hears of each fault as it begins. */
  readonly log: (line: string) => void
}

export interface ChaosReport extends Verdict {
  readonly seconds: number
  /** By fault, how often it truly struck. */
  readonly struck: Readonly<Record<string, number>>
  /** Sorted. */
  readonly takeoversMs: readonly number[]
  readonly orders: number
  /** Verbs that operators asked for. */
  readonly verbs: number
  readonly answers: Readonly<Record<string, number>>
}

export async function runChaos(scope: Scope, options: ChaosOptions): Promise<ChaosReport> {
  const dice = new Dice(options.seed)
  const system = await System.start(scope, { ...options, dice: dice.fork() })
  const load = new Load(system, dice.fork())
  await load.fillStock()
  const chaos = new Chaos(system, dice.fork(), options)
  const over = new AbortController()
  const since = performance.now()
  const ordering = load.run(over.signal)
  try {
    await chaos.run()
    await system.heal()
    await sleep(CALM_MS)
  } finally {
    over.abort()
  }
  await ordering
  const verdict = await verdictOn(system, load, dice.fork())
  return {
    ...verdict,
    complaints: [...chaos.complaints, ...verdict.complaints],
    seconds: (performance.now() - since) / 1_000,
    struck: Object.fromEntries(chaos.struck),
    takeoversMs: chaos.takeoversMs.toSorted((a, b) => a - b),
    orders: load.orders.length,
    verbs: load.operators.asks.length,
    answers: Object.fromEntries([...load.answers].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** Strikes until the time is over and every fault has struck once. */
class Chaos {
  readonly struck = new Map<string, number>(families.flat().map(({ name }) => [name, 0]))
  readonly takeoversMs: number[] = []
  readonly complaints: string[] = []
  readonly #scene: Scene
  readonly #options: ChaosOptions
  /** Each fault once, in the order of chance; then anew. */
  #bag: Fault[] = []

  constructor(system: System, dice: Dice, options: ChaosOptions) {
    this.#options = options
    this.#scene = {
      system,
      dice,
      tookOver: (ms) => void this.takeoversMs.push(ms),
      complain: (what) => void this.complaints.push(what),
    }
  }

  async run(): Promise<void> {
    const { dice } = this.#scene
    const until = performance.now() + this.#options.minutes * 60_000
    await sleep(CALM_MS)
    while (
      performance.now() < until ||
      (this.#missing.length > 0 && performance.now() < until + OVERTIME_MS)
    ) {
      const first = this.#next(performance.now() < until ? families.flat() : this.#missing)
      const others = families.filter((family) => !family.includes(first)).flat()
      // Troubles of two kinds may meet.
      const second = dice.chance(0.3) ? dice.oneOf(others) : undefined
      await Promise.all([this.#strike(first), second && this.#strike(second)])
      await sleep(dice.skewed(200, 2_000))
    }
  }

  get #missing(): Fault[] {
    const isPossible = ({ name }: Fault) => this.#options.orchestrators > 1 || !name.endsWith('overtaken')
    return families.flat().filter((fault) => isPossible(fault) && this.struck.get(fault.name) === 0)
  }

  #next(faults: readonly Fault[]): Fault {
    if (this.#bag.length === 0) this.#bag = [...faults]
    const fault = this.#scene.dice.oneOf(this.#bag)
    if (fault === undefined) throw new Error('there are no faults')
    this.#bag.splice(this.#bag.indexOf(fault), 1)
    return fault
  }

  async #strike({ name, strike }: Fault): Promise<void> {
    const since = performance.now()
    const times = await strike(this.#scene)
    this.struck.set(name, (this.struck.get(name) ?? 0) + times)
    this.#options.log(
      `${name}: ${times === 0 ? 'missed' : `struck ${times}`}, ${Math.round(performance.now() - since)} ms`,
    )
  }
}
