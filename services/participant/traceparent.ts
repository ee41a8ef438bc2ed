/** W3C trace context: what a request says of the trace that it belongs to (https://www.w3.org/TR/trace-context). Pure. */
import type { IncomingHttpHeaders } from 'node:http'

export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits: the span of whoever calls. */
  readonly spanId: string
  /** Two hex digits, of which only the flags are left that are known here. */
  readonly flags: string
  /** What other vendors want to be passed on; null without any. */
  readonly state: string | null
}

const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const SAMPLED = 0x01
/** That the trace id was drawn at random: of level 2, and true for as long as the trace id is the same. */
const RANDOM = 0x02

/** undefined without a traceparent, and for one that is malformed, which counts as none. */
export function traceContextOf(headers: IncomingHttpHeaders): TraceContext | undefined {
  const { traceparent, tracestate } = headers
  const [, version, traceId, spanId, flags, more] =
    (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)) || []
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined)
    return undefined
  // What later versions append is theirs; of version 00 it is a fault.
  if (version === '00' && more !== undefined) return undefined
  const known = Number.parseInt(flags, 16) & (SAMPLED | RANDOM)
  return { traceId, spanId, flags: `0${known}`, state: stateOf(tracestate) }
}

export function isSampled({ flags }: Pick<TraceContext, 'flags'>): boolean {
  return (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED
}

/** What lines of a log about a request name it by; undefined members are left out of them. */
export function correlationOf(headers: IncomingHttpHeaders) {
  return { saga_id: headers['x-correlation-id'], trace_id: traceContextOf(headers)?.traceId }
}

const MEMBER =
  /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/
const MEMBERS_MAX = 32
const STATE_LENGTH_MAX = 512
/** Of a state that is too long these go first. */
const LONG_MEMBER = 128

/** Null for one that is malformed; the traceparent beside it holds. */
function stateOf(tracestate: unknown): string | null {
  if (typeof tracestate !== 'string') return null
  // A regular expression for blanks at the end would begin anew at each one of a long row within.
  const members = tracestate
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
  if (members.length > MEMBERS_MAX || !members.every((member) => MEMBER.test(member))) return null
  const isTooLong = members.join().length > STATE_LENGTH_MAX
  const kept = isTooLong ? members.filter(({ length }) => length <= LONG_MEMBER) : members
  while (kept.join().length > STATE_LENGTH_MAX) kept.pop()
  return kept.length === 0 ? null : kept.join()
}
