/** One life of an orchestrator: a process, its ways to the database and the participants, and the real engine. */
import { Engine } from '../../orchestrator/engine/engine.ts'
import type { Observer } from '../../orchestrator/engine/ports.ts'
import { SharedClock } from '../../orchestrator/engine/shared-clock.ts'
import { Connection } from './connection.ts'
import { prepareFor, type Registered } from './prepared-pool.ts'
import { SimSteps, type Outside } from './steps.ts'
import { SimProcess, type Nature } from './world.ts'

export interface LifeOptions {
  /** The orchestrator's, for all its lives. */
  readonly name: string
  readonly number: number
  readonly machines: readonly Registered[]
  readonly leaseMs: number
  readonly takeOverName: boolean
  readonly random: () => number
  readonly inFlight?: number
  readonly nature?: Nature
  /** Spoils the engine before it opens. */
  readonly spoil?: ((engine: Engine) => void) | undefined
}

export class Life {
  readonly name: string
  readonly process: SimProcess
  readonly connection: Connection
  readonly steps: SimSteps
  readonly engine: Engine
  /** It ended by itself: the name belongs to another. */
  hasFailed = false

  constructor(outside: Outside, options: LifeOptions) {
    const { name, number, machines, leaseMs, takeOverName, random } = options
    const { world, complaints } = outside
    this.name = name
    this.process = new SimProcess(world, `${name}#${number}`, options.nature)
    this.connection = new Connection(outside, this.process)
    this.steps = new SimSteps(outside, this.process, this.connection)
    const clock = new SharedClock(this.process.clock)
    let sessions = 0
    let sagas = 0
    this.engine = new Engine({
      machines: prepareFor(this, machines, { steps: this.steps, clock }),
      store: this.connection,
      leases: this.connection,
      clock,
      observer: watchful({
        complaints,
        note: (words) => world.note(() => `${this.process.name} ${words()}`),
        isOpen: (sagaId) => this.steps.isOpen(sagaId),
      }),
      newSagaId: () => `saga-${number}-${++sagas}`,
      newMemberId: () => `${this.process.name}.${++sessions}`,
      name,
      random,
      leaseMs,
      takeOverName,
      notifies: true,
      limits: { inFlight: options.inFlight ?? 100, startQueue: 3 },
    })
    options.spoil?.(this.engine)
    this.engine.open().catch(() => undefined)
    this.engine.failed.catch((error: unknown) => {
      world.note(() => `${this.process.name} ends: ${String(error)}`)
      this.hasFailed = true
    })
  }

  get isUp(): boolean {
    return !this.process.dead && !this.hasFailed
  }

  /** It runs, and nothing keeps it from it. */
  get isAwake(): boolean {
    return this.isUp && !this.process.isStill
  }
}

/** One for all: making a new one each time would cost more than all that is thrown on. */
const THROWN = new Error('an observer that throws')

interface Watched {
  readonly complaints: string[]
  readonly note: (words: () => string) => void
  readonly isOpen: (sagaId: string) => boolean
}

/** An observer is other people's code: this one throws at every turn, and it must not matter. */
function watchful({ complaints, note, isOpen }: Watched): Observer {
  const shaky = (words: () => string): never => {
    note(words)
    throw THROWN
  }
  return {
    started: ({ sagaId }) => shaky(() => `has started ${sagaId}`),
    resumed: ({ sagaId, state, why }) => shaky(() => `resumes ${sagaId} in ${state}: ${why}`),
    transition: ({ sagaId }, { seq, event }) => shaky(() => `knows ${sagaId} ${seq} ${event.type}`),
    ended: ({ sagaId, status }) => {
      if (isOpen(sagaId)) complaints.push(`${sagaId} has ended, and a call of it goes on`)
      shaky(() => `has ended ${sagaId}: ${status}`)
    },
    left: ({ sagaId }, state, ms) => shaky(() => `lets ${sagaId} out of ${state} after ${ms} ms`),
    timerFired: ({ sagaId }, lateMs) => shaky(() => `wakes ${sagaId} ${lateMs} ms late`),
    parked: ({ sagaId, state }) => shaky(() => `has parked ${sagaId} in ${state}`),
    evicted: ({ sagaId }) => shaky(() => `lets ${sagaId} out of memory`),
    leases: ({ kind, partitions }) => shaky(() => `partitions ${kind}: ${partitions.join(', ')}`),
    storeTrouble: (error) => shaky(() => `has trouble: ${String(error)}`),
    fenced: ({ sagaId }) => shaky(() => `can not write ${sagaId}`),
    trouble: ({ sagaId }, problem) => shaky(() => `has trouble with ${sagaId}: ${problem}`),
    committed: ({ writes }) => shaky(() => `knows of ${writes} writes`),
    journalWaiting: (error, attempt) => shaky(() => `waits (${attempt}): ${String(error)}`),
    effectFailed: (_saga, error) => {
      if (error !== THROWN) complaints.push(`an effect failed: ${String(error)}`)
    },
  }
}
