import t from 'tap'
import { hashOf, newToken, parseTokenFile, textOfTokenFile, TokenFileError } from './token-file.ts'

const entry = {
  name: 'alice',
  roles: ['read' as const],
  sha256: hashOf('skald_x'),
  created_at: '2026-11-22T12:00:00Z',
}

t.test('a token has 256 random bits behind its prefix, and the file has its hash alone', (t) => {
  t.match(newToken(), /^skald_[A-Za-z0-9_-]{43}$/)
  t.not(newToken(), newToken())
  t.equal(hashOf('skald_x'), '1285ecdbfab9b52e21df1a0e65dd0c2f5dd674d63ef89d5ffecd53e08cc6dddc')
  t.end()
})

t.test('what is written is what is read', (t) => {
  const whole = { ...entry, expires_at: '2027-11-22T12:00:00Z', rate_limit: 5 }
  t.strictSame(parseTokenFile(textOfTokenFile([whole])), [whole])
  t.strictSame(parseTokenFile(textOfTokenFile([])), [])
  t.end()
})

const faults: Readonly<Record<string, [unknown, string]>> = {
  'no list': [{}, 'it must be {"tokens": [...]} and nothing more'],
  'a member of its own': [{ tokens: [], version: 1 }, 'version is not a member that is known'],
  'no token': [{ tokens: ['skald_x'] }, 'tokens/0 must be a token'],
  'no name': [{ tokens: [{ ...entry, name: undefined }] }, 'tokens/0 lacks name'],
  'a name with a blank': [
    { tokens: [{ ...entry, name: 'a b' }] },
    'tokens/0/name must be a name of at most 64 letters, digits and . _ @ -, the first a letter or digit',
  ],
  'a role that is none': [
    { tokens: [entry, { ...entry, name: 'b', roles: ['root'] }] },
    'tokens/1/roles/0 must be a list of one or more of start, read, operate, metrics, each once',
  ],
  'no role': [
    { tokens: [{ ...entry, roles: [] }] },
    'tokens/0/roles must be a list of one or more of start, read, operate, metrics, each once',
  ],
  'a token in the place of its hash': [
    { tokens: [{ ...entry, sha256: newToken() }] },
    'tokens/0/sha256 must be the SHA-256 of a token as 64 hexadecimal digits in lower case',
  ],
  'a slip in the name of an expiry': [
    { tokens: [{ ...entry, expire_at: '2026-01-31T12:00:00Z' }] },
    'tokens/0/expire_at is not a member that is known',
  ],
  'an expiry without its time': [
    { tokens: [{ ...entry, expires_at: '2026-01-31' }] },
    'tokens/0/expires_at must be an instant such as 2026-01-31T12:00:00Z',
  ],
  'an expiry in a leap second': [
    { tokens: [{ ...entry, expires_at: '2026-12-31T23:59:60Z' }] },
    'tokens/0/expires_at must be an instant such as 2026-01-31T12:00:00Z',
  ],
  'a limit of nothing': [
    { tokens: [{ ...entry, rate_limit: 0 }] },
    'tokens/0/rate_limit must be a whole number from 1 to 1000000',
  ],
  'a name twice': [
    { tokens: [entry, { ...entry, sha256: hashOf('y') }] },
    'tokens/1/name is that of another token as well',
  ],
  'a token twice': [
    { tokens: [entry, { ...entry, name: 'bob' }] },
    'tokens/1/sha256 is that of another token as well',
  ],
}

for (const [what, [file, message]] of Object.entries(faults))
  t.test(`${what} is told by its place, and by no value`, (t) => {
    t.throws(() => parseTokenFile(JSON.stringify(file)), new TokenFileError(message))
    t.end()
  })

t.test('what is no JSON is not quoted', (t) => {
  t.throws(() => parseTokenFile(`{"tokens": [${newToken()}`), new TokenFileError('it is not JSON'))
  t.end()
})
