import { rename, rm, writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { tokensFile } from '../../test/kit/tokens.ts'
import { until } from '../../test/kit/until.ts'
import { hashOf, newToken, textOfTokenFile } from './token-file.ts'
import { TokenStore } from './token-store.ts'

interface Line {
  readonly file: string
  readonly fault?: string
  readonly tokens?: readonly string[]
}

async function opened(t: Test, path: string) {
  const stale: boolean[] = []
  const lines: Line[] = []
  const note = (line: Line) => void lines.push(line)
  const store = await TokenStore.open({
    path,
    rateLimit: 100,
    log: { info: note, error: note },
    onStale: (isStale) => stale.push(isStale),
    lookEveryMs: 5,
  })
  t.teardown(() => store.close())
  return { store, stale, lines }
}

t.test('who has a token is known by its name, its roles and its limit', async (t) => {
  const { path, tokens } = await tokensFile(t, {
    alice: { roles: ['read', 'operate'] },
    till: { roles: ['start'], rate_limit: 5, expires_at: '2999-01-01T00:00:00Z' },
  })
  const { store } = await opened(t, path)
  t.strictSame(store.authenticate(tokens.alice), {
    name: 'alice',
    roles: ['read', 'operate'],
    rateLimit: 100,
  })
  t.match(store.authenticate(tokens.till), { name: 'till', rateLimit: 5 })
})

t.test('a token that is not there, or not any more, is refused', async (t) => {
  const { path, tokens } = await tokensFile(t, {
    alice: { roles: ['read'] },
    old: { roles: ['read'], expires_at: '2026-01-31T12:00:00Z' },
  })
  const { store } = await opened(t, path)
  const unknown = { status: 401, code: 'non_authentifie', why: 'unknown_token' }
  for (const token of ['', 'skald_', newToken(), `${tokens.alice} `, hashOf(tokens.alice)])
    t.match(store.authenticate(token), unknown, token)
  t.match(store.authenticate(tokens.old), {
    status: 401,
    why: 'expired_token',
    detail: 'This token expired at 2026-01-31T12:00:00.000Z; ask for a new one.',
  })
})

t.test('a token is given and taken while the process runs', async (t) => {
  const { path, tokens, revoke } = await tokensFile(t, {
    alice: { roles: ['read'] },
    bob: { roles: ['read'] },
  })
  const { store, lines } = await opened(t, path)
  await revoke('alice')
  await until('alice is out', async () => 'why' in store.authenticate(tokens.alice))
  t.match(store.authenticate(tokens.bob), { name: 'bob' })

  const token = newToken()
  const carol = { name: 'carol', roles: ['read' as const], sha256: hashOf(token) }
  // In the file itself, not in another that takes its name: editors do either.
  await writeFile(path, textOfTokenFile([{ ...carol, created_at: '2026-11-22T12:00:00Z' }]))
  await until('carol is in', async () => 'name' in store.authenticate(token))
  t.match(store.authenticate(tokens.bob), { why: 'unknown_token' })
  t.strictSame(lines.at(-1), { file: path, tokens: ['carol'] })
})

t.test('while the file can not be used those that were read before hold, and it is told once', async (t) => {
  const { path, tokens, write } = await tokensFile(t, { alice: { roles: ['read'] } })
  const { store, stale, lines } = await opened(t, path)
  await write('{"tokens": [')
  await until('it is broken', async () => stale.at(-1) === true)
  t.match(store.authenticate(tokens.alice), { name: 'alice' })

  await rm(path)
  await until('it is gone', async () => lines.length === 2)
  t.match(store.authenticate(tokens.alice), { name: 'alice' })
  t.strictSame(lines, [
    { file: path, fault: 'it is not JSON' },
    { file: path, fault: 'that file can not be read (ENOENT)' },
  ])

  await writeFile(`${path}.new`, textOfTokenFile([]))
  await rename(`${path}.new`, path)
  await until('it can be used again', async () => stale.at(-1) === false)
  t.match(store.authenticate(tokens.alice), { why: 'unknown_token' })
})

t.test('a file that can not be used keeps the process from starting', async (t) => {
  const { path, write } = await tokensFile(t, {})
  await write('{"tokens": [{"name": "alice"}]}')
  const refused = (message: RegExp) => t.rejects(opened(t, path), { name: 'ConfigError', message })
  await refused(
    /^ACCESS_TOKENS_FILE is ".*tokens\.json": tokens\/0 lacks roles, sha256, created_at\. `skald token/,
  )
  await rm(path)
  await refused(/: that file can not be read \(ENOENT\)\. `skald token create` makes such a file\.$/)
})
