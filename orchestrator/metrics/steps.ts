/** Calls to participants: of steps and of their compensations. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { ParticipantLoad, StepReport } from '../steps/http-steps.ts'
import { SHORT_SECONDS } from './buckets.ts'
import { SagaHistogram } from './exemplar.ts'

export interface StepsGauges {
  load(): readonly ParticipantLoad[]
}

/** Returns what is to be told of each step. */
export function stepMetrics(register: Registry): (report: StepReport) => void {
  const duration = new SagaHistogram(register, {
    name: 'skald_step_duration_seconds',
    help: 'Time of a step, all its attempts included',
    labelNames: ['machine', 'step', 'direction', 'participant', 'outcome'],
    buckets: SHORT_SECONDS,
  })
  const made = new Counter({
    name: 'skald_step_attempts_total',
    help: 'Calls to participants, those of an earlier life that nobody saw included',
    labelNames: ['machine', 'step', 'direction', 'participant'],
    registers: [register],
  })
  return (report) => {
    const { machine, step, participant, outcome, attempts, durationMs } = report
    const labels = { machine, step, direction: report.undo ? 'undoing' : 'doing', participant }
    duration.observe({ labels: { ...labels, outcome }, seconds: durationMs / 1_000, saga: report })
    made.inc(labels, attempts)
  }
}

/** Asked at each scrape. */
export function watchSteps(register: Registry, steps: StepsGauges): void {
  const gauge = (name: string, help: string, which: 'calling' | 'waiting') =>
    new Gauge({
      name,
      help,
      labelNames: ['participant'],
      registers: [register],
      collect() {
        for (const load of steps.load()) this.set({ participant: load.participant }, load[which])
      },
    })
  gauge('skald_participant_calls_under_way', 'Calls to a participant under way', 'calling')
  gauge(
    'skald_participant_calls_waiting',
    'Calls that wait until a participant has fewer under way',
    'waiting',
  )
}
