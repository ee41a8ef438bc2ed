import { pino } from 'pino'
import t, { type Test } from 'tap'
import { AUDIENCE, openIssuer } from '../../test/kit/issuer.ts'
import { tokensFile } from '../../test/kit/tokens.ts'
import { readOrchestratorConfig, type Environment } from '../config.ts'
import { openAccess } from './access.ts'

const wired = {
  DATABASE_URL: 'postgres://skald@db/skald',
  CARTS_URL: 'http://carts',
  STOCKS_URL: 'http://stocks',
  PRODUITS_URL: 'http://produits',
}

async function opened(t: Test, env: Environment) {
  const access = await openAccess({
    config: readOrchestratorConfig({ ...wired, ...env }, { ORCHESTRATOR_ID: 'test' }),
    log: pino({ level: 'silent' }),
    observer: { fileIsStale: () => undefined },
  })
  t.teardown(() => access?.close())
  return access
}

t.test('tokens, JWTs or both are taken, as the settings have it', async (t) => {
  const { path, tokens } = await tokensFile(t, { alice: { roles: ['read'] } })
  const issuer = await openIssuer(t)
  const file = { ACCESS_TOKENS_FILE: path, RATE_LIMIT: '7' }
  const jwts = {
    ACCESS_JWKS_URL: issuer.jwksUrl,
    ACCESS_JWT_ISSUER: issuer.url,
    ACCESS_JWT_AUDIENCE: AUDIENCE,
    ACCESS_JWT_ROLES: 'scope',
  }
  const jwt = await issuer.issue({ sub: 'bob', scope: 'start' })

  t.equal(await opened(t, {}), undefined)
  const both = await opened(t, { ...file, ...jwts })
  t.match(await both?.authenticate(tokens.alice), { name: 'alice', roles: ['read'], rateLimit: 7 })
  t.match(await both?.authenticate(jwt), { name: 'bob', roles: ['start'], rateLimit: 7 })
  t.match(await both?.authenticate(undefined), { status: 401, why: 'no_token' })

  const byFile = await opened(t, file)
  t.match(await byFile?.authenticate(tokens.alice), { name: 'alice' })
  t.match(await byFile?.authenticate(jwt), { status: 401, why: 'unknown_token' })

  const byIssuer = await opened(t, jwts)
  t.match(await byIssuer?.authenticate(jwt), { name: 'bob' })
  t.match(await byIssuer?.authenticate(tokens.alice), {
    status: 401,
    detail: 'Here JWTs are taken alone: ask their issuer for one.',
  })
})
