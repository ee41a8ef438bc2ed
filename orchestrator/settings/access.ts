/** Who may do what, and what nobody sees. */
import Type from 'typebox'
import { isLoopback } from '../../services/participant/loopback.ts'
import { httpUrl, secret, wholeNumber } from './kinds.ts'

/** As a Content-Security-Policy has it, and nothing that could add to one. */
const ORIGIN = 'https?://[A-Za-z0-9.-]+(:([0-9]{1,5}|\\*))?'

export const access = {
  ACCESS_TOKENS_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'The file of the tokens that may call the API, each with its roles; `skald token` writes it, and it is read again when it changes.',
      allowed: 'the path of a file',
    }),
  ),
  ACCESS_JWKS_URL: Type.Optional(
    Type.String({ ...httpUrl, description: 'Where the issuer of JWTs publishes its keys (JWKS).' }),
  ),
  ACCESS_JWT_ISSUER: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'What `iss` of a JWT must be.',
      allowed: 'the name of the issuer',
    }),
  ),
  ACCESS_JWT_AUDIENCE: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'What `aud` of a JWT must have.',
      allowed: 'a name for this Skald',
    }),
  ),
  ACCESS_JWT_ROLES: Type.String({
    minLength: 1,
    default: 'roles',
    description:
      'The claim of a JWT that holds its roles: a list, or words with blanks between them; dots lead inwards.',
    allowed: 'the name of a claim',
  }),
  SERVICE_TOKEN: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._~+/=-]{16,512}(,[A-Za-z0-9._~+/=-]{16,512})*$',
      description:
        'What participants ask of who calls them, and orchestrators send: the first of several, separated by commas, while it is being changed.',
      allowed: '16 to 512 letters, digits and . _ ~ + / = -, several separated by commas',
      ...secret,
    }),
  ),
  RATE_LIMIT: wholeNumber(
    1,
    1_000_000,
    1000,
    'Calls a second that one token may make at one orchestrator; beyond that it is answered 429.',
  ),
  REDACT: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_$-]{1,64}(,[A-Za-z0-9_$-]{1,64})*$',
      description:
        'Members of contexts, inputs, outputs and events that never leave the server, by their names, separated by commas; `[redacted]` stands in their place.',
      allowed: 'names of members, separated by commas',
    }),
  ),
  INSPECTOR_ATTACH_ORIGINS: Type.String({
    pattern: `^${ORIGIN}(,${ORIGIN})*$`,
    default: 'http://localhost:*,http://127.0.0.1:*',
    description:
      'Pages that may show the inspector of attached machines in a frame, by their origins, separated by commas; `*` is any port.',
    allowed: 'http:// or https:// origins, separated by commas, such as https://shop.example',
  }),
}

/** Those of them that have to fit each other, as a program that asks who calls reads them. */
export interface AccessTogether {
  readonly HOST?: string
  readonly ACCESS_TOKENS_FILE?: string
  readonly ACCESS_JWKS_URL?: string
  readonly ACCESS_JWT_ISSUER?: string
  readonly ACCESS_JWT_AUDIENCE?: string
  /** Has a default: a program without it does not ask who calls. */
  readonly ACCESS_JWT_ROLES?: string
}

export function accessFaults(settings: AccessTogether): string[] {
  const { HOST, ACCESS_TOKENS_FILE, ACCESS_JWKS_URL, ACCESS_JWT_ROLES } = settings
  if (ACCESS_JWT_ROLES === undefined) return []
  const isOpen = ACCESS_TOKENS_FILE === undefined && ACCESS_JWKS_URL === undefined
  const isExposed = isOpen && HOST !== undefined && !isLoopback(HOST)
  return [...(isExposed ? [exposed(HOST)] : []), ...halfAnIssuer(settings)]
}

function exposed(host: string): string {
  const open = 'where others can call, and nothing says who may'
  const way = 'set ACCESS_TOKENS_FILE (`skald token create` makes the file) or ACCESS_JWKS_URL'
  return `HOST is ${JSON.stringify(host)}, ${open}: ${way}, or leave HOST at localhost.`
}

/** A JWT of any issuer, or for anybody else, must not do. */
function halfAnIssuer(settings: AccessTogether): string[] {
  const names = ['ACCESS_JWKS_URL', 'ACCESS_JWT_ISSUER', 'ACCESS_JWT_AUDIENCE'] as const
  const given = names.filter((name) => settings[name] !== undefined)
  if (given.length === 0 || given.length === names.length) return []
  const missing = names.filter((name) => settings[name] === undefined)
  return missing.map((name) => `${name} is not set: it belongs to ${given.join(' and ')}.`)
}
