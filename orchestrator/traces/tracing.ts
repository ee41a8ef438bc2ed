/**
 * Traces of sagas, for a collector of OpenTelemetry: the saga as a whole, written when it ends by whoever drives it then;
 * below it each attempt of a step, and the moments at which it parked or came back, written when they happen.
 *
 * Off unless a collector is set. It keeps nothing: a process that dies loses the spans it had not sent, and no saga. The
 * ids of a saga's spans follow from its row, so what several orchestrators send is one trace.
 */
import { randomBytes } from 'node:crypto'
import type { Clock, Observer, SagaIdentity } from '../engine/ports.ts'
import type { OrchestratorConfig } from '../config.ts'
import { openSpans, SpanClock, type Span, type Spans } from '../../services/participant/spans.ts'
import type { AttemptReport } from '../steps/traced-call.ts'
import { samplerOf, traceOf, type Sampler } from './saga-trace.ts'

export interface TracingOptions {
  readonly config: Pick<
    OrchestratorConfig,
    | 'OTEL_EXPORTER_OTLP_ENDPOINT'
    | 'OTEL_EXPORTER_OTLP_HEADERS'
    | 'OTEL_TRACES_SAMPLER_ARG'
    | 'ORCHESTRATOR_ID'
  >
  readonly clock: Pick<Clock, 'now'>
  /** `why` is undefined where more came than could be sent. */
  readonly onDropped: (spans: number, why?: Error) => void
}

/** undefined where no collector is set. */
export async function openTracing({
  config,
  clock,
  onDropped,
}: TracingOptions): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = config
  if (endpoint === undefined) return undefined
  const instance = config.ORCHESTRATOR_ID
  const spans = await openSpans({ endpoint, headers, service: 'orchestrator', instance, onDropped })
  return new Tracing(spans, samplerOf(Number(config.OTEL_TRACES_SAMPLER_ARG ?? '1')), clock)
}

type Told = Pick<Span, 'name' | 'attributes' | 'isError'>

export class Tracing {
  readonly isSampled: Sampler
  readonly observer: Partial<Observer> = {
    ended: ({ status, state, startedAt, endedAt, ...saga }) => {
      const { traceId, rootId, parentId, state: tracestate, isSampled } = traceOf(saga, this.isSampled)
      if (!isSampled) return
      this.#spans.add({
        traceId,
        spanId: rootId,
        parent: parentId === null ? null : { spanId: parentId, isRemote: true },
        state: tracestate,
        name: `saga ${saga.machine}`,
        kind: 'internal',
        startMs: startedAt,
        endMs: endedAt,
        attributes: { ...attributesOf(saga), 'skald.outcome': status, 'skald.state': state },
        isError: status === 'failed',
      })
    },
    parked: ({ state, step, code, ...saga }) =>
      this.#moment(saga, {
        name: 'parked',
        attributes: {
          'skald.state': state,
          ...(step !== null && { 'skald.step': step }),
          ...(code !== null && { 'error.type': code }),
        },
        isError: true,
      }),
    resumed: ({ state, why, ...saga }) =>
      this.#moment(saga, {
        name: 'resumed',
        attributes: { 'skald.state': state, 'skald.why': why },
        isError: false,
      }),
  }
  readonly #spans: Spans
  readonly #clock: SpanClock

  constructor(spans: Spans, isSampled: Sampler, clock: Pick<Clock, 'now'>) {
    this.#spans = spans
    this.isSampled = isSampled
    this.#clock = new SpanClock(() => clock.now())
  }

  readonly onAttempt = (attempt: AttemptReport): void => {
    const { saga, trace, spanId, step, undo, participant, outcome, status, code } = attempt
    this.#spans.add({
      traceId: trace.traceId,
      spanId,
      parent: { spanId: trace.rootId, isRemote: false },
      state: trace.state,
      name: undo ? `undo ${step}` : step,
      kind: 'client',
      startMs: this.#clock.at(attempt.startedAt),
      endMs: this.#clock.at(attempt.endedAt),
      attributes: {
        ...attributesOf(saga),
        'skald.step': step,
        'skald.direction': undo ? 'undoing' : 'doing',
        'skald.attempt': attempt.number,
        'skald.participant': participant,
        'skald.outcome': outcome,
        'http.request.method': attempt.method,
        ...(status !== null && { 'http.response.status_code': status }),
        ...(code !== null && { 'error.type': code }),
      },
      isError: outcome !== 'done',
    })
  }

  /** Sends what is left, if that does not take long. */
  async close(): Promise<void> {
    await this.#spans.close()
  }

  /** A span of no length, and no event of the root: that one is written at the end, and people ask before. */
  #moment(saga: SagaIdentity, { name, attributes, isError }: Told): void {
    const { traceId, rootId, state, isSampled } = traceOf(saga, this.isSampled)
    if (!isSampled) return
    const now = this.#clock.at(performance.now())
    this.#spans.add({
      traceId,
      spanId: randomBytes(8).toString('hex'),
      parent: { spanId: rootId, isRemote: false },
      state,
      name,
      kind: 'internal',
      startMs: now,
      endMs: now,
      attributes: { ...attributesOf(saga), ...attributes },
      isError,
    })
  }
}

/** Codes and names of closed sets: neither input nor messages, which may hold what must not leave. */
const attributesOf = ({ sagaId, machine, version }: SagaIdentity) => ({
  'skald.saga_id': sagaId,
  'skald.machine': machine,
  'skald.version': version,
})
