import { OperatorError } from './operator-error.ts'

/** Plays the scenarios against the running system, one line each. */
export function demo(): Promise<void> {
  throw new OperatorError('The demo is not written yet.')
}
