/**
 * The simulated world: virtual time, and processes that die, or stand still, between any two things that happen
 * to them. Nothing in it takes real time, and nothing is left to chance: what happens next is the first of all
 * that is to come, and of two at the same time the one that was asked for first.
 */
import type { Clock } from '../../orchestrator/engine/ports.ts'

/** Early in the epoch, so that a number has room for fractions of a millisecond. */
const START = Date.UTC(1970, 0, 12)

/** No timer fires at the very moment that set it. */
const SOON_MS = 0.01

/** Something that is to happen. */
export interface Happening {
  at: number
  isCancelled: boolean
}

interface Scheduled extends Happening {
  /** Whose process it concerns: a dead one does not hear of it, one that stands still hears of it later. */
  readonly process: SimProcess | undefined
  readonly isTimer: boolean
  readonly run: () => void
  /** Decides between two that happen at the same time. */
  order: number
}

export class World {
  /** Milliseconds since the epoch, with a fraction. */
  now = START
  /** The last is the next to happen. */
  readonly #agenda: Scheduled[] = []
  readonly #tell: ((line: string) => void) | undefined
  #order = 0

  /** `tell` hears what happens, in words; without it, nobody spends time on the words. */
  constructor(tell?: (line: string) => void) {
    this.#tell = tell
  }

  /** Milliseconds since the world began. */
  get age(): number {
    return this.now - START
  }

  note(words: () => string): void {
    this.#tell?.(`${(this.age / 1_000).toFixed(4).padStart(9)} s  ${words()}`)
  }

  /** Lets `run` happen to a process, or, without one, to whatever no process can delay or lose. */
  after(delayMs: number, run: () => void, process?: SimProcess, isTimer = false): Happening {
    const scheduled = {
      at: this.now + delayMs,
      order: ++this.#order,
      isCancelled: false,
      process,
      isTimer,
      run,
    }
    this.#insert(scheduled)
    return scheduled
  }

  /** Lets the next thing happen, with all that follows from it at once; false if nothing is left to happen. */
  async turn(): Promise<boolean> {
    const next = this.#agenda.pop()
    if (next === undefined) return false
    const { process } = next
    if (next.isCancelled || process?.dead === true) return true
    if (process !== undefined && process.stillUntil > next.at) {
      this.#postpone(next, process)
      return true
    }
    this.now = next.at
    next.run()
    // What happens to no process is over when it has run.
    if (process !== undefined) await drained()
    return true
  }

  #postpone(happening: Scheduled, process: SimProcess): void {
    happening.at = process.stillUntil
    // A process that wakes runs the timers that are due, in the order in which they were, before or behind the
    // answers that have come.
    const isLate = happening.isTimer !== process.wakesToTimers
    happening.order = ++this.#order + (isLate ? Number.MAX_SAFE_INTEGER / 2 : 0)
    this.#insert(happening)
  }

  #insert(happening: Scheduled): void {
    const index = this.#agenda.findLastIndex(
      ({ at, order }) => at > happening.at || (at === happening.at && order > happening.order),
    )
    this.#agenda.splice(index + 1, 0, happening)
  }
}

export interface Nature {
  /** What its wall clock says, less what is true. */
  readonly skewMs?: number
  /** How fast its clock goes; 1 is right. */
  readonly rate?: number
  /** After it stood still, timers come first; else answers do. */
  readonly wakesToTimers?: boolean
}

/** One life of a process, or of somebody who calls one. */
export class SimProcess {
  readonly name: string
  readonly clock: Clock
  readonly wakesToTimers: boolean
  /** Nothing of it ever runs again. */
  dead = false
  /** It stands still before this time, stopped or starved, and hears nothing. */
  stillUntil = -Infinity
  skewMs: number
  readonly #world: World
  readonly #bornAt: number

  constructor(world: World, name: string, { skewMs = 0, rate = 1, wakesToTimers = true }: Nature = {}) {
    this.name = name
    this.#world = world
    this.#bornAt = world.now
    this.skewMs = skewMs
    this.wakesToTimers = wakesToTimers
    const monotonic = () => (world.now - this.#bornAt) * rate
    this.clock = {
      now: () => Math.floor(world.now + this.skewMs),
      monotonic,
      setTimeout: (run, delayMs) => {
        // As Node does: whole milliseconds from a whole millisecond on, so up to two of them early.
        const dueIn = Math.floor(monotonic()) + Math.max(1, Math.trunc(delayMs)) - monotonic()
        return world.after(Math.max(SOON_MS, dueIn / rate), run, this, true)
      },
      clearTimeout: (timeout) => {
        if (timeout !== undefined) (timeout as Happening).isCancelled = true
      },
      setImmediate: (run) => void world.after(0, run, this),
    }
  }

  get isStill(): boolean {
    return this.stillForMs > 0
  }

  get stillForMs(): number {
    return Math.max(0, this.stillUntil - this.#world.now)
  }

  kill(): void {
    this.dead = true
  }

  standStill(forMs: number): void {
    this.stillUntil = Math.max(this.stillUntil, this.#world.now + forMs)
  }
}

/** Resolves when all that follows from what just happened has been computed: nothing in it but promises. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
