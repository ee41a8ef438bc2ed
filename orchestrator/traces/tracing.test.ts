import { registerHooks } from 'node:module'
import t from 'tap'
import { openCollector } from '../../test/kit/collector.ts'

/** Of OpenTelemetry, as our code asks for them; prom-client has a part of it too. */
const loaded: string[] = []
registerHooks({
  resolve(specifier, context, next) {
    const isOurs = context.parentURL?.includes('/node_modules/') !== true
    if (isOurs && specifier.startsWith('@opentelemetry/')) loaded.push(specifier)
    return next(specifier, context)
  },
})
// Only now, for the hook to see what they load.
const { startOrchestrator } = await import('../orchestrator.ts')
const { openTracing } = await import('./tracing.ts')

const saga = { sagaId: '019aab4d-0a3c-7e11-9d2f-3b1c5a7e9f00', machine: 'm', version: '1', trace: null }
const trace = saga.sagaId.replaceAll('-', '')
const startedAt = Date.UTC(2026, 0, 1)
const clock = { now: () => startedAt + 60_000 }

t.test('without a collector there is no tracing, and none of its libraries is loaded', async (t) => {
  const config = { ORCHESTRATOR_ID: 'here' }
  t.equal(await openTracing({ config, clock, onDropped: () => undefined }), undefined)
  t.type(startOrchestrator, 'function')
  t.strictSame(loaded, [])
})

t.test('where a saga parked, came back and ended is in its trace, if that is sampled', async (t) => {
  const collector = await openCollector(t)
  const dropped: number[] = []
  const open = (share: string) =>
    openTracing({
      config: {
        ORCHESTRATOR_ID: 'here',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER_ARG: share,
      },
      clock,
      onDropped: (spans) => dropped.push(spans),
    })
  const tellAll = async (share: string, trace: string | null) => {
    const tracing = await open(share)
    const { parked, resumed, ended } = tracing?.observer ?? {}
    parked?.({ ...saga, trace, state: 'parked', step: 'lock', code: 'ETIMEDOUT' })
    resumed?.({ ...saga, trace, state: 'parked', why: 'event' })
    ended?.({ ...saga, trace, status: 'failed', state: 'failed', startedAt, endedAt: startedAt + 1_500 })
    await tracing?.close()
  }
  await tellAll('0', null)
  await tellAll('1', `00-${trace}-b7ad6b7169203331-00`)
  t.strictSame(collector.spans, [], 'neither the share nor the caller wants it')
  t.ok(loaded.includes('@opentelemetry/exporter-trace-otlp-proto'))
  await tellAll('1', null)
  const rootId = trace.slice(16)
  const common = { traceId: trace, service: 'orchestrator', instance: 'here', kind: 'internal' }
  t.match(collector.spans, [
    {
      ...common,
      name: 'parked',
      parentId: rootId,
      isError: true,
      attributes: { 'skald.state': 'parked', 'skald.step': 'lock', 'error.type': 'ETIMEDOUT' },
    },
    {
      ...common,
      name: 'resumed',
      parentId: rootId,
      isError: false,
      attributes: { 'skald.state': 'parked', 'skald.why': 'event' },
    },
    {
      ...common,
      name: 'saga m',
      spanId: rootId,
      parentId: '',
      isError: true,
      startMs: startedAt,
      endMs: startedAt + 1_500,
      attributes: { 'skald.saga_id': saga.sagaId, 'skald.machine': 'm', 'skald.outcome': 'failed' },
    },
  ])
  const [moment] = collector.spans
  t.equal(moment?.startMs, moment?.endMs)
  t.ok(Math.abs((moment?.startMs ?? 0) - clock.now()) <= 1, 'by the clock that orchestrators share')
  t.strictSame(dropped, [])
})
