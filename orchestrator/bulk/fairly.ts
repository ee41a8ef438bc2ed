/** Judges many sagas without keeping all else that the process does waiting. It keeps nothing that could be lost. */
import { setImmediate as turnOfEventLoop } from 'node:timers/promises'
import type { Versions } from '../engine/versions.ts'
import type { Judge } from '../store/bulk-store.ts'
import { judge } from './judge.ts'

/** Each is tried out on its chart, which takes about as long as a small commit. */
const JUDGED_AT_ONCE = 10

export function fairly(versions: Versions): Judge {
  let judged = 0
  return async (order, saga) => {
    judged += 1
    if (judged % JUDGED_AT_ONCE === 0) await turnOfEventLoop()
    try {
      return judge(versions, order, saga)
    } catch (error) {
      // One that can't even be looked at must not keep the bulk from all others.
      return { kind: 'refused', why: `it can not be looked at: ${String(error)}` }
    }
  }
}
