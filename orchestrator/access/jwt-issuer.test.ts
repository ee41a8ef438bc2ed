import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import t, { type Test } from 'tap'
import { AUDIENCE, openIssuer, type Issuer } from '../../test/kit/issuer.ts'
import { JwtIssuer } from './jwt-issuer.ts'

function checkerOf(issuer: Issuer, rolesClaim = 'roles') {
  const troubles: unknown[] = []
  const checker = new JwtIssuer({
    jwksUrl: issuer.jwksUrl,
    issuer: issuer.url,
    audience: AUDIENCE,
    rolesClaim,
    rateLimit: 100,
    onTrouble: (error) => troubles.push(error),
  })
  return { checker, troubles }
}

const seconds = (fromNow: number) => Math.floor(Date.now() / 1_000) + fromNow

t.test('who comes with a JWT of the issuer is known by its sub and its roles', async (t) => {
  const issuer = await openIssuer(t, ['ES256', 'RS256', 'EdDSA'])
  const { checker } = checkerOf(issuer)
  for (const alg of ['ES256', 'RS256', 'EdDSA']) {
    const token = await issuer.issue({ roles: ['read', 'operate', 'root'] }, { alg })
    t.strictSame(
      await checker.authenticate(token),
      { name: 'alice', roles: ['read', 'operate'], rateLimit: 100 },
      alg,
    )
  }
  t.match(await checker.authenticate(await issuer.issue({ aud: ['shop', AUDIENCE] })), { roles: [] })
  t.equal(issuer.asked, 1, 'its keys are kept')
})

const where: readonly [claim: string, payload: object, roles: string[]][] = [
  ['roles', { roles: 'start  read' }, ['start', 'read']],
  ['scope', { scope: 'openid read' }, ['read']],
  ['realm_access.roles', { realm_access: { roles: ['metrics'] } }, ['metrics']],
  ['https://skald.example/roles', { 'https://skald.example/roles': ['start'] }, ['start']],
  ['realm_access.roles', { realm_access: 'roles' }, []],
  ['constructor.name', {}, []],
  ['roles', { roles: 7 }, []],
  ['roles', { roles: { read: true } }, []],
]

t.test('its roles are where the setting says', async (t) => {
  const issuer = await openIssuer(t)
  for (const [claim, payload, roles] of where) {
    const known = await checkerOf(issuer, claim).checker.authenticate(await issuer.issue({ ...payload }))
    t.strictSame('roles' in known && known.roles, roles, `${claim} of ${JSON.stringify(payload)}`)
  }
})

async function refused(t: Test, checker: JwtIssuer, token: string, what: string) {
  const known = await checker.authenticate(token)
  t.match(known, { status: 401, code: 'non_authentifie', detail: String }, what)
  return 'why' in known ? known : undefined
}

t.test('a JWT that is old, for somebody else or of somebody else is refused', async (t) => {
  const issuer = await openIssuer(t)
  const { checker, troubles } = checkerOf(issuer)
  const claims = [
    { iss: 'https://evil.example' },
    { aud: 'shop' },
    { exp: undefined },
    { sub: undefined },
    { sub: '' },
    { sub: 'a\nb' },
    { sub: ' 127.0.0.1' },
    { sub: 7 },
    { sub: ['alice'] },
    { sub: 'a'.repeat(101) },
    { nbf: seconds(300) },
  ]
  for (const claim of claims)
    await refused(t, checker, await issuer.issue(claim), `${Object.keys(claim)[0]} is wrong`)
  const late = await refused(t, checker, await issuer.issue({ exp: seconds(-60) }), 'a minute late')
  t.match(late, { why: 'expired_token', detail: 'This JWT has expired; ask for a new one.' })
  t.match(await checker.authenticate(await issuer.issue({ exp: seconds(-10) })), { name: 'alice' })
  t.strictSame(troubles, [])
})

t.test('a JWT that another key has signed, or none, is refused', async (t) => {
  const issuer = await openIssuer(t)
  const { checker, troubles } = checkerOf(issuer)
  const token = await issuer.issue({ roles: ['read'] })
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = { iss: issuer.url, aud: AUDIENCE, sub: 'alice', exp: seconds(300) }
  const other = await generateKeyPair('ES256')
  const forged = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: 'key 0' })
    .sign(other.privateKey)
  const shared = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: 'key 0' })
    .sign(Buffer.from('the public key, or what else everybody has'))
  const more = Buffer.from(JSON.stringify({ ...claims, roles: ['operate'] })).toString('base64url')
  const tokens = {
    'another key': forged,
    'a shared secret': shared,
    'no key': new UnsecuredJWT(claims).encode(),
    'another payload': [header, more, signature].join('.'),
    'no signature': `${header}.${payload}.`,
    'no JWT': 'x',
    nothing: '',
  }
  for (const [what, one] of Object.entries(tokens)) await refused(t, checker, one, what)
  t.strictSame(troubles, [])
})

t.test('whoever makes up names of keys does not make us ask the issuer again and again', async (t) => {
  const issuer = await openIssuer(t)
  const { checker } = checkerOf(issuer)
  for (let n = 0; n < 5; n++)
    await refused(t, checker, await issuer.issue({}, { kid: `unknown ${n}` }), 'an unknown key')
  t.equal(issuer.asked, 1)
})

t.test('a JWT that names no key is tried with all that the issuer has of its kind', async (t) => {
  const issuer = await openIssuer(t, ['ES256', 'ES256'])
  const { checker } = checkerOf(issuer)
  t.match(await checker.authenticate(await issuer.issue({}, { kid: null })), { name: 'alice' })
})

t.test('while the issuer is away nobody is told that their JWT does not hold', async (t) => {
  const issuer = await openIssuer(t)
  const { checker, troubles } = checkerOf(issuer)
  const token = await issuer.issue()
  for (const away of [500, 200, 302]) {
    issuer.away = away
    t.match(await checker.authenticate(token), {
      status: 503,
      code: 'emetteur_injoignable',
      why: 'issuer_away',
    })
  }
  t.equal(troubles.length, 3)
  await refused(t, checker, 'x', 'what is no JWT needs no key')
  issuer.away = undefined
  t.match(await checker.authenticate(token), { name: 'alice' })
})
