/** What becomes of sagas at this orchestrator. */
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Observer } from '../engine/ports.ts'
import { LONG_SECONDS, SHORT_SECONDS } from './buckets.ts'
import { SagaHistogram } from './exemplar.ts'

export function sagaMetrics(register: Registry, machines: readonly string[]): Partial<Observer> {
  const counter = (name: string, help: string, ...labels: string[]) =>
    new Counter({ name, help, labelNames: ['machine', ...labels], registers: [register] })
  const started = counter('skald_sagas_started_total', 'Sagas accepted')
  const resumed = counter(
    'skald_sagas_resumed_total',
    'Sagas that came back into memory: from another owner or an earlier life (takeover), for a timer (due), for an event',
    'why',
  )
  const ended = counter('skald_sagas_ended_total', 'Sagas ended, by outcome: done or failed', 'outcome')
  const evicted = counter('skald_sagas_evicted_total', 'Sagas that left memory because they only wait')
  const troubles = counter(
    'skald_saga_troubles_total',
    'Sagas parked by the engine itself, or lost to another orchestrator',
  )
  const duration = new SagaHistogram(register, {
    name: 'skald_saga_duration_seconds',
    help: 'Time from the start of a saga to its end',
    labelNames: ['machine', 'outcome'],
    buckets: LONG_SECONDS,
  })
  const lateness = new Histogram({
    name: 'skald_timer_lateness_seconds',
    help: 'Time from the moment that a timer of a saga was due to the moment that it fired',
    buckets: SHORT_SECONDS,
    registers: [register],
  })
  // A counter that comes with its first event has grown by nothing, as Prometheus sees it.
  for (const machine of machines) {
    for (const counted of [started, evicted, troubles]) counted.inc({ machine }, 0)
    for (const outcome of ['done', 'failed']) ended.inc({ machine, outcome }, 0)
    for (const why of ['takeover', 'due', 'event']) resumed.inc({ machine, why }, 0)
  }
  return {
    started: ({ machine }) => started.inc({ machine }),
    resumed: ({ machine, why }) => resumed.inc({ machine, why }),
    ended: (saga) => {
      const { machine, status: outcome, startedAt, endedAt } = saga
      ended.inc({ machine, outcome })
      duration.observe({ labels: { machine, outcome }, seconds: secondsOf(endedAt - startedAt), saga })
    },
    timerFired: (_saga, lateMs) => lateness.observe(secondsOf(lateMs)),
    evicted: ({ machine }) => evicted.inc({ machine }),
    trouble: ({ machine }) => troubles.inc({ machine }),
  }
}

/** The clock of one who started a saga, and of another who ended it, may differ by the time of a heartbeat. */
const secondsOf = (ms: number) => Math.max(0, ms) / 1_000
