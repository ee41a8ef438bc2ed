// What nobody may read in a log or a metric: made anew for each run, and looked for when it is over.
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROLES } from '../../services/participant/access.ts'
import { tokensFile } from '../kit/tokens.ts'
import type { Scope } from './scope.ts'

/** The name of the token that all callers have. */
export const CALLER = 'chaos'

export interface Secrets {
  readonly token: string
  readonly service: string
  readonly metrics: string
  /** Where orchestrators find the hash of the token. */
  readonly tokensFile: string
}

const secret = () => randomBytes(24).toString('base64url')

export async function makeSecrets(scope: Scope): Promise<Secrets> {
  const { path, tokens } = await tokensFile(scope, { [CALLER]: { roles: [...ROLES] } })
  return { token: tokens[CALLER], service: secret(), metrics: secret(), tokensFile: path }
}

/** Which of them stand in a text, by their names. */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => (text.includes(secret) ? [name] : []))
}

/** One line for each log that tells one. */
export async function toldInLogs(
  folder: string,
  secrets: Readonly<Record<string, string>>,
): Promise<string[]> {
  const complaints: string[] = []
  for (const file of await readdir(folder)) {
    const told = secretsIn(await readFile(join(folder, file), 'utf8'), secrets)
    complaints.push(...told.map((name) => `${file} tells the secret ${name}`))
  }
  return complaints
}
