/**
 * Sends the spans of traces to a collector of OpenTelemetry, in batches and in the background. Its libraries are loaded
 * here alone, where traces are wanted.
 *
 * A collector that is slow, gone or broken costs the process what a bounded queue holds, and nothing else: what does
 * not fit, or could not be sent in time, is dropped and counted.
 */
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { setTimeout as sleep } from 'node:timers/promises'

/** A span that has ended. */
export interface Span {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  readonly parent: { readonly spanId: string; readonly isRemote: boolean } | null
  /** The tracestate, as it was passed on. */
  readonly state: string | null
  readonly name: string
  readonly kind: 'internal' | 'client' | 'server'
  /** Milliseconds since the epoch, with a fraction, both. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  readonly isError: boolean
}

export interface SpansOptions {
  /** Base URL of the collector. */
  readonly endpoint: string
  /** As name=value, separated by commas, the values percent-encoded. */
  readonly headers: string | undefined
  readonly service: string
  /** Which process of them it is. */
  readonly instance: string
  /** `why` is undefined where there was no room for them. */
  readonly onDropped?: (spans: number, why?: Error) => void
}

export interface Spans {
  add(span: Span): void
  /** Sends what is left, if that does not take long. */
  close(): Promise<void>
}

const QUEUE_MAX = 4_096
/** To be made into bytes in one go. */
const BATCH_MAX = 256
const BATCH_DELAY_MS = 1_000
/** For one batch, the library's tries included: it may hold up the end of the process. */
const SEND_MS = 3_000
const CLOSE_MS = 1_000

/** Rejects if the endpoint is no URL. */
export async function openSpans({ endpoint, headers, onDropped, ...process }: SpansOptions): Promise<Spans> {
  const [
    { BatchSpanProcessor },
    { OTLPTraceExporter },
    { ExportResultCode, parseKeyPairsIntoRecord },
    toReadable,
  ] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/core'),
    converter(process),
  ])
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const sent = parseKeyPairsIntoRecord(headers)
  const exporter = new OTLPTraceExporter({ url, headers: sent, timeoutMillis: SEND_MS })
  let waiting = 0
  const processor = new BatchSpanProcessor({
    maxQueueSize: QUEUE_MAX,
    maxExportBatchSize: BATCH_MAX,
    scheduledDelayMillis: BATCH_DELAY_MS,
    exporter: {
      export(spans, done) {
        exporter.export(spans, (result) => {
          waiting -= spans.length
          if (result.code !== ExportResultCode.SUCCESS) onDropped?.(spans.length, result.error)
          done(result)
        })
      },
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown(),
    },
  })
  return {
    add(span) {
      if (waiting >= QUEUE_MAX) return onDropped?.(1)
      waiting += 1
      processor.onEnd(toReadable(span))
    },
    async close() {
      // A batch that could not be sent is counted already.
      const sent = processor.shutdown().catch(() => undefined)
      await Promise.race([sent, sleep(CLOSE_MS, undefined, { ref: false })])
    },
  }
}

/** To what the library sends. Made by hand, for its own tracer draws ids, and ours are known before and after a crash. */
async function converter({ service, instance }: Pick<SpansOptions, 'service' | 'instance'>) {
  const [
    { SpanKind, SpanStatusCode, TraceFlags },
    { millisToHrTime, TraceState },
    { resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
  ])
  const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER }
  const resource = resourceFromAttributes({
    'service.namespace': 'skald',
    'service.name': service,
    'service.instance.id': instance,
  })
  const nothing = {
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
  return ({ traceId, parent, state, startMs, endMs, isError, ...span }: Span): ReadableSpan => {
    const common = {
      traceId,
      traceFlags: TraceFlags.SAMPLED,
      ...(state !== null && { traceState: new TraceState(state) }),
    }
    return {
      ...nothing,
      name: span.name,
      kind: kinds[span.kind],
      spanContext: () => ({ ...common, spanId: span.spanId }),
      ...(parent !== null && { parentSpanContext: { ...common, ...parent } }),
      startTime: millisToHrTime(startMs),
      endTime: millisToHrTime(Math.max(startMs, endMs)),
      duration: millisToHrTime(Math.max(0, endMs - startMs)),
      status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
      attributes: span.attributes,
      ended: true,
      resource,
      instrumentationScope: { name: 'skald' },
    }
  }
}

/**
 * Moments of performance.now() in milliseconds since the epoch, with their fraction, by a clock of whole milliseconds:
 * two spans must not seem to overlap that did not. Where the clock is set, it follows.
 */
export class SpanClock {
  readonly #now: () => number
  #epochMs: number

  constructor(now: () => number) {
    this.#now = now
    this.#epochMs = now() - performance.now()
  }

  at(moment: number): number {
    const earliest = this.#now() - performance.now()
    this.#epochMs = Math.min(earliest + 1, Math.max(earliest, this.#epochMs))
    return moment + this.#epochMs
  }
}
