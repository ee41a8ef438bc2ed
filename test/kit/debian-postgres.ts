// Debian's Postgres with its programs, of the version that it has: the oldest that Skald takes, and what people dump with.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import getPort from 'get-port'
import type { Test } from 'tap'
import { serverAccount } from '../../orchestrator/cli/up/postgres-binaries.ts'

const run = promisify(execFile)

const PLACE = '/usr/lib/postgresql'

/** The folder of its programs; undefined where it is not installed. */
export function debianPostgres(): string | undefined {
  const versions = existsSync(PLACE) ? readdirSync(PLACE) : []
  return versions
    .map((version) => join(PLACE, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')))
}

/** The address of its superuser. Ended, and its data removed, at the end of `t`. */
export async function startDebianPostgres(t: Pick<Test, 'teardown'>, bin: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-debian-'))
  await chmod(folder, 0o755)
  const data = join(folder, 'data')
  await mkdir(data)
  const account = serverAccount('')
  if (account) await chown(data, account.uid, account.gid)
  const as = { cwd: data, ...account }
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'], as)
  const port = await getPort({ host: '127.0.0.1' })
  const settings = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=`
  const control = (args: string[]) => run(join(bin, 'pg_ctl'), ['-D', data, '-w', ...args], as)
  t.teardown(async () => {
    await control(['stop', '-m', 'immediate']).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  })
  await control(['start', '-l', join(data, 'log'), '-o', settings])
  return `postgres://postgres@127.0.0.1:${port}/postgres`
}
