/** The metrics of one process, in a registry of its own: prom-client's defaults and its requests. */
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** By the route that served it, never by its address. */
type RequestLabels = { method: string; route: string; status: number }

export type HttpMetrics = {
  register: Registry
  observe: (request: RequestLabels, durationMs: number) => void
}

/** Adds to `register` what every process tells; `service` labels all of it. */
export function httpMetrics(service: string, register = new Registry()): HttpMetrics {
  register.setDefaultLabels({ service })
  collectDefaultMetrics({ register })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [register],
  })
  return { register, observe: (request, durationMs) => duration.observe(request, durationMs / 1000) }
}
