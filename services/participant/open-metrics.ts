/**
 * The metrics of a registry as OpenMetrics, which has exemplars, beside the plain text that prom-client makes of it.
 * prom-client has a registry for either: one that tells OpenMetrics takes the `_total` off the names of its counters for
 * good, and plain text would be told without it from then on.
 */
import { Registry, type Metric, type OpenMetricsContentType } from 'prom-client'

/** Prometheus names it first, with a quality; whoever does not name it gets plain text. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  return /application\/openmetrics-text(?![^,]*;\s*q=0(?:\.0*)?\s*(?:[,;]|$))/i.test(accept ?? '')
}

export async function openMetricsOf(
  register: Registry,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const open = new Registry<OpenMetricsContentType>()
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  open.setDefaultLabels(labels)
  // It renames what it is given: each is an object of its own, with all else of the metric behind it.
  for (const metric of register.getMetricsAsArray()) open.registerMetric(Object.create(metric) as Metric)
  return await open.metrics()
}
