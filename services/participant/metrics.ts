/** The metrics of one process, in a registry of its own: prom-client's defaults, its requests, and what it is. */
import { readFileSync } from 'node:fs'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { openMetricsOf, wantsOpenMetrics } from './open-metrics.ts'

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** By the route that served it, never by its address. */
type RequestLabels = { method: string; route: string; status: number }

export type HttpMetrics = {
  observe: (request: RequestLabels, durationMs: number) => void
  /** What a scraper is told, in the form that it accepts. */
  scrape: (accept: string | undefined) => Promise<{ type: string; text: string }>
}

/** Adds to `register` what every process tells; `service` labels all of it. */
export function httpMetrics(service: string, register = new Registry()): HttpMetrics {
  register.setDefaultLabels({ service })
  collectDefaultMetrics({ register })
  const info = new Gauge({
    name: 'skald_info',
    help: 'Always 1: which version of Skald this process runs',
    labelNames: ['version'],
    registers: [register],
  })
  info.set({ version }, 1)
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer; streams, which end when their readers go, are left out',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [register],
  })
  return {
    observe: (request, durationMs) => duration.observe(request, durationMs / 1000),
    async scrape(accept) {
      if (!wantsOpenMetrics(accept)) return { type: register.contentType, text: await register.metrics() }
      return { type: Registry.OPENMETRICS_CONTENT_TYPE, text: await openMetricsOf(register, { service }) }
    },
  }
}

/** Returns what is to be told of spans that the collector did not take. */
export function traceMetrics(register: Registry): (spans: number) => void {
  const dropped = new Counter({
    name: 'skald_traces_dropped_total',
    help: 'Spans that were dropped, because the collector of traces did not take them in time',
    registers: [register],
  })
  return (spans) => dropped.inc(spans)
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
