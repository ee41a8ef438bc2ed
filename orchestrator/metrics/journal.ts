/** What is written: commits, what waits for one, and what the fence kept out. */
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Observer } from '../engine/ports.ts'
import { SHORT_SECONDS } from './buckets.ts'

export function journalMetrics(register: Registry, machines: readonly string[]): Partial<Observer> {
  const registers = [register]
  const transitionsOfCommit = new Histogram({
    name: 'skald_commit_transitions',
    help: 'Transitions in one commit of the journal',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  })
  const duration = new Histogram({
    name: 'skald_commit_duration_seconds',
    help: 'Time of one commit of the journal',
    buckets: SHORT_SECONDS,
    registers,
  })
  const retries = new Counter({
    name: 'skald_commit_retries_total',
    help: 'Commits written again because the database did not answer',
    registers,
  })
  const answered = new Counter({
    name: 'skald_inbox_events_total',
    help: 'Events for sagas, from any orchestrator, that this one answered',
    registers,
  })
  const fenceLosses = new Counter({
    name: 'skald_fence_losses_total',
    help: 'Writes that matched nothing, because another orchestrator owns the saga by now',
    labelNames: ['machine'],
    registers,
  })
  // A counter that comes with its first event has grown by nothing, as Prometheus sees it.
  for (const machine of machines) fenceLosses.inc({ machine }, 0)
  return {
    committed: ({ transitions, events, durationMs }) => {
      if (events > 0) answered.inc(events)
      transitionsOfCommit.observe(transitions)
      duration.observe(durationMs / 1_000)
    },
    fenced: ({ machine }) => fenceLosses.inc({ machine }),
    journalWaiting: () => retries.inc(),
  }
}
