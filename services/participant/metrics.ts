/** The metrics of one process, in a registry of its own: prom-client's defaults and its requests. */
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { HttpServer } from './http-server.ts'

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Adds `GET /metrics` and times every request by the route that served it, never by its address. */
export function exposeMetrics(app: HttpServer, service: string, register = new Registry()): void {
  register.setDefaultLabels({ service })
  collectDefaultMetrics({ register })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [register],
  })

  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown'
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    done()
  })

  app.get('/metrics', async (_request, reply) =>
    reply.type(register.contentType).send(await register.metrics()),
  )
}
