// A file of tokens, and the tokens that fit it.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { hashOf, newToken, textOfTokenFile, type TokenEntry } from '../../orchestrator/access/token-file.ts'

type Wanted = Pick<TokenEntry, 'roles'> & Partial<Pick<TokenEntry, 'expires_at' | 'rate_limit'>>

export interface TokensFile<Name extends string> {
  readonly path: string
  /** By the names that were wanted. */
  readonly tokens: Readonly<Record<Name, string>>
  /** Takes one out of the file, which is replaced as `skald token` does it. */
  readonly revoke: (name: Name) => Promise<void>
  /** Whatever it is. */
  readonly write: (text: string) => Promise<void>
}

export async function tokensFile<Name extends string>(
  t: Pick<Test, 'teardown'>,
  wanted: Readonly<Record<Name, Wanted>>,
): Promise<TokensFile<Name>> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'tokens.json')
  const made = Object.entries<Wanted>(wanted).map(([name, entry]) => {
    const token = newToken()
    const created_at = new Date().toISOString()
    return { token, entry: { ...entry, name, sha256: hashOf(token), created_at } }
  })
  let entries: TokenEntry[] = made.map(({ entry }) => entry)
  const write = async (text: string) => {
    await writeFile(`${path}.new`, text)
    await rename(`${path}.new`, path)
  }
  await write(textOfTokenFile(entries))
  return {
    path,
    tokens: Object.fromEntries(made.map(({ token, entry }) => [entry.name, token])) as Record<Name, string>,
    revoke: async (name) => {
      entries = entries.filter((entry) => entry.name !== name)
      await write(textOfTokenFile(entries))
    },
    write,
  }
}
