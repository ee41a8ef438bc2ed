import t from 'tap'
import { openCollector } from '../../test/kit/collector.ts'
import { buildHttpServer } from './http-server.ts'
import { traceRequests } from './tracing.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const sagaId = '019aab4d-0a3c-7e11-9d2f-3b1c5a7e9f00'

t.test('each request of a sampled trace is a span below its caller’s, and no other is one', async (t) => {
  const collector = await openCollector(t)
  const app = await buildHttpServer('stocks', { log: 'silent', ready: () => Promise.resolve() })
  await traceRequests(app, 'stocks', { endpoint: collector.url, headers: undefined })
  const config = { access: 'public' } as const
  app.get('/api/stock/:id', { config }, () => ({}))
  app.get('/broken', { config }, () => Promise.reject(new Error('it broke')))
  const ask = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
  const traceparent = (flags: string) => `00-${TRACE}-${CALLER}-${flags}`
  await ask('/api/stock/7?secret=1', {
    traceparent: traceparent('01'),
    tracestate: 'a=1',
    'x-correlation-id': sagaId,
  })
  await ask('/broken', { traceparent: traceparent('01'), 'x-correlation-id': 'x'.repeat(5_000) })
  await ask('/nowhere', { traceparent: traceparent('01') })
  await ask('/api/stock/7', { traceparent: traceparent('00') })
  await ask('/api/stock/7', { traceparent: 'nonsense' })
  await ask('/api/stock/7')
  await app.close()
  const server = { service: 'stocks', kind: 'server', traceId: TRACE, parentId: CALLER }
  t.match(collector.spans, [
    {
      ...server,
      name: 'GET /api/stock/:id',
      state: 'a=1',
      isError: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/stock/:id',
        'http.response.status_code': 200,
        'skald.saga_id': sagaId,
      },
    },
    { ...server, name: 'GET /broken', isError: true, attributes: { 'http.response.status_code': 500 } },
    { ...server, name: 'GET unknown', isError: false, attributes: { 'http.response.status_code': 404 } },
  ])
  t.equal(collector.spans.length, 3)
  t.equal(new Set(collector.spans.map(({ spanId }) => spanId)).size, 3)
  t.notMatch(JSON.stringify(collector.spans), /secret|xxxxx/, 'what a caller makes up does not leave')
})

t.test('without a collector there is none of it', async (t) => {
  const app = await buildHttpServer('stocks', { log: 'silent', ready: () => Promise.resolve() })
  await traceRequests(app, 'stocks', { endpoint: undefined, headers: undefined })
  const { statusCode } = await app.inject({
    url: '/healthz',
    headers: { traceparent: `00-${TRACE}-${CALLER}-01` },
  })
  t.equal(statusCode, 200)
  await app.close()
})
