/** What is kept of the trace that a start call belongs to, in the saga's row. */
import type { IncomingHttpHeaders } from 'node:http'
import { traceContextOf } from '../../services/participant/traceparent.ts'

/** `traceparent`, or `traceparent;tracestate`; null for a call without one, or with one that is malformed. */
export function callersTrace(headers: IncomingHttpHeaders): string | null {
  const context = traceContextOf(headers)
  if (context === undefined) return null
  const { traceId, spanId, flags, state } = context
  const traceparent = `00-${traceId}-${spanId}-${flags}`
  return state === null ? traceparent : `${traceparent};${state}`
}
