/**
 * Secrets that a file holds, as container platforms hand them over: where `NAME_FILE` is set, the text of that file is
 * NAME. Read once, at the edge of a process.
 */
import { readFileSync } from 'node:fs'

type Env = Readonly<Record<string, string | undefined>>

/** The environment with them, and a sentence for each that can't be had. An empty variable counts as not set. */
export function withSecretFiles(env: Env, names: readonly string[]): { env: Env; faults: string[] } {
  const read: Record<string, string> = {}
  const faults: string[] = []
  for (const name of names) {
    const file = env[`${name}_FILE`]
    if (!file) continue
    if (env[name]) faults.push(`${name} and ${name}_FILE are both set: unset one of them.`)
    else {
      const text = textOf(file)
      if (typeof text === 'string') read[name] = text
      else faults.push(`${name}_FILE is ${JSON.stringify(file)}: ${text.fault}.`)
    }
  }
  return { env: { ...env, ...read }, faults }
}

/** Without the end of its last line, which editors and \`echo\` write. */
function textOf(file: string): string | { fault: string } {
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    return text === '' ? { fault: 'that file is empty' } : text
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { fault: `that file can not be read (${code})` }
  }
}
