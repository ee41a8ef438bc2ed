import t from 'tap'
import { withWhichToken } from './first-order.ts'

t.test('whoever is asked for a token is told how to have one made', (t) => {
  t.equal(withWhichToken({}), '')
  t.equal(
    withWhichToken({ ACCESS_TOKENS_FILE: "it's/tokens.json", ACCESS_JWKS_URL: 'https://issuer/keys' }),
    `, with a token of the role start in SKALD_TOKEN (skald token create NAME --role start --file 'it'\\''s/tokens.json')`,
  )
  t.equal(
    withWhichToken({ ACCESS_JWKS_URL: 'https://issuer/keys', ACCESS_JWT_ISSUER: 'https://issuer/' }),
    ', with a JWT of https://issuer/ that has the role start in SKALD_TOKEN',
  )
  t.end()
})
