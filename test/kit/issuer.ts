// An issuer of JWTs: keys of its own, published as a set on a real socket.
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Test } from 'tap'
import { listening } from './listening.ts'

export const AUDIENCE = 'skald'

type Claims = Readonly<Record<string, unknown>>
/** Without the name of its key, if that is null. */
type Header = Readonly<{ alg?: string; kid?: string | null }>

export interface Issuer {
  /** Its name, and where it is. */
  readonly url: string
  readonly jwksUrl: string
  /** How often it was asked for its keys. */
  readonly asked: number
  /** What it answers, if not its keys. */
  away: number | undefined
  /** A JWT that holds, but for what is said otherwise; undefined takes a claim out. */
  readonly issue: (claims?: Claims, header?: Header) => Promise<string>
}

/** Ends with `t`. Has a key for each of the algorithms, and signs with the last of its kind. */
export async function openIssuer(
  t: Pick<Test, 'teardown'>,
  algorithms: readonly string[] = ['ES256'],
): Promise<Issuer> {
  const pairs = await Promise.all(
    algorithms.map(async (alg) => ({ alg, ...(await generateKeyPair(alg, { extractable: true })) })),
  )
  const keys = await Promise.all(
    pairs.map(async ({ publicKey }, n) => ({ ...(await exportJWK(publicKey)), kid: `key ${n}` })),
  )
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.writeHead(issuer.away ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(issuer.away === undefined ? { keys } : {}))
  })
  const url = await listening(t, server)
  const issuer: Issuer = {
    url,
    jwksUrl: `${url}/keys`,
    get asked() {
      return asked
    },
    away: undefined,
    async issue(claims = {}, header = {}) {
      const pair = pairs.findLast(({ alg }) => alg === (header.alg ?? algorithms[0]))
      if (pair === undefined) throw new Error(`no key for ${header.alg}`)
      const exp = Math.floor(Date.now() / 1_000) + 300
      const { kid = `key ${pairs.indexOf(pair)}` } = header
      return await new SignJWT({ iss: url, aud: AUDIENCE, sub: 'alice', exp, ...claims })
        .setProtectedHeader({ alg: pair.alg, ...(kid !== null && { kid }) })
        .sign(pair.privateKey)
    },
  }
  return issuer
}
