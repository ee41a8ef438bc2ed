// `skald token`, as an operator types it: real processes on a real file.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Test } from 'tap'
import { hashOf, parseTokenFile } from '../../orchestrator/access/token-file.ts'
import { plainNode, surroundings } from '../crash/node-process.ts'

const command = join(import.meta.dirname, '../../orchestrator/cli/skald.js')

async function skald(t: Test, file: string, ...args: string[]) {
  const env = surroundings({ ACCESS_TOKENS_FILE: file })
  const child = spawn('env', plainNode(command, ['token', ...args]), {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill())
  const ended = once(child, 'close')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code: child.exitCode, out, err }
}

const fileOf = (t: Test) => join(t.testdir({}), 'tokens.json')
const entriesIn = (file: string) => parseTokenFile(readFileSync(file, 'utf8'))

t.test('a token is printed once and alone, and its hash is what the file has', async (t) => {
  const file = fileOf(t)
  const made = await skald(
    t,
    file,
    'create',
    'alice',
    '--role',
    'read',
    '--role',
    'operate',
    '--expires',
    '90d',
  )
  t.match(made, { code: 0, out: /^skald_[\w-]{43}\n$/, err: /^alice may read, operate, until 2/ })
  const [entry] = entriesIn(file)
  t.match(entry, { name: 'alice', roles: ['read', 'operate'], sha256: hashOf(made.out.trim()) })
  const { created_at: createdAt = '', expires_at: expiresAt = '' } = entry ?? {}
  t.equal(Date.parse(expiresAt) - Date.parse(createdAt), 90 * 86_400_000)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.notMatch(readFileSync(file, 'utf8'), made.out.trim())

  const listed = await skald(t, file, 'ls', '--json')
  t.strictSame(Object.keys(JSON.parse(listed.out).tokens[0]), ['name', 'roles', 'created_at', 'expires_at'])
})

t.test('a name is given once, and what is wrong is told in a sentence', async (t) => {
  const file = fileOf(t)
  await skald(t, file, 'create', 'shop', '--role', 'start')
  const before = readFileSync(file, 'utf8')
  const refusals = await Promise.all([
    skald(t, file, 'create', 'shop', '--role', 'read'),
    skald(t, file, 'create', 'a b', '--role', 'read'),
    skald(t, file, 'create', 'x', '--role', 'admin'),
    skald(t, file, 'create', 'x', '--role', 'read', '--expires', '90 days'),
    skald(t, file, 'revoke', 'nobody'),
  ])
  t.match(refusals, [
    {
      code: 2,
      err: /^There is a token shop already: give this one another name, such as shop-2, and revoke/,
    },
    { code: 2, err: /^"a b" can be no name: one has at most 64 letters/ },
    { code: 2, err: /A role is one of start, read, operate, metrics\./ },
    { code: 2, err: /It must be a whole number .* such as 90m, 36h or 30d\./ },
    { code: 1, err: /^There is no token nobody in .* \(there are shop\)\.$/m },
  ])
  t.equal(readFileSync(file, 'utf8'), before)

  writeFileSync(file, '{"tokens": [{"name": "shop"}]}')
  t.match(await skald(t, file, 'ls'), { code: 2, err: /tokens\/0 lacks roles, sha256, created_at\.$/m })
})

t.test('which file it is about has to be said', async (t) => {
  t.match(await skald(t, '', 'ls'), { code: 2, out: '', err: /by --file, or by ACCESS_TOKENS_FILE\n/ })
})

t.test('of two who change the file at once, and of a lock that a dead one left, none is lost', async (t) => {
  const file = fileOf(t)
  writeFileSync(`${file}.lock`, '')
  utimesSync(`${file}.lock`, 0, 0)
  const names = ['a', 'b', 'c']
  const made = await Promise.all(names.map((name) => skald(t, file, 'create', name, '--role', 'read')))
  t.strictSame(
    made.map(({ code }) => code),
    [0, 0, 0],
  )
  t.strictSame(
    entriesIn(file)
      .map(({ name }) => name)
      .sort(),
    names,
  )
  await skald(t, file, 'revoke', 'b')
  t.strictSame(
    entriesIn(file)
      .map(({ name }) => name)
      .sort(),
    ['a', 'c'],
  )
  t.throws(() => statSync(`${file}.lock`), { code: 'ENOENT' })
})

t.test('nothing is changed while another one has the lock', async (t) => {
  const file = fileOf(t)
  const soon = Date.now() / 1_000 + 3_600
  writeFileSync(`${file}.lock`, '')
  utimesSync(`${file}.lock`, soon, soon)
  const refused = await skald(t, file, 'create', 'a', '--role', 'read')
  t.match(refused, { code: 2, out: '', err: /^Somebody else changes the tokens: try again, or remove / })
  t.throws(() => statSync(file), { code: 'ENOENT' })
  t.ok(statSync(`${file}.lock`))
})

t.test('a change keeps who may read the file, and what a link to it names', async (t) => {
  const file = fileOf(t)
  await skald(t, file, 'create', 'a', '--role', 'read')
  chmodSync(file, 0o640)
  const link = `${file}-link`
  symlinkSync(file, link)
  t.equal((await skald(t, link, 'create', 'b', '--role', 'read')).code, 0)
  t.ok(lstatSync(link).isSymbolicLink())
  t.equal(entriesIn(file).length, 2)
  t.equal(statSync(file).mode & 0o777, 0o640)
})
