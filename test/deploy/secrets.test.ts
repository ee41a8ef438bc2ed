// What the service `secrets` of compose.yaml makes, and never makes twice.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { makeSecrets } from '../../deploy/secrets/make.ts'
import { ROLES } from '../../migrations/roles.ts'
import { hashOf, parseTokenFile } from '../../orchestrator/access/token-file.ts'
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import { filesIn } from './dockerfile.ts'

const run = promisify(execFile)
const main = fileURLToPath(new URL('../../deploy/secrets/main.ts', import.meta.url))

async function freshFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-secrets-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

/** The text of each file. */
async function all(folder: string): Promise<Record<string, string>> {
  const files = (await filesIn(folder)).toSorted((a, b) => a.localeCompare(b))
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return Object.fromEntries(files.map((file, index) => [file, texts[index] ?? '']))
}

t.test('secrets are random, of another deployment are others, and none is used for two things', async (t) => {
  const [one, other] = [await freshFolder(t), await freshFolder(t)]
  await Promise.all([makeSecrets(one), makeSecrets(other)])
  const values = Object.values({ ...prefixed('one', await all(one)), ...prefixed('other', await all(other)) })
  t.equal(values.length, 18)
  t.equal(new Set(values).size, values.length)
  for (const value of values) t.match(value, /^[\w-]{43,}$/)
})

const prefixed = (name: string, files: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(files)
      .filter(([file]) => file.startsWith('master/'))
      .map(([file, text]) => [`${name}/${file}`, text]),
  )

t.test('a second run changes nothing, nor do two at once', async (t) => {
  const folder = await freshFolder(t)
  const made = await Promise.all([makeSecrets(folder), makeSecrets(folder)])
  t.ok(made.flat().length >= 9)
  const first = await all(folder)
  t.strictSame(await makeSecrets(folder), [])
  t.strictSame(await all(folder), first)
  t.equal(first['carts/service_token'], first['orchestrator/service_token'], 'both have the same of the two')
})

t.test('what a run that was killed left is gone on with', async (t) => {
  const folder = await freshFolder(t)
  await makeSecrets(folder)
  const whole = await all(folder)
  for (const lost of ['carts/database_url', 'orchestrator/service_token', 'orchestrator/tokens.json'])
    await rm(join(folder, lost))
  await makeSecrets(folder)
  const { 'orchestrator/tokens.json': tokens, ...files } = await all(folder)
  const { 'orchestrator/tokens.json': _before, ...wanted } = whole
  t.strictSame(files, wanted)
  t.match(parseTokenFile(tokens ?? ''), [
    { roles: ['metrics'], sha256: hashOf(whole['master/orchestrator_metrics_token'] ?? '') },
  ])
})

t.test('a secret that is removed is made anew, for all who read it, and tokens of people stay', async (t) => {
  const folder = await freshFolder(t)
  await makeSecrets(folder)
  const before = await all(folder)
  const alice = { name: 'alice', roles: ['read'], sha256: 'a'.repeat(64), created_at: '2026-01-01T00:00:00Z' }
  const file = join(folder, 'orchestrator/tokens.json')
  const { tokens } = JSON.parse(await readFile(file, 'utf8')) as { tokens: object[] }
  await writeFile(file, JSON.stringify({ tokens: [...tokens, alice] }))
  await rm(join(folder, 'master/service_token'))
  await rm(join(folder, 'master/orchestrator_metrics_token'))
  t.strictSame(await makeSecrets(folder), ['service_token', 'orchestrator_metrics_token'])
  const after = await all(folder)
  t.not(after['carts/service_token'], before['carts/service_token'])
  t.equal(after['carts/service_token'], after['orchestrator/service_token'])
  const token = after['prometheus/orchestrator_metrics_token'] ?? ''
  t.match(parseTokenFile(after['orchestrator/tokens.json'] ?? ''), [
    { name: 'prometheus', sha256: hashOf(token) },
    { name: 'alice' },
  ])
})

t.test('an empty secret is refused, not used', async (t) => {
  const folder = await freshFolder(t)
  await makeSecrets(folder)
  await writeFile(join(folder, 'master/postgres_password'), '\n')
  await t.rejects(makeSecrets(folder), { message: /postgres_password is empty: remove it/ })
})

t.test('each service has its own login and no other', async (t) => {
  const folder = await freshFolder(t)
  await makeSecrets(folder)
  const files = await all(folder)
  for (const [name, role] of Object.entries(ROLES)) {
    const url = new URL(files[`${name}/database_url`] ?? '')
    t.strictSame([url.username, url.password], [role, files[`migrate/roles/${role}`]])
    const passwords = Object.values(ROLES).map((other) => files[`master/${other}`] ?? '')
    const own = Object.entries(files).filter(([file]) => file.startsWith(`${name}/`))
    const seen = passwords.filter((password) => own.some(([, text]) => text.includes(password)))
    t.strictSame(seen, [files[`master/${role}`]])
  }
  const settings = { CARTS_URL: 'http://c', STOCKS_URL: 'http://s', PRODUITS_URL: 'http://p' }
  const secrets = {
    DATABASE_URL_FILE: join(folder, 'orchestrator/database_url'),
    SERVICE_TOKEN_FILE: join(folder, 'orchestrator/service_token'),
  }
  const config = readOrchestratorConfig({ ...settings, ...secrets }, { ORCHESTRATOR_ID: 'test' })
  t.equal(config.SERVICE_TOKEN, files['master/service_token'])
  for (const file of Object.keys(files)) {
    const { mode } = await stat(join(folder, file))
    const isOwn = file.startsWith('master/') || file.endsWith('tokens.json')
    t.equal(mode & 0o777, isOwn ? 0o600 : 0o444, file)
  }
})

t.test('a token for a person is all that is printed on stdout', async (t) => {
  const folder = await freshFolder(t)
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    ACCESS_TOKENS_FILE: join(folder, 'orchestrator/tokens.json'),
  }
  const words = ['token', 'create', 'alice', '--role', 'read']
  const { stdout, stderr } = await run(process.execPath, [main, folder, ...words], { env })
  t.match(stdout, /^skald_[\w-]{43}\n$/)
  const { 'orchestrator/tokens.json': tokens = '', ...files } = await all(folder)
  t.match(parseTokenFile(tokens), [{ name: 'prometheus' }, { name: 'alice', sha256: hashOf(stdout.trim()) }])
  for (const text of Object.values(files)) t.notOk(stderr.includes(text))
  const again = run(process.execPath, [main, folder, ...words], { env })
  await t.rejects(again, { message: /There is a token alice already/ })
  await t.rejects(run(process.execPath, [main, folder, 'up'], { env }), { code: 2 })
})
