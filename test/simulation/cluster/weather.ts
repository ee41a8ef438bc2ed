/** The network of a cluster: slow at times, lossy at times, and cut where a blow fell. */
import type { Courier, Passage, Route } from '../courier.ts'
import type { Dice } from '../dice.ts'
import type { SimProcess, World } from '../world.ts'
import type { Plan } from './draw.ts'

const USUAL_MS = [0.3, 6] as const
const SLOW_MS = [10, 1_500] as const
/** How much later than its caller's patience a late message comes. */
const LATE_MS = [1, 6_000] as const

const LEASES = new Set(['join', 'beat', 'acquire', 'release', 'unpin', 'leave'])

export class Weather implements Courier {
  /** All is well: nothing is slow, lost or cut. */
  isFair = false
  /** Requests that are under way still, however long they take. */
  latestArrival = 0
  readonly #world: World
  readonly #dice: Dice
  readonly #plan: Plan
  readonly #cuts = new Map<string, number>()
  readonly #dooms = new Map<SimProcess, number>()
  #awayUntil = -Infinity

  constructor(world: World, dice: Dice, plan: Plan) {
    this.#world = world
    this.#dice = dice
    this.#plan = plan
  }

  cut(process: SimProcess, from: 'database' | 'participants', forMs: number): void {
    this.#cuts.set(`${process.name} ${from}`, this.#world.now + forMs)
  }

  takeDatabaseAway(forMs: number): void {
    this.#awayUntil = this.#world.now + forMs
  }

  doom(process: SimProcess, messages: number): void {
    this.#dooms.set(process, messages)
  }

  out(route: Route): Passage {
    const dice = this.#dice
    const patienceMs = this.#patienceMs(route)
    const meetsItsDoom = this.#strikes(route.process)
    // Dead before the message left, or just behind it.
    if (meetsItsDoom) route.process.kill()
    if (meetsItsDoom && dice.chance(0.5)) return { arrivals: [], patienceMs }
    if (this.#isCut(route)) {
      return dice.chance(0.5)
        ? { arrivals: [], patienceMs: this.#travelMs(), connected: false }
        : { arrivals: [], patienceMs }
    }
    const { rates } = this.#plan
    if (!this.isFair && dice.chance(rates.lost)) return { arrivals: [], patienceMs }
    const isLate = !this.isFair && dice.chance(rates.late)
    const first = isLate ? patienceMs + dice.skewed(...LATE_MS) : this.#travelMs()
    const arrivals = [first]
    // A statement comes once, or not at all: the database's connection sees to that.
    const comesTwice = !this.isFair && route.to !== 'database' && dice.chance(rates.twice)
    if (comesTwice) arrivals.push(first + dice.skewed(...LATE_MS))
    this.latestArrival = Math.max(this.latestArrival, this.#world.now + Math.max(...arrivals))
    return { arrivals, patienceMs }
  }

  back(route: Route): number | undefined {
    const isLost = !this.isFair && this.#dice.chance(this.#plan.rates.lost)
    return isLost || this.#isCut(route) ? undefined : this.#travelMs()
  }

  #patienceMs({ to, what }: Route): number {
    const { lease, store, participant } = this.#plan.patienceMs
    if (to !== 'database') return participant
    return LEASES.has(what) ? lease : store
  }

  #strikes(process: SimProcess): boolean {
    const left = this.#dooms.get(process)
    if (left === undefined || this.isFair) return false
    this.#dooms.set(process, left - 1)
    return left === 1
  }

  #isCut({ process, to }: Route): boolean {
    if (this.isFair) return false
    const side = to === 'database' ? 'database' : 'participants'
    const until = this.#cuts.get(`${process.name} ${side}`) ?? -Infinity
    return until > this.#world.now || (side === 'database' && this.#awayUntil > this.#world.now)
  }

  #travelMs(): number {
    const dice = this.#dice
    const isSlow = !this.isFair && dice.chance(this.#plan.rates.slow)
    return isSlow ? dice.skewed(...SLOW_MS) : dice.skewed(...USUAL_MS)
  }
}
