/**
 * The file of the tokens that may call: who has one, what for, and until when. Of a token itself it has the hash alone,
 * so that whoever reads the file, or a backup of it, can call nothing. `skald token` writes it, orchestrators read it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { ROLES } from '../../services/participant/access.ts'

/** By which it is told from a JWT, and found by those who look for secrets in what was published. */
export const TOKEN_PREFIX = 'skald_'
const TOKEN_BYTES = 32

const RATE_MAX = 1_000_000

const strict = { additionalProperties: false }
/** As a Date's toISOString has it, or with another zone. RFC 3339 has leap seconds, and no Date knows one. */
const Instant = Type.String({ format: 'date-time', pattern: ':[0-5][0-9]:[0-5][0-9]' })

export const TokenEntrySchema = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$' }),
    roles: Type.Array(Type.Enum([...ROLES]), { minItems: 1, maxItems: ROLES.length, uniqueItems: true }),
    /** Of the token, in hexadecimal. It has 256 random bits: what makes a hash slow would add nothing. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    created_at: Instant,
    expires_at: Type.Optional(Instant),
    /** Calls a second at one orchestrator, instead of RATE_LIMIT. */
    rate_limit: Type.Optional(Type.Integer({ minimum: 1, maximum: RATE_MAX })),
  },
  strict,
)

// A member that is not known is refused: an expiry with a slip in its name would be none.
const TokenFileSchema = Type.Object({ tokens: Type.Array(TokenEntrySchema) }, strict)

export type TokenEntry = Readonly<Static<typeof TokenEntrySchema>>

/** The file can't be used. The message says where in it and why, and completes "<file>: …". */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError'
}

export function newToken(): string {
  return `${TOKEN_PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Throws a TokenFileError. */
export function parseTokenFile(text: string): readonly TokenEntry[] {
  const file = parsed(text)
  if (!Value.Check(TokenFileSchema, file)) throw new TokenFileError(faultIn(file))
  const { tokens } = file
  for (const member of ['name', 'sha256'] as const) {
    const values = tokens.map((token) => token[member])
    const again = values.findIndex((value, index) => values.indexOf(value) < index)
    if (again >= 0) throw new TokenFileError(`tokens/${again}/${member} is that of another token as well`)
  }
  return tokens
}

export function textOfTokenFile(tokens: readonly TokenEntry[]): string {
  return `${JSON.stringify({ tokens }, null, 2)}\n`
}

/** What JSON.parse says quotes the text, and what is told here ends up in a log. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new TokenFileError('it is not JSON')
  }
}

/** What each member must be, by the end of its path. */
const FORMS: Readonly<Record<string, string>> = {
  tokens: 'a list of tokens',
  name: 'a name of at most 64 letters, digits and . _ @ -, the first a letter or digit',
  roles: `a list of one or more of ${ROLES.join(', ')}, each once`,
  sha256: 'the SHA-256 of a token as 64 hexadecimal digits in lower case',
  created_at: 'an instant such as 2026-01-31T12:00:00Z',
  expires_at: 'an instant such as 2026-01-31T12:00:00Z',
  rate_limit: `a whole number from 1 to ${RATE_MAX}`,
}

/** The first one. No value is told: a token that was written in the place of its hash would be in the log. */
function faultIn(file: unknown): string {
  const [first] = Value.Errors(TokenFileSchema, file)
  if (first === undefined || first.instancePath === '') return `it must be {"tokens": [...]} and nothing more`
  const path = first.instancePath.slice(1)
  if (first.keyword === 'boolean') return `${path} is not a member that is known`
  if (first.keyword === 'required') return `${path} lacks ${first.params.requiredProperties.join(', ')}`
  const isEntry = /^tokens\/\d+$/.test(path)
  const form = FORMS[path.replace(/\/\d+$/, '').replace(/.*\//, '')]
  return `${path} must be ${isEntry ? 'a token' : (form ?? 'of another form')}`
}
