/** Who is let in, as the settings have it: by tokens of a file, by JWTs of an issuer, or by both. */
import type { FastifyBaseLogger } from 'fastify'
import type { OrchestratorConfig } from '../config.ts'
import { onTroubleOf } from '../observers.ts'
import { unauthenticated, type Authenticate, type RefusalReason } from './identity.ts'
import { JwtIssuer } from './jwt-issuer.ts'
import { TOKEN_PREFIX } from './token-file.ts'
import { TokenStore } from './token-store.ts'

/** Told of what has to do with access; the metrics listen. */
export interface AccessObserver {
  refused(why: RefusalReason): void
  /** Whether the file of tokens can't be used, so that those that were read before hold. */
  fileIsStale(isStale: boolean): void
}

export interface Access {
  readonly authenticate: Authenticate
  /** Of a caller without a name: calls a second from one address. */
  readonly rateLimit: number
  close(): void
}

export interface AccessOptions {
  readonly config: OrchestratorConfig
  readonly log: FastifyBaseLogger
  readonly observer: Pick<AccessObserver, 'fileIsStale'>
}

/** Undefined where nobody is asked who they are. Throws a ConfigError if the tokens can't be had. */
export async function openAccess({ config, log, observer }: AccessOptions): Promise<Access | undefined> {
  const { ACCESS_TOKENS_FILE: path, RATE_LIMIT: rateLimit } = config
  const onStale = (isStale: boolean) => observer.fileIsStale(isStale)
  const tokens = path === undefined ? undefined : await TokenStore.open({ path, rateLimit, log, onStale })
  const issuer = issuerOf(config, log)
  if (tokens === undefined && issuer === undefined) return undefined
  return {
    async authenticate(token) {
      if (token === undefined) return noToken
      if (issuer !== undefined && !token.startsWith(TOKEN_PREFIX)) return await issuer.authenticate(token)
      return tokens?.authenticate(token) ?? noTokens
    },
    rateLimit,
    close: () => tokens?.close(),
  }
}

const noToken = unauthenticated(
  'no_token',
  'This call needs a token: send it as Authorization: Bearer, or sign in at /inspector.',
)
const noTokens = unauthenticated('unknown_token', 'Here JWTs are taken alone: ask their issuer for one.')

function issuerOf(config: OrchestratorConfig, log: FastifyBaseLogger): JwtIssuer | undefined {
  const { ACCESS_JWKS_URL: jwksUrl, ACCESS_JWT_ISSUER: issuer, ACCESS_JWT_AUDIENCE: audience } = config
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return undefined
  return new JwtIssuer({
    jwksUrl,
    issuer,
    audience,
    rolesClaim: config.ACCESS_JWT_ROLES,
    rateLimit: config.RATE_LIMIT,
    onTrouble: onTroubleOf(log, 'the keys of the issuer of JWTs can not be had; tried again'),
  })
}
