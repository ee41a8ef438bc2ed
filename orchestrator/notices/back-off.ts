/** How long a notice waits to be told again. Pure. */
const FIRST_MS = 1_000
/** So long a receiver that is back waits for what it has missed, at most. */
const LATEST_MS = 300_000
/** One that says no is asked less often. */
const REFUSED_LATEST_MS = 3_600_000

interface Circumstances {
  readonly kind: 'refused' | 'failed'
  /** From 0 up to, not including, 1: those that failed together do not all come again together. */
  readonly random: number
}

/** `tries`: how often it had been told in vain before. */
export function delayMsAfter(tries: number, { kind, random }: Circumstances): number {
  const latestMs = kind === 'refused' ? REFUSED_LATEST_MS : LATEST_MS
  const wholeMs = Math.min(latestMs, FIRST_MS * 2 ** Math.min(tries, 30))
  return wholeMs * (0.5 + 0.5 * random)
}
