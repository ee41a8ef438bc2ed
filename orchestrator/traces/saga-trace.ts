/**
 * The trace that a saga is. Pure: it follows from the saga's row alone, so every orchestrator, before and after any
 * crash, goes on with the same one.
 */
import type { SagaIdentity } from '../engine/ports.ts'

type Traced = Pick<SagaIdentity, 'sagaId' | 'trace'>

export interface SagaTrace {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits: of the span that is the saga as a whole. */
  readonly rootId: string
  /** Of the span of the caller that began the trace; null where the saga begins it. */
  readonly parentId: string | null
  readonly flags: string
  /** Passed on as the caller gave it. */
  readonly state: string | null
  readonly isSampled: boolean
}

/** Whether a trace is recorded that no caller has decided about. */
export type Sampler = (traceId: string) => boolean

/** Where nothing is recorded here, those who are called may still do so. */
const everyTrace: Sampler = () => true

/** Without a caller's: a saga's id is a uuid, which has just the bits of a trace id. */
export function traceIdOf({ sagaId, trace }: Traced): string {
  return trace === null ? sagaId.replaceAll('-', '') : trace.slice(TRACE_ID, SPAN_ID - 1)
}

export function traceOf(saga: Traced, isSampled: Sampler = everyTrace): SagaTrace {
  const { sagaId, trace } = saga
  const traceId = traceIdOf(saga)
  // Not all zeros, which would be no span: the variant of a uuid lies here.
  const rootId = sagaId.replaceAll('-', '').slice(16)
  if (trace === null) {
    const sampled = isSampled(traceId)
    return { traceId, rootId, parentId: null, flags: sampled ? '01' : '00', state: null, isSampled: sampled }
  }
  const flags = trace.slice(FLAGS, LENGTH)
  const state = trace.length > LENGTH ? trace.slice(LENGTH + 1) : null
  const sampled = (Number.parseInt(flags, 16) & 1) === 1
  return { traceId, rootId, parentId: trace.slice(SPAN_ID, FLAGS - 1), flags, state, isSampled: sampled }
}

/** What a call sends along that is made in this span. */
export function traceHeaders(
  { traceId, flags, state }: SagaTrace,
  spanId: string,
): { traceparent: string; tracestate?: string } {
  const traceparent = `00-${traceId}-${spanId}-${flags}`
  return state === null ? { traceparent } : { traceparent, tracestate: state }
}

/** Where the parts of a traceparent begin: they have fixed widths. */
const TRACE_ID = 3
const SPAN_ID = 36
const FLAGS = 53
const LENGTH = 55

/** Hex digits of the end. Those before them count up, in the ids of sagas that begin within one millisecond. */
const RANDOM_DIGITS = 10

/** Records this share of all traces, and decides alike wherever it is asked, for it goes by the id alone. */
export function samplerOf(share: number): Sampler {
  const bound = share * 16 ** RANDOM_DIGITS
  return (traceId) => Number.parseInt(traceId.slice(-RANDOM_DIGITS), 16) < bound
}
