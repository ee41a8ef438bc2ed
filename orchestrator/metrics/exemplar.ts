/** Which saga an observation is about, for scrapers that ask for exemplars: they lead from a bad bucket to a saga in it. */
import { Histogram, type Registry } from 'prom-client'
import type { SagaIdentity } from '../engine/ports.ts'
import { traceIdOf } from '../traces/saga-trace.ts'

interface Declared<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  readonly buckets: readonly number[]
}

interface Observed<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>
  readonly seconds: number
  readonly saga: Pick<SagaIdentity, 'sagaId' | 'trace'>
}

/** A histogram whose buckets each remember the last saga that fell into them. */
export class SagaHistogram<Label extends string> {
  readonly #histogram: Histogram

  constructor(register: Registry, { labelNames, buckets, ...named }: Declared<Label>) {
    this.#histogram = new Histogram({
      ...named,
      labelNames: [...labelNames],
      buckets: [...buckets],
      enableExemplars: true,
      // prom-client refuses exemplars in a registry that tells plain text too, though it leaves them out there by itself.
      registers: [],
    })
    register.registerMetric(this.#histogram)
  }

  observe({ labels, seconds, saga }: Observed<Label>): void {
    const exemplarLabels = { saga_id: saga.sagaId, trace_id: traceIdOf(saga) }
    this.#histogram.observe({ labels, value: seconds, exemplarLabels })
  }
}
