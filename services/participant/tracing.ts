/** The spans of a participant: of each request that belongs to a sampled trace, by whoever began that. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { FastifyRequest } from 'fastify'
import type { HttpServer } from './http-server.ts'
import { openSpans, SpanClock, type SpansOptions } from './spans.ts'
import { isSampled, traceContextOf, type TraceContext } from './traceparent.ts'

export type TracingSettings = {
  /** The collector; without it there are no spans. */
  endpoint: string | undefined
  headers: string | undefined
}

type Begun = {
  context: TraceContext
  startedAt: number
}

/** Anyone can call it so; no span is led to by a text of any length. */
const SAGA_ID = /^[0-9a-f-]{36}$/

export async function traceRequests(
  app: HttpServer,
  service: string,
  { endpoint, headers, onDropped }: TracingSettings & Pick<SpansOptions, 'onDropped'>,
): Promise<void> {
  if (endpoint === undefined) return
  const instance = `${hostname()}:${process.pid}`
  const spans = await openSpans({ endpoint, headers, service, instance, ...(onDropped && { onDropped }) })
  const clock = new SpanClock(Date.now)
  const begun = new WeakMap<FastifyRequest, Begun>()
  app.addHook('onRequest', (request, _reply, done) => {
    const context = traceContextOf(request.headers)
    if (context !== undefined && isSampled(context)) {
      begun.set(request, { context, startedAt: performance.now() })
    }
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { context, startedAt } = begun.get(request) ?? {}
    done()
    if (context === undefined || startedAt === undefined) return
    const route = request.routeOptions.url ?? 'unknown'
    const sagaId = request.headers['x-correlation-id']
    spans.add({
      traceId: context.traceId,
      spanId: randomBytes(8).toString('hex'),
      parent: { spanId: context.spanId, isRemote: true },
      state: context.state,
      name: `${request.method} ${route}`,
      kind: 'server',
      startMs: clock.at(startedAt),
      endMs: clock.at(performance.now()),
      isError: reply.statusCode >= 500,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'http.response.status_code': reply.statusCode,
        ...(typeof sagaId === 'string' && SAGA_ID.test(sagaId) && { 'skald.saga_id': sagaId }),
      },
    })
  })
  app.addHook('onClose', () => spans.close())
}
