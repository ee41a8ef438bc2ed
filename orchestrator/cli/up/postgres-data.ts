// The data folder of the embedded Postgres: `<home>/postgres`, or what a link of that name points to where the
// account that runs Postgres cannot reach the home. The folder gets its name only when initdb is through, so dying
// at any line leaves either no data or whole data; the password is on disk before there is data that needs it.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  rmdir,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf, OperatorError } from '../operator-error.ts'
import { canEnter, locateBinaries, serverAccount, SHARED_PLACE } from './postgres-binaries.ts'
import type { Account, PostgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)

export interface Cluster {
  /** The real path of the data folder. */
  data: string
  binaries: PostgresBinaries
  account: Account | undefined
}

type Log = (line: string) => void

/** The cluster of this home, made if there is none; `home` is an absolute path. Throws an OperatorError. */
export async function openCluster(home: string, log: Log): Promise<Cluster> {
  const cluster = (await findCluster(home, log)) ?? (await createCluster(home, log))
  if (!canEnter(cluster.account, cluster.data))
    throw new OperatorError(
      `The embedded Postgres cannot enter its data folder ${cluster.data}: start Skald as the user who started it before, or open the folders above it to that user.`,
    )
  const major = (await readFile(join(cluster.data, 'PG_VERSION'), 'utf8')).trim()
  if (major !== cluster.binaries.major)
    throw new OperatorError(
      `The data in ${cluster.data} is of Postgres ${major}, and this Skald brings Postgres ${cluster.binaries.major}: go back to the version that made it, or begin anew with "skald up --fresh".`,
    )
  if (!cluster.data.startsWith(realpathSync(home)))
    log(`the data of Postgres lies in ${cluster.data}: its user cannot reach ${home}`)
  return cluster
}

/** The cluster of this home, or undefined if none was made yet. */
export async function findCluster(home: string, log: Log): Promise<Cluster | undefined> {
  const place = dataPlace(home)
  if (!existsSync(place)) return undefined
  const data = realpathSync(place)
  const account = serverAccount(data)
  return { data, account, binaries: await locateBinaries(account, log) }
}

/** The superuser's password. */
export async function readPassword(home: string): Promise<string> {
  return readFile(passwordFile(home), 'utf8').catch(() => {
    throw new OperatorError(
      `The password of the embedded Postgres is missing (${passwordFile(home)}): put the file back, or begin anew with "skald up --fresh".`,
    )
  })
}

/** Deletes data and password, wherever the data lies. Postgres must not be running. */
export async function deleteCluster(home: string): Promise<void> {
  const place = dataPlace(home)
  if (existsSync(place)) {
    const data = realpathSync(place)
    await rm(data, { recursive: true })
    if (data.startsWith(SHARED_PLACE)) await rmdir(dirname(data))
  }
  await rm(place, { force: true })
  await rm(passwordFile(home), { force: true })
}

/** What a failed command of Postgres complained of: the last line on its stderr. */
export function complaintOf(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  return (stderr.split('\n').at(-1) || messageOf(error)).replace(/\.$/, '')
}

async function createCluster(home: string, log: Log): Promise<Cluster> {
  const place = dataPlace(home)
  const account = serverAccount(place)
  const binaries = await locateBinaries(account, log)
  await mkdir(home, { recursive: true })
  const password = randomBytes(24).toString('base64url')
  await writeFile(passwordFile(home), password, { mode: 0o600 })
  // A link whose data is gone would stand in the way.
  await rm(place, { force: true })
  if (canEnter(account, home)) {
    await initialise({ data: place, binaries, account, password })
    return { data: realpathSync(place), binaries, account }
  }
  const data = join(await makeSharedFolder(), 'postgres')
  await initialise({ data, binaries, account, password })
  await symlink(data, place)
  return { data, binaries, account }
}

async function makeSharedFolder(): Promise<string> {
  await mkdir(SHARED_PLACE, { recursive: true })
  const folder = await mkdtemp(join(SHARED_PLACE, 'home-'))
  await chmod(folder, 0o755)
  return folder
}

async function initialise({ data, binaries, account, password }: Cluster & { password: string }) {
  const unfinished = `${data}.new`
  const passwordCopy = `${data}.password`
  await rm(unfinished, { recursive: true, force: true })
  await rm(passwordCopy, { force: true })
  await mkdir(unfinished, { mode: 0o700 })
  await writeFile(passwordCopy, password, { mode: 0o600 })
  if (account) for (const path of [unfinished, passwordCopy]) await chown(path, account.uid, account.gid)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordCopy}`]
  try {
    await run(binaries.initdb, ['-D', unfinished, ...locale, ...access], { cwd: unfinished, ...account })
  } catch (error) {
    throw new OperatorError(
      `The embedded Postgres cannot be set up in ${data} (${complaintOf(error)}): mend that, or set DATABASE_URL.`,
    )
  } finally {
    await rm(passwordCopy, { force: true })
  }
  await rename(unfinished, data)
}

const dataPlace = (home: string) => join(home, 'postgres')
const passwordFile = (home: string) => join(home, 'postgres-password')
