/** The network between processes, the database and the participants: what arrives, when, and how often. */
import type { SimProcess, World } from './world.ts'

export interface Route {
  readonly process: SimProcess
  /** `database`, or the name of a participant. */
  readonly to: string
  /** What is asked, in a word; `words` has more to say. */
  readonly what: string
  readonly words?: () => string
}

/** What becomes of a question. */
export interface Passage {
  /** When it arrives, from now on: never, or once, or more than once. */
  readonly arrivals: readonly number[]
  /** When whoever asked gives up. */
  readonly patienceMs: number
  /** False if it surely never left. */
  readonly connected?: boolean
}

export interface Courier {
  /** Decides at the moment of asking; may take the life of the process that asks. */
  out(route: Route): Passage
  /** When the answer is heard, from the moment of the answer on; undefined if never. */
  back(route: Route, answer: unknown): number | undefined
}

/** No answer came. What was asked may have been done, or may be done yet, if it was `connected`. */
export class Unanswered extends Error {
  readonly connected: boolean

  constructor(route: Route, connected: boolean) {
    super(`connection lost: ${route.what}`)
    this.connected = connected
  }
}

/** Asks the far end; `answer` runs there as often as the question arrives. Rejects with Unanswered. */
export function ask<Answer>(
  world: World,
  courier: Courier,
  route: Route,
  answer: () => Answer,
): Promise<Answer> {
  const { process } = route
  return new Promise((resolve, reject) => {
    const { arrivals, patienceMs, connected = true } = courier.out(route)
    if (process.dead) return
    const givesUpAt = world.now + patienceMs
    let isArranged = false
    const giveUp = () => {
      isArranged = true
      const unanswered = () => {
        world.note(() => `${process.name} gives up: ${wordsOf(route)}`)
        reject(new Unanswered(route, connected))
      }
      world.after(Math.max(0, givesUpAt - world.now), unanswered, process)
    }
    const arrive = () => {
      const given = answer()
      world.note(() => `${route.to} answers ${process.name}: ${wordsOf(route)}: ${inWords(given)}`)
      if (isArranged || process.dead) return
      const backMs = courier.back(route, given)
      if (backMs === undefined || world.now + backMs > givesUpAt) return giveUp()
      isArranged = true
      const heard = () => {
        world.note(() => `${process.name} hears of it: ${wordsOf(route)}`)
        resolve(given)
      }
      world.after(backMs, heard, process)
    }
    for (const afterMs of arrivals) world.after(afterMs, arrive)
    if ((arrivals[0] ?? Infinity) > patienceMs) giveUp()
  })
}

const wordsOf = ({ what, words }: Route) => `${what} ${words?.() ?? ''}`.trimEnd()

const ANSWER_MAX = 200

function inWords(answer: unknown): string {
  const text =
    JSON.stringify(answer, (key, value: unknown) => (key === 'snapshot' ? '…' : value)) ?? 'nothing'
  return text.length > ANSWER_MAX ? `${text.slice(0, ANSWER_MAX)}…` : text
}
