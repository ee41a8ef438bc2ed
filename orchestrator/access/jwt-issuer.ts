/** JWTs of one issuer, checked against the keys that it publishes. */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose'
import { ROLES } from '../../services/participant/access.ts'
import { problem } from '../../services/participant/problem.ts'
import { unauthenticated, type Identity, type Refusal } from './identity.ts'

/** Signatures by a key of the issuer's own: with a shared secret, whoever checks a token could make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
const CLOCK_TOLERANCE_SECONDS = 30
/** It is told as the actor of what an operator does. Calls without a name are counted under one with a blank at its front. */
const NAME = /^[^\p{C}\p{Z}][^\p{C}]{0,99}$/u

export interface JwtIssuerOptions {
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
  /** The claim that holds the roles; dots lead inwards. */
  readonly rolesClaim: string
  readonly rateLimit: number
  /** The keys can not be had. */
  readonly onTrouble: (error: unknown) => void
}

type Keys = ReturnType<typeof createRemoteJWKSet>

export class JwtIssuer {
  readonly #options: JwtIssuerOptions
  readonly #keys: Keys
  readonly #checks: JWTVerifyOptions

  constructor(options: JwtIssuerOptions) {
    this.#options = options
    // It keeps them, and for a key that it does not know asks again at most twice a minute.
    this.#keys = createRemoteJWKSet(new URL(options.jwksUrl))
    this.#checks = {
      issuer: options.issuer,
      audience: options.audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub'],
    }
  }

  async authenticate(token: string): Promise<Identity | Refusal> {
    try {
      const payload = await this.#verified(token)
      // jose looks that it is there, and not what it is: of a list each call would be counted anew.
      const sub: unknown = payload.sub
      if (typeof sub !== 'string' || !NAME.test(sub))
        return unauthenticated('bad_jwt', 'The `sub` of this JWT is not a name.')
      const { rolesClaim, rateLimit } = this.#options
      return { name: sub, roles: rolesIn(payload, rolesClaim), rateLimit }
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        return unauthenticated('expired_token', 'This JWT has expired; ask for a new one.')
      if (!isIssuersFault(error)) return unauthenticated('bad_jwt', `This JWT does not hold: ${told(error)}.`)
      this.#options.onTrouble(error)
      const detail = 'The keys of the issuer of this JWT can not be had at the moment; try again.'
      return { ...problem(503, 'emetteur_injoignable', detail), why: 'issuer_away' }
    }
  }

  async #verified(token: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, this.#keys, this.#checks)).payload
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      return await this.#verifiedByAny(token, error)
    }
  }

  /** It names no key, and the issuer has several of its kind. */
  async #verifiedByAny(token: string, keys: errors.JWKSMultipleMatchingKeys): Promise<JWTPayload> {
    for await (const key of keys) {
      try {
        return (await jwtVerify(token, key, this.#checks)).payload
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** No answer, none in time, or one that is no set of keys: of the token itself nothing is known. */
function isIssuersFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true
  return ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code)
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Those of them that are ours. */
function rolesIn(payload: JWTPayload, claim: string): Identity['roles'] {
  // Some issuers name their claims by a URL, which has dots.
  const value = payload[claim] ?? claim.split('.').reduce(memberOf, payload as unknown)
  const words: unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : []
  return ROLES.filter((role) => words.includes(role))
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Object.entries(value).find(([own]) => own === name)?.[1]
}
