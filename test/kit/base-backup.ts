// A base backup of a running Postgres, by what the server itself offers for it: pg_backup_start, a copy of its files,
// pg_backup_stop, and the WAL behind it. That is what pg_basebackup does, which the embedded Postgres does not bring.
import { execFile } from 'node:child_process'
import { appendFile, chown, cp, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Test } from 'tap'
import { startPostgresDaemon } from '../../orchestrator/cli/up/embedded-postgres.ts'
import { ask, type OwnPostgres } from './own-postgres.ts'
import { freshHome } from './skald-command.ts'
import { until } from './until.ts'

export interface BaseBackup {
  /** A Postgres of its own, of what there was when the backup ended; gone at the end of `t`. */
  restore(t: Pick<Test, 'teardown'>): Promise<OwnPostgres>
}

/** `meanwhile` runs while the files are copied. */
export async function baseBackup(
  t: Pick<Test, 'teardown'>,
  { url, home }: OwnPostgres,
  meanwhile: () => Promise<void>,
): Promise<BaseBackup> {
  const kept = await freshHome(t)
  await mkdir(kept)
  const [data, copy] = [join(home, 'postgres'), join(kept, 'postgres')]
  const server = new pg.Client({ connectionString: url })
  await server.connect()
  try {
    await server.query(`select pg_backup_start('test', fast => true)`)
    await Promise.all([copyLive(data, copy), meanwhile()])
    const stop = 'select labelfile, spcmapfile from pg_backup_stop(wait_for_archive => false)'
    const { rows } = await server.query<{ labelfile: string }>(stop)
    await rm(join(copy, 'postmaster.pid'))
    await rm(join(copy, 'pg_wal'), { recursive: true })
    await copyLive(join(data, 'pg_wal'), join(copy, 'pg_wal'))
    await writeLabel(copy, rows[0]?.labelfile ?? '')
  } finally {
    await server.end()
  }
  await cp(join(home, 'postgres-password'), join(kept, 'postgres-password'))
  return { restore: (t) => restored(t, kept) }
}

async function restored(t: Pick<Test, 'teardown'>, kept: string): Promise<OwnPostgres> {
  const home = await freshHome(t)
  await promisify(execFile)('cp', ['-a', kept, home])
  const data = join(home, 'postgres')
  // Asked for by name, so that it begins a timeline of its own; there is no WAL but that of the backup.
  await writeFile(join(data, 'recovery.signal'), '')
  await appendFile(join(data, 'postgresql.auto.conf'), `restore_command = 'false'\n`)
  const { url } = await startPostgresDaemon({ home, log: () => undefined })
  await until('the backup is recovered', async () => {
    const [row] = await ask(url, 'select pg_is_in_recovery() as recovers').catch(() => [])
    return row?.['recovers'] === false
  })
  return { url, home }
}

/** With their owner, who may not be the one who runs this. Files that go away meanwhile are none of a backup. */
async function copyLive(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]).catch((error: unknown) => {
    const lines = String(Object(error).stderr).trim().split('\n')
    if (!lines.every((line) => line.includes('No such file'))) throw error
  })
}

/** Without it Postgres would begin where its last checkpoint was, which the copied files may be behind. */
async function writeLabel(copy: string, text: string): Promise<void> {
  const file = join(copy, 'backup_label')
  await writeFile(file, text)
  const { uid, gid } = await stat(copy)
  await chown(file, uid, gid)
}
