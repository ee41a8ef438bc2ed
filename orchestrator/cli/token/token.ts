// `skald token`: writes the file that orchestrators read. A token is printed once; in the file stands its hash.
import { Value } from 'typebox/value'
import {
  hashOf,
  newToken,
  parseTokenFile,
  textOfTokenFile,
  TokenEntrySchema,
  TokenFileError,
  type TokenEntry,
} from '../../access/token-file.ts'
import type { Role } from '../../../services/participant/access.ts'
import { EXIT } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { OperatorError } from '../operator-error.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { note, print, widthOf } from '../terminal/screen.ts'
import { tableOf, type Column } from '../terminal/table.ts'
import { clockOf } from '../terminal/times.ts'
import { changeFile, readIfThere } from './locked-file.ts'

/** As commander has them. */
export interface FileOptions {
  readonly file: string
}

export interface CreateOptions extends FileOptions {
  readonly role: readonly Role[]
  readonly expires?: string
  readonly rateLimit?: number
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Throws an OperatorError. */
export async function createToken(globals: Globals, name: string, options: CreateOptions): Promise<void> {
  const { file, role, expires, rateLimit } = options
  if (!Value.Check(TokenEntrySchema.properties.name, name))
    throw new OperatorError(
      `${JSON.stringify(name)} can be no name: one has at most 64 letters, digits and . _ @ -, and begins with a letter or digit.`,
    )
  const token = newToken()
  const now = Date.now()
  const entry: TokenEntry = {
    name,
    roles: [...new Set(role)],
    sha256: hashOf(token),
    created_at: new Date(now).toISOString(),
    ...(expires !== undefined && { expires_at: new Date(now + msOf(expires)).toISOString() }),
    ...(rateLimit !== undefined && { rate_limit: rateLimit }),
  }
  await change(file, (tokens) => {
    if (tokens.some((one) => one.name === name))
      throw new OperatorError(
        `There is a token ${name} already: give this one another name, such as ${name}-2, and revoke ${name} when nobody uses it any more.`,
      )
    return [...tokens, entry]
  })
  const { roles, expires_at } = entry
  if (globals.json) print(jsonOf({ name, token, roles, expires_at: expires_at ?? null }))
  else {
    print(token)
    note(`${name} may ${roles.join(', ')}, ${untilOf(entry)}. This is shown once: keep it where it is safe.`)
  }
}

/** Throws an OperatorError. */
export async function listTokens({ json }: Globals, { file }: FileOptions): Promise<void> {
  const tokens = parsed(file, await readIfThere(file))
  // Who reads the hash could know the token again, and has no use for it.
  if (json) return print(jsonOf({ tokens: tokens.map(({ sha256: _sha256, ...shown }) => shown) }))
  if (tokens.length === 0) return note(`There are no tokens in ${file}: skald token create makes one.`)
  print(...tableOf(tokens, COLUMNS, widthOf()))
}

/** Throws an OperatorError. */
export async function revokeToken(name: string, { file }: FileOptions): Promise<void> {
  await change(file, (tokens) => {
    const left = tokens.filter((one) => one.name !== name)
    if (left.length < tokens.length) return left
    const known = tokens.map((one) => one.name).join(', ')
    throw new NoSuchTokenError(`There is no token ${name} in ${file} (there are ${known || 'none'}).`)
  })
  note(`${name} is revoked: orchestrators that read ${file} let nobody in by it from the next second on.`)
}

class NoSuchTokenError extends OperatorError {
  readonly exitCode = EXIT.wrong
}

async function change(
  file: string,
  to: (tokens: readonly TokenEntry[]) => readonly TokenEntry[],
): Promise<void> {
  await changeFile(file, (text) => textOfTokenFile(to(parsed(file, text))))
}

function parsed(file: string, text: string | undefined): readonly TokenEntry[] {
  if (text === undefined) return []
  try {
    return parseTokenFile(text)
  } catch (error) {
    if (!(error instanceof TokenFileError)) throw error
    throw new OperatorError(`${file}: ${error.message}.`)
  }
}

function msOf(text: string): number {
  return Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]
}

const isOver = ({ expires_at: expiresAt }: TokenEntry) =>
  expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()

function untilOf({ expires_at: expiresAt }: TokenEntry): string {
  return expiresAt === undefined ? 'until it is revoked' : `until ${clockOf(expiresAt)}`
}

const COLUMNS: readonly Column<TokenEntry>[] = [
  { title: 'NAME', cell: ({ name }) => plain(name), min: 8 },
  { title: 'MAY', cell: ({ roles }) => roles.join(', '), min: 5 },
  { title: 'SINCE', cell: (token) => clockOf(token.created_at), rank: 2 },
  {
    title: 'UNTIL',
    cell: (token) => {
      const { expires_at: expiresAt } = token
      if (expiresAt === undefined) return 'no end'
      return `${clockOf(expiresAt)}${isOver(token) ? ' (over)' : ''}`
    },
    style: (token) => (isOver(token) ? 'red' : 'dim'),
    rank: 1,
  },
  {
    title: 'CALLS/S',
    cell: ({ rate_limit: limit }) => limit?.toLocaleString('en') ?? '',
    align: 'right',
    rank: 3,
  },
]
