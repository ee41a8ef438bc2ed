/** One durable actor by itself: the test is its gate, its clock, and its store. */
import { createActor, fromPromise, type AnyActor, type AnyStateMachine, type Snapshot } from 'xstate'
import {
  durable,
  gatedBy,
  type DurableSnapshot,
  type ProcessedEvent,
} from '../../orchestrator/engine/durable.ts'

/** What effects did, in order. */
export const noted: string[] = []
export const note = (text: string) => () => void noted.push(text)

/** A call that notes its start, and its abort, and never ends. */
export const call = fromPromise<null, string>(({ input, signal }) => {
  noted.push(`call ${input}`)
  signal.addEventListener('abort', () => noted.push(`abort ${input}`))
  return new Promise(() => undefined)
})

/** A gate that the test opens, and what came to it. */
class HandGate {
  readonly recorded: ProcessedEvent[] = []
  #held: (() => void)[] = []

  record(processed: ProcessedEvent): void {
    this.recorded.push(processed)
  }

  hold(effect: () => void): void {
    this.#held.push(effect)
  }

  /** As a commit would: what is held now is let go, in order. */
  open(): void {
    for (const effect of this.#held.splice(0)) effect()
  }

  get told(): string[] {
    return this.recorded.map(({ actor, event }) => `${actor.id}: ${event.type}`)
  }
}

interface Timeout {
  readonly run: () => void
  readonly delayMs: number
  isOver: boolean
}

/** One durable actor, its gate, and a clock that stands still. */
export class Bench {
  readonly gate = new HandGate()
  readonly timeouts: Timeout[] = []
  readonly actor: AnyActor
  now = 1_000

  constructor(machine: AnyStateMachine, snapshot?: unknown) {
    const clock = {
      setTimeout: (run: () => void, delayMs: number) => {
        const timeout = { run, delayMs, isOver: false }
        this.timeouts.push(timeout)
        return timeout
      },
      clearTimeout: (timeout: Timeout) => {
        timeout.isOver = true
      },
    }
    const logic = durable(machine, () => this.now)
    this.actor = gatedBy(this.gate, () =>
      createActor(logic, {
        id: 'root',
        clock,
        logger: (...args: unknown[]) => noted.push(args.map(String).join(' ')),
        ...(snapshot !== undefined && { snapshot: snapshot as Snapshot<unknown> }),
      }),
    )
    this.actor.subscribe({ error: () => undefined })
    this.actor.start()
  }

  get snapshot(): DurableSnapshot {
    return this.actor.getSnapshot() as DurableSnapshot
  }

  /** As a store would keep it. */
  get persisted(): unknown {
    return JSON.parse(JSON.stringify(this.actor.getPersistedSnapshot()))
  }

  /** Lets the n-th timeout come due. */
  fire(index: number): void {
    const timeout = this.timeouts[index]
    if (timeout === undefined) throw new Error(`there is no timeout ${index}`)
    timeout.isOver = true
    timeout.run()
  }

  get armed(): number[] {
    return this.timeouts.filter(({ isOver }) => !isOver).map(({ delayMs }) => delayMs)
  }
}
