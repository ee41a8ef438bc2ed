// Asks before what cannot be undone.
import { createInterface } from 'node:readline/promises'
import { OperatorError } from '../operator-error.ts'

/**
 * True if the operator says yes, or has said so by `--yes`. Throws an OperatorError where nobody can be asked: a script
 * must say that it means it.
 */
export async function confirmed(question: string, isSure: boolean): Promise<boolean> {
  if (isSure) return true
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new OperatorError(`${question} Nobody is at a terminal to be asked: add --yes if you mean it.`)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C and the end of the input are a no.
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), closed])
    return /^\s*y(es)?\s*$/i.test(answer)
  } finally {
    lines.close()
  }
}
