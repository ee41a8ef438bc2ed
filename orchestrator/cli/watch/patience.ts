// Asks again while nobody answers: an orchestrator that restarts, or a network that is away for a while.
import { setTimeout as sleep } from 'node:timers/promises'
import { NoAnswerError, ProblemError } from '../client/api-errors.ts'
import { note, paint } from '../terminal/screen.ts'

const EVERY_MS = 1_000

/**
 * The answer, however long it takes; it tells once that it waits, and once that it is over. Throws what asking again
 * would not mend.
 */
export async function patiently<Body>(ask: () => Promise<Body>): Promise<Body> {
  let isAway = false
  for (;;) {
    try {
      const body = await ask()
      if (isAway) note(paint('green', 'It answers again.', process.stderr))
      return body
    } catch (error) {
      if (!passes(error)) throw error
      if (!isAway) note(paint('yellow', `${error.message} Asking again …`, process.stderr))
      isAway = true
      await sleep(EVERY_MS)
    }
  }
}

/** The connection broke, or the API said that it can not answer now. */
function passes(error: unknown): error is Error {
  if (error instanceof NoAnswerError) return error.code !== undefined
  return error instanceof ProblemError && (error.problem.status >= 500 || error.problem.status === 429)
}
