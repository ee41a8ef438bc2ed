/**
 * The simulated world: virtual time, a network, and processes that can die at any await.
 *
 * Everything that an orchestrator awaits goes through a named point. The world lets them pass one by one, in
 * the order of their coming or in one that a seed decides; at each, the plan may have the process die (nothing
 * of it ever runs again), stand still while another takes over, until that is done (`pause`) or in the midst
 * of it (`nap`), or its connection fail.
 */
import type { Clock } from '../../orchestrator/engine/ports.ts'

export type Fault = 'die' | 'fail' | 'pause' | 'nap'
/** Which fault strikes at the n-th point (from 1) that the processes of this world reach. */
export type FaultPlan = (point: number, label: string) => Fault | undefined

export interface Injected {
  readonly point: number
  readonly label: string
  readonly fault: Fault
}

interface Waiting {
  readonly process: SimProcess | undefined
  readonly label: string
  readonly go: () => void
}

/** A process runs the timers that are due in the order in which they were, whatever else is shuffled. */
const TIMER_DUE = 'timer due'

interface Timeout {
  readonly process: SimProcess
  readonly dueAt: number
  readonly run: () => void
  cancelled: boolean
}

const START = Date.UTC(2026, 0, 1)
/** How often, of 100, a seeded world lets time run although something still waits to happen. */
const IMPATIENCE = 5
/** Long enough for another process to claim the partitions and to have written. */
const NAP_TURNS = 7

export class World {
  /** Milliseconds since the epoch; moves only when a timer fires. */
  now = START
  /** Labels of all points that processes reached, in order. */
  readonly reached: string[] = []
  readonly injected: Injected[] = []
  readonly #plan: FaultPlan
  readonly #random: (() => number) | undefined
  readonly #waiting: Waiting[] = []
  readonly #timeouts: Timeout[] = []
  readonly #still = new Map<SimProcess, { turns: number }>()

  constructor(plan: FaultPlan, random?: () => number) {
    this.#plan = plan
    this.#random = random
  }

  /** A point that belongs to no process: what the network has taken on happens whoever dies. */
  elsewhere(): Promise<void> {
    return new Promise((go) => this.#waiting.push({ process: undefined, label: 'elsewhere', go }))
  }

  /** A point of `process`; rejects on `fail` if the point can, and never resolves for a dead process. */
  point(process: SimProcess, label: string, canFail = false): Promise<void> {
    if (process.dead) return never()
    this.reached.push(label)
    const point = this.reached.length
    const fault = this.#plan(point, label)
    const strikes = fault !== undefined && (fault !== 'fail' || canFail)
    if (strikes) this.injected.push({ point, label, fault })
    if (fault === 'die') {
      process.dead = true
      return never()
    }
    if (fault === 'pause') this.#still.set(process, { turns: Infinity })
    if (fault === 'nap') this.#still.set(process, { turns: NAP_TURNS })
    return new Promise((resolve, reject) => {
      const go = fault === 'fail' && canFail ? () => reject(new Error('connection lost')) : resolve
      this.#waiting.push({ process, label, go })
    })
  }

  isStill(process: SimProcess): boolean {
    return this.#still.has(process)
  }

  schedule(process: SimProcess, run: () => void, delayMs: number): Timeout {
    const timeout = { process, dueAt: this.now + delayMs, run, cancelled: false }
    this.#timeouts.push(timeout)
    return timeout
  }

  /** Lets one thing happen; false if nothing is left to happen, ever. */
  turn(): boolean {
    this.#forgetTheDead()
    this.#wake()
    const ready = this.#waiting.filter((waiting) => this.#runs(waiting.process))
    const timers = this.#timeouts.filter((timeout) => this.#runs(timeout.process))
    if (ready.length > 0 && (timers.length === 0 || !this.#isImpatient())) {
      const picked = ready[this.#pick(ready.length)] ?? unreachable()
      const first = ready.find(({ process, label }) => label === TIMER_DUE && process === picked.process)
      const chosen = picked.label === TIMER_DUE ? (first ?? picked) : picked
      this.#waiting.splice(this.#waiting.indexOf(chosen), 1)
      chosen.go()
      return true
    }
    if (timers.length > 0) {
      void this.#fire(timers.reduce((first, timeout) => (timeout.dueAt < first.dueAt ? timeout : first)))
      return true
    }
    const [first] = this.#still.keys()
    return first !== undefined && this.#still.delete(first)
  }

  #wake(): void {
    for (const [process, left] of this.#still) if (left.turns-- === 0) this.#still.delete(process)
  }

  async #fire(timeout: Timeout): Promise<void> {
    this.#timeouts.splice(this.#timeouts.indexOf(timeout), 1)
    this.now = Math.max(this.now, timeout.dueAt)
    await this.point(timeout.process, TIMER_DUE)
    if (!timeout.cancelled) timeout.run()
  }

  #forgetTheDead(): void {
    this.#waiting.splice(0, Infinity, ...this.#waiting.filter(lives))
    this.#timeouts.splice(0, Infinity, ...this.#timeouts.filter(lives).filter((timer) => !timer.cancelled))
    for (const process of this.#still.keys()) if (process.dead) this.#still.delete(process)
  }

  #runs(process: SimProcess | undefined): boolean {
    return process === undefined || !this.#still.has(process)
  }

  #pick(choices: number): number {
    return this.#random === undefined ? 0 : Math.floor(this.#random() * choices)
  }

  #isImpatient(): boolean {
    return this.#random !== undefined && this.#random() * 100 < IMPATIENCE
  }
}

/** One life of an orchestrator. */
export class SimProcess {
  readonly name: string
  dead = false
  readonly clock: Clock
  readonly #world: World

  constructor(world: World, name: string) {
    this.#world = world
    this.name = name
    this.clock = {
      now: () => world.now,
      setTimeout: (run, delayMs) => world.schedule(this, run, delayMs),
      clearTimeout: (timeout) => {
        if (timeout !== undefined) (timeout as Timeout).cancelled = true
      },
    }
  }

  point(label: string, canFail = false): Promise<void> {
    return this.#world.point(this, label, canFail)
  }
}

const lives = ({ process }: { process: SimProcess | undefined }) => process?.dead !== true

const never = () => new Promise<void>(() => undefined)

function unreachable(): never {
  throw new Error('the world picked what is not there')
}

/**
 * Resolves when all that follows from the last turn has happened. Nothing in the world takes real time: the
 * engine's own waits are microtasks, and one turn of the event loop before a flush of the journal.
 */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** mulberry32: small, fast, and the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
