// The process edge of the command line: runs what was typed, and turns what became of it into an exit code.
import { CommanderError } from 'commander'
import { EXIT } from './exit-codes.ts'
import { isForOperators, OperatorError } from './operator-error.ts'
import { buildProgram } from './program.ts'

// Whoever read our output, `head` say, has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.ok)
})

try {
  await buildProgram().parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  // Commander has said it all already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.trouble
  console.error(isForOperators(error) ? error.message : error)
  const hasOwn = error instanceof OperatorError && 'exitCode' in error
  return hasOwn ? Number(error.exitCode) : EXIT.trouble
}
