import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import type { Test } from 'tap'
import { startPostgresDaemon, stopPostgresDaemon } from './embedded-postgres.ts'
import { deleteCluster } from './postgres-data.ts'

/** Elsewhere it cannot be told whose number it is. */
const onLinux = { skip: process.platform !== 'linux' }
const isRoot = process.getuid?.() === 0

async function folderNamed(t: Test, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `skald-${name}`))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

/** Starts Postgres in `home`; the lines it logs are returned with its URL. */
async function start(t: Test, home: string) {
  const lines: string[] = []
  const log = (line: string) => void lines.push(line)
  const { url } = await startPostgresDaemon({ home, log })
  t.teardown(() => stopPostgresDaemon({ home, log }))
  return { url, lines }
}

async function ask(url: string, question: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return Object.values((await client.query(question)).rows[0])[0]
  } finally {
    await client.end()
  }
}

t.test(
  'it runs in a path with spaces and letters beyond ASCII, as UTF-8, and data stays between starts',
  async (t) => {
    const home = join(await folderNamed(t, 'à côté '), 'étage 2')
    const first = await start(t, home)
    t.equal(await ask(first.url, "select lower('ÀÉ')"), 'àé')
    t.equal(await ask(first.url, 'show server_encoding'), 'UTF8')
    t.equal(await ask(first.url, 'show fsync'), 'on')
    await ask(first.url, 'create table kept as select 42 as answer; select 1').catch(() => undefined)
    const second = await start(t, home)
    t.equal(await ask(second.url, 'select answer from kept'), 42)
    t.match(second.lines, [/^ending a Postgres left over from an earlier run \(pid \d+\)$/])
  },
)

t.test('it lets in nobody without the password, which only its owner can read', async (t) => {
  const home = join(await folderNamed(t, 'locked-'), 'home')
  const { url } = await start(t, home)
  await t.rejects(ask(Object.assign(new URL(url), { password: 'guess' }).href, 'select 1'), { code: '28P01' })
  t.equal((await stat(join(home, 'postgres-password'))).mode & 0o777, 0o600)
})

t.test(
  'it starts after kill -9, and when its pid file names a process that is no Postgres',
  onLinux,
  async (t) => {
    const home = join(await folderNamed(t, 'killed-'), 'home')
    await start(t, home)
    const pidFile = join(home, 'postgres', 'postmaster.pid')
    const written = await readFile(pidFile, 'utf8')
    process.kill(Number.parseInt(written, 10), 'SIGKILL')
    // Numbers of dead processes are given out again; this one is ours.
    await writeFile(pidFile, written.replace(/^\d+/, String(process.pid)))
    const { url, lines } = await start(t, home)
    t.equal(await ask(url, 'select 1'), 1)
    t.same(lines, [])
  },
)

t.test('as root, data that its user could not reach lies elsewhere', { skip: !isRoot }, async (t) => {
  const folder = await folderNamed(t, 'closed-')
  await chmod(folder, 0o700)
  const home = join(folder, 'home')
  const { url, lines } = await start(t, home)
  t.equal(await ask(url, 'select 1'), 1)
  const data = await realpath(join(home, 'postgres'))
  t.match(data, /^\/var\/lib\/skald\/home-.*\/postgres$/)
  t.same(lines, [`the data of Postgres lies in ${data}: its user cannot reach ${home}`])
  await stopPostgresDaemon({ home, log: () => undefined })
  await deleteCluster(home)
  t.notOk(existsSync(dirname(data)), 'deleting it leaves nothing there')
})
