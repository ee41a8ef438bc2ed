/**
 * The network of a single saga's simulation. Each message of the saga's life passes a named point on its way out
 * and on its way back, and a plan says what strikes there.
 */
import type { Courier, Passage, Route } from './courier.ts'
import type { Dice } from './dice.ts'

/**
 * The process dies, and nothing of it ever runs again; it stands still until others have long done everything
 * (`pause`), or while another takes over (`nap`); or its connection fails.
 */
export type Fault = 'die' | 'fail' | 'pause' | 'nap'
/** Which fault strikes at the n-th point (from 1) that the processes of this world reach. */
export type FaultPlan = (point: number, label: string) => Fault | undefined

export interface Injected {
  readonly point: number
  readonly label: string
  readonly fault: Fault
}

/** Of these only the answers that bring something are points: they are asked for all the time. */
const HOUSEKEEPING = new Set(['beat', 'unpin', 'read in flight', 'read due', 'read inbox', 'read sagas'])
/** What the callers do is not the saga's doing. */
const CALLERS = new Set(['accept', 'read key'])
const DATABASE_MS = 1
const PARTICIPANT_MS = 4

export interface PlannedOptions {
  readonly plan: FaultPlan
  readonly leaseMs: number
  /** Lets messages travel as long as chance decides. */
  readonly dice?: Dice | undefined
}

export class PlannedCourier implements Courier {
  /** Labels of all points that processes reached, in order. */
  readonly reached: string[] = []
  readonly injected: Injected[] = []
  readonly #options: PlannedOptions

  constructor(options: PlannedOptions) {
    this.#options = options
  }

  out(route: Route): Passage {
    const travelMs = this.#travelMs(route)
    const { what, to, process } = route
    const through = { arrivals: [travelMs], patienceMs: to === 'database' ? this.#patienceMs : Infinity }
    if (HOUSEKEEPING.has(what) || CALLERS.has(what)) return through
    const fault = this.#point(`${what}: ${to === 'database' ? 'not yet applied' : 'not yet called'}`, route)
    if (fault === 'fail') return { arrivals: [], patienceMs: travelMs }
    // What was about to leave a process that stands still, leaves when it goes on.
    const { stillForMs } = process
    return { arrivals: [stillForMs + travelMs], patienceMs: stillForMs + through.patienceMs }
  }

  back(route: Route, answer: unknown): number | undefined {
    const { what, to } = route
    const isEmpty = !Array.isArray(answer) || answer.length === 0
    if (CALLERS.has(what) || (HOUSEKEEPING.has(what) && isEmpty)) return this.#travelMs(route)
    const label = to === 'database' ? wordsFor(what, answer) : 'answered, not yet heard'
    const fault = this.#point(`${what}: ${label}`, route)
    return fault === 'fail' || fault === 'die' ? undefined : this.#travelMs(route)
  }

  #point(label: string, { process, to }: Route): Fault | undefined {
    this.reached.push(label)
    const point = this.reached.length
    const fault = this.#options.plan(point, label)
    // What befalls a participant's answers is in the scenario.
    if (fault === undefined || (fault === 'fail' && to !== 'database')) return undefined
    this.injected.push({ point, label, fault })
    const { leaseMs } = this.#options
    if (fault === 'die') process.kill()
    if (fault === 'pause') process.standStill(leaseMs * 5)
    if (fault === 'nap') process.standStill(leaseMs * 1.5)
    return fault
  }

  get #patienceMs(): number {
    return this.#options.dice === undefined ? DATABASE_MS * 100 : this.#options.leaseMs * 3
  }

  #travelMs({ to, what }: Route): number {
    const { dice, leaseMs } = this.#options
    if (dice === undefined) return to === 'database' ? DATABASE_MS : PARTICIPANT_MS
    return dice.skewed(0.5, HOUSEKEEPING.has(what) ? leaseMs / 20 : leaseMs)
  }
}

function wordsFor(what: string, answer: unknown): string {
  if (what !== 'write') return 'done, not yet known'
  const isApplied = (answer as readonly { readonly kind: string }[]).every(({ kind }) => kind === 'committed')
  return isApplied ? 'applied, not yet known' : 'not matched, not yet known'
}
