// The metrics of Skald's own, from the registries of its processes.
import { collectDefaultMetrics, Registry } from 'prom-client'
import { FiguresReader } from '../../orchestrator/metrics/figures-reader.ts'
import { Metrics } from '../../orchestrator/metrics/metrics.ts'
import { buildHttpServer } from '../../services/participant/http-server.ts'
import { markdownTable } from './markdown.ts'

export async function metricsTable(): Promise<string> {
  const metrics = new Metrics([])
  const engine = {
    inFlight: 0,
    waiting: 0,
    partitions: 0,
    journal: { uncommitted: 0 },
    readiness: () => ({ missingMachines: [] }),
  }
  metrics.watch({ engine, steps: { load: () => [] }, pools: {}, figures: noFigures })
  const app = await buildHttpServer('docs', { log: 'silent', ready: alwaysReady, register: metrics.register })
  await app.close()
  const ours = metrics.register.getMetricsAsArray().filter(({ name }) => !isDefault(name))
  const rows = ours.map((metric) => [
    `\`${metric.name}\``,
    metric.type.toString(),
    labelsOf(metric),
    metric.help,
  ])
  const table = markdownTable(['metric', 'type', 'labels', 'meaning'], rows)
  return `${table}\n\nAll of them have the label \`service\`; prom-client's own metrics of a Node process come beside them.`
}

const defaults = new Registry()
collectDefaultMetrics({ register: defaults })

/** Whether it is one that prom-client brings for every process. */
export function isDefault(name: string): boolean {
  return defaults.getSingleMetric(name) !== undefined
}

const noFigures = new FiguresReader({
  read: () => Promise.reject(new Error('no database')),
  onTrouble: () => undefined,
  monotonic: () => 0,
})

const alwaysReady = () => Promise.resolve()

function labelsOf(metric: object): string {
  if (!('labelNames' in metric && Array.isArray(metric.labelNames)))
    throw new Error('prom-client hides labelNames')
  return metric.labelNames.map((label) => `\`${label}\``).join(', ')
}
