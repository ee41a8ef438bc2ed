/** The orchestrator's metrics: an observer of the engine and its steps, in a registry of its own. */
import { Gauge, Registry } from 'prom-client'
import type { AnyStateMachine } from 'xstate'
import { traceMetrics } from '../../services/participant/metrics.ts'
import { watchPools, type WatchedPool } from '../../services/participant/pool-metrics.ts'
import type { Engine, Readiness } from '../engine/engine.ts'
import type { Observer } from '../engine/ports.ts'
import type { Figures } from '../store/figures.ts'
import { FiguresReader } from './figures-reader.ts'
import { watchFigures } from './figures.ts'
import { journalMetrics } from './journal.ts'
import { leaseMetrics } from './leases.ts'
import {
  accessMetrics,
  inspectorMetrics,
  noticeMetrics,
  type AccessMetrics,
  type InspectorMetrics,
} from './process.ts'
import { sagaMetrics } from './sagas.ts'
import { States } from './states.ts'
import { stepMetrics, watchSteps, type StepsGauges } from './steps.ts'

/** How things stand in the engine. */
interface EngineGauges extends Pick<Engine, 'inFlight' | 'waiting' | 'partitions'> {
  readonly journal: { readonly uncommitted: number }
  readiness(): Pick<Readiness, 'missingMachines'>
}

interface Watched {
  readonly engine: EngineGauges
  readonly steps: StepsGauges
  readonly pools: Readonly<Record<string, WatchedPool>>
  /** Reads those of the whole database. */
  readonly figures: () => Promise<Figures>
  /** They could not be read; the next time they may. */
  readonly onTrouble: (error: unknown) => void
}

export class Metrics {
  readonly register = new Registry()
  readonly observer: Partial<Observer>
  readonly step: ReturnType<typeof stepMetrics>
  readonly notice: ReturnType<typeof noticeMetrics>
  readonly access: AccessMetrics
  readonly inspector: InspectorMetrics
  /** Spans that nobody took. */
  readonly tracesDropped: ReturnType<typeof traceMetrics>
  readonly #states: States

  constructor(machines: readonly AnyStateMachine[]) {
    const { register } = this
    this.#states = new States(register, machines)
    const names = this.#states.machines
    this.step = stepMetrics(register)
    this.observer = {
      ...sagaMetrics(register, names),
      ...this.#states.observer,
      ...journalMetrics(register, names),
      ...leaseMetrics(register),
    }
    this.notice = noticeMetrics(register)
    this.access = accessMetrics(register)
    this.inspector = inspectorMetrics(register)
    this.tracesDropped = traceMetrics(register)
  }

  /** Asked at each scrape. */
  watch({ engine, steps, pools, figures: read, onTrouble }: Watched): void {
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.register],
        collect() {
          this.set(value())
        },
      })
    gauge('skald_sagas_in_flight', 'Sagas in the memory of this orchestrator', () => engine.inFlight)
    gauge('skald_starts_waiting', 'Starts that wait for one of those to leave', () => engine.waiting)
    gauge('skald_partitions_held', 'Partitions that this orchestrator owns', () => engine.partitions)
    gauge(
      'skald_journal_waiting',
      'Transitions whose commit has not come back yet',
      () => engine.journal.uncommitted,
    )
    gauge(
      'skald_machines_missing',
      'Machine versions that sagas here need and that this process does not have; /readyz names them',
      () => engine.readiness().missingMachines.length,
    )
    watchSteps(this.register, steps)
    const reader = new FiguresReader({ read, onTrouble, monotonic: () => performance.now() })
    watchFigures(this.register, reader, this.#states)
    watchPools(this.register, pools)
  }
}
