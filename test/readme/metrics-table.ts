// The metrics of Skald's own, from the registries of its processes.
import { collectDefaultMetrics, Registry } from 'prom-client'
import { Metrics } from '../../orchestrator/metrics/metrics.ts'
import { buildHttpServer } from '../../services/participant/http-server.ts'
import { traceMetrics } from '../../services/participant/metrics.ts'
import { operationMetrics } from '../../services/participant/operation-metrics.ts'
import { watchPools } from '../../services/participant/pool-metrics.ts'
import { markdownTable } from './markdown.ts'

export async function metricsTable(): Promise<string> {
  const orchestrators = await ownMetrics(orchestratorRegister())
  const participants = await ownMetrics(participantRegister())
  const all = new Map([...orchestrators, ...participants])
  const rows = [...all.values()].map((metric) => [
    `\`${metric.name}\``,
    metric.type.toString(),
    labelsOf(metric),
    tellersOf(orchestrators.has(metric.name), participants.has(metric.name)),
    metric.help,
  ])
  const table = markdownTable(['metric', 'type', 'labels', 'of', 'meaning'], rows)
  return `${table}\n\nAll of them have the label \`service\`; prom-client's own metrics of a Node process come beside them.`
}

function orchestratorRegister(): Registry {
  const metrics = new Metrics([])
  const engine = {
    inFlight: 0,
    waiting: 0,
    partitions: 0,
    journal: { uncommitted: 0 },
    readiness: () => ({ missingMachines: [] }),
  }
  const beside = { steps: { load: () => [] }, pools: {}, figures: noDatabase, onTrouble: () => undefined }
  metrics.watch({ engine, ...beside })
  return metrics.register
}

function participantRegister(): Registry {
  const register = new Registry()
  watchPools(register, {})
  operationMetrics(register)
  traceMetrics(register)
  return register
}

/** By name, those that every process has included. */
async function ownMetrics(register: Registry) {
  const app = await buildHttpServer('docs', { log: 'silent', ready: alwaysReady, register })
  await app.close()
  const ours = register.getMetricsAsArray().filter(({ name }) => !isDefault(name))
  return new Map(ours.map((metric) => [metric.name, metric]))
}

const tellersOf = (orchestrators: boolean, participants: boolean) =>
  orchestrators && participants ? 'all' : orchestrators ? 'orchestrators' : 'participants'

const defaults = new Registry()
collectDefaultMetrics({ register: defaults })

/** Whether it is one that prom-client brings for every process. */
export function isDefault(name: string): boolean {
  return defaults.getSingleMetric(name) !== undefined
}

const alwaysReady = () => Promise.resolve()

const noDatabase = () => Promise.reject(new Error('there is no database'))

function labelsOf(metric: object): string {
  if (!('labelNames' in metric && Array.isArray(metric.labelNames)))
    throw new Error('prom-client hides labelNames')
  return metric.labelNames.map((label) => `\`${label}\``).join(', ')
}
