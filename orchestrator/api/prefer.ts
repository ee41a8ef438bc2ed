/**
 * The `Prefer` header (RFC 7240): how long the caller is willing to wait. Pure. By hand, for the one parser on
 * npm has stood still for years, and two preferences need no more than two expressions.
 */

const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:[,;]|$)/i
const WAIT = /(?:^|,)\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:[,;]|$)/i

/**
 * Seconds to wait, at most `maxSeconds`; 0 for `respond-async` alone. A preference that can't be read is ignored, as
 * the RFC asks.
 */
export function waitSecondsOf(
  header: string | string[] | undefined,
  defaultSeconds: number,
  maxSeconds = defaultSeconds,
): number {
  const preferences = Array.isArray(header) ? header.join(',') : (header ?? '')
  const wait = WAIT.exec(preferences)?.[1]
  // Both together: answer 202 if it is not over by then (RFC 7240, 4.3).
  if (wait !== undefined) return Math.min(Number(wait), maxSeconds)
  return RESPOND_ASYNC.test(preferences) ? 0 : defaultSeconds
}
