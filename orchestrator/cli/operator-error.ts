/** A mistake the operator can mend. Its message is one sentence that says what is wrong and what to do; the
 * CLI prints it without a stack and exits with 1. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
