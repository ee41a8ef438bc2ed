/** The orchestrator's metrics: an observer of the engine and its steps, in a registry of its own. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Observer } from './engine/ports.ts'
import type { StepReport } from './steps/http-steps.ts'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export class Metrics {
  readonly register = new Registry()
  readonly #sagasStarted = new Counter({
    name: 'skald_sagas_started_total',
    help: 'Sagas accepted',
    labelNames: ['machine'],
    registers: [this.register],
  })
  readonly #sagasResumed = new Counter({
    name: 'skald_sagas_resumed_total',
    help: 'Sagas taken up again after a restart',
    labelNames: ['machine'],
    registers: [this.register],
  })
  readonly #sagasEnded = new Counter({
    name: 'skald_sagas_ended_total',
    help: 'Sagas ended, by outcome: done or failed',
    labelNames: ['machine', 'outcome'],
    registers: [this.register],
  })
  readonly #troubles = new Counter({
    name: 'skald_saga_troubles_total',
    help: 'Sagas parked by the engine itself, or lost to another orchestrator',
    labelNames: ['machine'],
    registers: [this.register],
  })
  readonly #stepDuration = new Histogram({
    name: 'skald_step_duration_seconds',
    help: 'Time of a step, all its attempts included',
    labelNames: ['step', 'direction', 'participant', 'outcome'],
    buckets: SECONDS,
    registers: [this.register],
  })
  readonly #stepAttempts = new Counter({
    name: 'skald_step_attempts_total',
    help: 'Calls to participants, those of an earlier life that nobody saw included',
    labelNames: ['step', 'direction', 'participant'],
    registers: [this.register],
  })
  readonly #commitTransitions = new Histogram({
    name: 'skald_commit_transitions',
    help: 'Transitions in one commit of the journal',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: [this.register],
  })
  readonly #commitDuration = new Histogram({
    name: 'skald_commit_duration_seconds',
    help: 'Time of one commit of the journal',
    buckets: SECONDS,
    registers: [this.register],
  })
  readonly #commitRetries = new Counter({
    name: 'skald_commit_retries_total',
    help: 'Commits written again because the database did not answer',
    registers: [this.register],
  })

  /** Asked at each scrape. */
  watchInFlight(inFlight: () => number): void {
    const gauge: Gauge = new Gauge({
      name: 'skald_sagas_in_flight',
      help: 'Sagas in the memory of this orchestrator',
      registers: [this.register],
      collect: () => gauge.set(inFlight()),
    })
  }

  readonly observer: Partial<Observer> = {
    started: ({ machine }) => this.#sagasStarted.inc({ machine }),
    resumed: ({ machine }) => this.#sagasResumed.inc({ machine }),
    ended: ({ machine, status }) => this.#sagasEnded.inc({ machine, outcome: status }),
    trouble: ({ machine }) => this.#troubles.inc({ machine }),
    committed: ({ transitions, durationMs }) => {
      this.#commitTransitions.observe(transitions)
      this.#commitDuration.observe(durationMs / 1_000)
    },
    journalWaiting: () => this.#commitRetries.inc(),
  }

  step({ step, undo, participant, outcome, attempts, durationMs }: StepReport): void {
    const direction = undo ? 'undoing' : 'doing'
    this.#stepDuration.observe({ step, direction, participant, outcome }, durationMs / 1_000)
    this.#stepAttempts.inc({ step, direction, participant }, attempts)
  }
}
