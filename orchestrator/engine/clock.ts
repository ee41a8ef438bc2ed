/** The clock of a real process. */
import type { Clock } from './ports.ts'

/** Node fires a longer timeout at once (2^31 - 1 ms, 24.8 days). */
const LONGEST_MS = 2_147_483_647

interface Timeout {
  handle: NodeJS.Timeout
}

export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  setTimeout(fn, delayMs) {
    const timeout = {} as Timeout
    const arm = (leftMs: number) => {
      timeout.handle =
        leftMs > LONGEST_MS ? setTimeout(arm, LONGEST_MS, leftMs - LONGEST_MS) : setTimeout(fn, leftMs)
    }
    arm(delayMs)
    return timeout
  },
  clearTimeout(timeout) {
    if (timeout !== undefined) clearTimeout((timeout as Timeout).handle)
  },
  setImmediate: (fn) => void setImmediate(fn),
}
