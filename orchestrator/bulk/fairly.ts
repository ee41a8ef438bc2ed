/** Judges many sagas without keeping all else that the process does waiting. It keeps nothing that could be lost. */
import { setImmediate as turnOfEventLoop } from 'node:timers/promises'
import type { Versions } from '../engine/versions.ts'
import type { Redaction } from '../redact/redaction.ts'
import type { Candidate, Judgement } from '../store/bulk-page.ts'
import type { Judge } from '../store/bulk-store.ts'
import { judge } from './judge.ts'

/** Each is tried out on its chart, which takes about as long as a small commit. */
const JUDGED_AT_ONCE = 10

/** What is said of a saga is kept with the bulk, so nothing out of sight may be in it. */
export function fairly(versions: Versions, redaction: Redaction): Judge {
  const shown = (judgement: Judgement, saga: Candidate): Judgement =>
    judgement.kind === 'refused'
      ? { ...judgement, why: redaction.aboutSaga(saga).text(judgement.why) }
      : judgement
  let judged = 0
  return async (order, saga) => {
    judged += 1
    if (judged % JUDGED_AT_ONCE === 0) await turnOfEventLoop()
    try {
      return shown(judge(versions, order, saga), saga)
    } catch (error) {
      // One that can't even be looked at must not keep the bulk from all others.
      return shown({ kind: 'refused', why: `it can not be looked at: ${String(error)}` }, saga)
    }
  }
}
