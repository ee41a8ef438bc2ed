/** A mistake the operator can mend. Its message is one sentence that says what is wrong and what to do; the
 * CLI prints it without a stack. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
}

/** Whether its message is all that an operator needs. */
export function isForOperators(error: unknown): error is Error {
  // By name: the settings, and the checks they are made of, take longer to load than most commands to run.
  return error instanceof OperatorError || (error instanceof Error && error.name === 'ConfigError')
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
