/** The orchestrator's metrics: an observer of the engine and its steps, in a registry of its own. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Readiness } from './engine/engine.ts'
import type { Observer } from './engine/ports.ts'
import type { ParticipantLoad, StepReport } from './steps/http-steps.ts'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** How things stand in the engine. */
interface EngineGauges {
  readonly inFlight: number
  readonly waiting: number
  readonly partitions: number
  readiness(): Pick<Readiness, 'missingMachines'>
}

interface StepsGauges {
  load(): readonly ParticipantLoad[]
}

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
    help: 'Sagas that came back into memory: from another owner or an earlier life (takeover), for a timer (due), for an event',
    labelNames: ['machine', 'why'],
    registers: [this.register],
  })
  readonly #sagasEnded = new Counter({
    name: 'skald_sagas_ended_total',
    help: 'Sagas ended, by outcome: done or failed',
    labelNames: ['machine', 'outcome'],
    registers: [this.register],
  })
  readonly #sagasEvicted = new Counter({
    name: 'skald_sagas_evicted_total',
    help: 'Sagas that left memory because they only wait',
    labelNames: ['machine'],
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

  readonly #inboxEvents = new Counter({
    name: 'skald_inbox_events_total',
    help: 'Events for sagas, from any orchestrator, that this one answered',
    registers: [this.register],
  })
  readonly #partitionsMoved = new Counter({
    name: 'skald_partitions_moved_total',
    help: 'Partitions that came (acquired), were given up in peace (handed_over), or were lost',
    labelNames: ['kind'],
    registers: [this.register],
  })
  readonly #leaseLosses = new Counter({
    name: 'skald_lease_losses_total',
    help: 'Times that partitions were lost: the session was not renewed in time, or another orchestrator took them',
    registers: [this.register],
  })
  readonly #storeTroubles = new Counter({
    name: 'skald_store_troubles_total',
    help: 'Renewals of the session, and reads of what it owns, that failed and were tried again',
    registers: [this.register],
  })
  readonly #notices = new Counter({
    name: 'skald_notices_total',
    help: 'Calls to the webhook, by what came of it: delivered, refused (4xx) or failed; the latter two are made again',
    labelNames: ['outcome'],
    registers: [this.register],
  })

  /** Asked at each scrape. */
  watch(engine: EngineGauges, steps: StepsGauges): void {
    this.#gauge('skald_sagas_in_flight', 'Sagas in the memory of this orchestrator', () => engine.inFlight)
    this.#gauge('skald_starts_waiting', 'Starts that wait for one of those to leave', () => engine.waiting)
    this.#gauge('skald_partitions_held', 'Partitions that this orchestrator owns', () => engine.partitions)
    this.#gauge(
      'skald_machines_missing',
      'Machine versions that sagas here need and that this process does not have; /readyz names them',
      () => engine.readiness().missingMachines.length,
    )
    const under = 'Calls to a participant under way'
    this.#participantGauge('skald_participant_calls_under_way', under, steps, 'calling')
    const queued = 'Calls that wait until a participant has fewer under way'
    this.#participantGauge('skald_participant_calls_waiting', queued, steps, 'waiting')
  }

  #gauge(name: string, help: string, value: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.register],
      collect: () => gauge.set(value()),
    })
  }

  #participantGauge(name: string, help: string, steps: StepsGauges, which: 'calling' | 'waiting'): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: ['participant'],
      registers: [this.register],
      collect: () => {
        for (const load of steps.load()) gauge.set({ participant: load.participant }, load[which])
      },
    })
  }

  readonly observer: Partial<Observer> = {
    started: ({ machine }) => this.#sagasStarted.inc({ machine }),
    resumed: ({ machine, why }) => this.#sagasResumed.inc({ machine, why }),
    ended: ({ machine, status }) => this.#sagasEnded.inc({ machine, outcome: status }),
    evicted: ({ machine }) => this.#sagasEvicted.inc({ machine }),
    trouble: ({ machine }) => this.#troubles.inc({ machine }),
    leases: ({ kind, partitions }) => {
      this.#partitionsMoved.inc({ kind }, partitions.length)
      if (kind === 'lost') this.#leaseLosses.inc()
    },
    storeTrouble: () => this.#storeTroubles.inc(),
    committed: ({ transitions, events, durationMs }) => {
      if (events > 0) this.#inboxEvents.inc(events)
      this.#commitTransitions.observe(transitions)
      this.#commitDuration.observe(durationMs / 1_000)
    },
    journalWaiting: () => this.#commitRetries.inc(),
  }

  notice(outcome: 'delivered' | 'refused' | 'failed'): void {
    this.#notices.inc({ outcome })
  }

  step({ step, undo, participant, outcome, attempts, durationMs }: StepReport): void {
    const direction = undo ? 'undoing' : 'doing'
    this.#stepDuration.observe({ step, direction, participant, outcome }, durationMs / 1_000)
    this.#stepAttempts.inc({ step, direction, participant }, attempts)
  }
}
