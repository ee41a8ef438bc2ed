// A real Postgres under Skald's home, from the binaries that npm brought, with nothing switched off: fsync and
// passwords on, on the loopback only. A Postgres that outlived a killed run is ended before its data is used again,
// so dying at any line leaves something the next start can go on from.
import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import getPort from 'get-port'
import { OperatorError } from '../operator-error.ts'
import { complaintOf, findCluster, openCluster, readPassword } from './postgres-data.ts'
import type { Cluster } from './postgres-data.ts'

const run = promisify(execFile)

/** How long a Postgres that is asked to stop may take before it is stopped harder. */
const STOP_SECONDS = 20

export interface EmbeddedPostgresOptions {
  /** The folder that holds data and password; made if missing. */
  home: string
  log: (line: string) => void
}

/** How to start a process, in the words of node:child_process. */
export interface ProcessCommand {
  file: string
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  uid?: number
  gid?: number
}

export interface EmbeddedPostgres {
  /** Connects as the superuser, to the database `postgres`. */
  url: string
  /** Runs it in the foreground. SIGINT ends it cleanly at once; SIGTERM would wait for its last client. */
  command: ProcessCommand
}

/** Makes all ready for Postgres to run in the foreground, under a supervisor. Throws an OperatorError. */
export async function prepareEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { cluster, port, url } = await openStoppedCluster(options)
  const args = ['-D', cluster.data, ...settings(port)]
  return { url, command: { file: cluster.binaries.postgres, args, ...surroundings(cluster) } }
}

/** Starts Postgres in the background; it outlives this process. Resolves when it takes connections. */
export async function startPostgresDaemon(options: EmbeddedPostgresOptions): Promise<{ url: string }> {
  const { cluster, port, url } = await openStoppedCluster(options)
  const words = settings(port).map((word) => `'${word}'`)
  const log = join(cluster.data, 'daemon.log')
  await pgCtl(cluster, ['start', '-w', '-l', log, '-o', words.join(' ')])
  return { url }
}

/** Ends the Postgres that runs on the data of this home, if any, and waits for its end. */
export async function stopPostgresDaemon({ home, log }: EmbeddedPostgresOptions): Promise<void> {
  const cluster = await findCluster(resolve(home), log)
  const pid = cluster && postmasterOf(cluster)
  if (pid) await stopPostmaster(cluster, pid, log)
}

/** The address of the Postgres that runs on the data of this home; undefined if none does. */
export async function findRunningPostgres({
  home,
  log,
}: EmbeddedPostgresOptions): Promise<string | undefined> {
  const cluster = await findCluster(resolve(home), log)
  if (!cluster || postmasterOf(cluster) === undefined) return undefined
  const [, , , port = ''] = readFileSync(join(cluster.data, 'postmaster.pid'), 'utf8').split('\n')
  return urlOf(await readPassword(resolve(home)), port)
}

async function openStoppedCluster({ home: given, log }: EmbeddedPostgresOptions) {
  const home = resolve(given)
  const cluster = await openCluster(home, log)
  const pid = postmasterOf(cluster)
  if (pid) {
    log(`ending a Postgres left over from an earlier run (pid ${pid})`)
    await stopPostmaster(cluster, pid, log)
  }
  // What is left now names a dead process, or a number given out again, which Postgres would take for a rival.
  // Backends that outlived their postmaster still keep a new one out: they hold the folder's shared memory.
  await rm(join(cluster.data, 'postmaster.pid'), { force: true })
  const port = await getPort({ host: '127.0.0.1' })
  return { cluster, port, url: urlOf(await readPassword(home), port) }
}

const urlOf = (password: string, port: number | string) =>
  `postgres://postgres:${password}@127.0.0.1:${port}/postgres`

async function stopPostmaster(cluster: Cluster, pid: number, log: (line: string) => void): Promise<void> {
  for (const mode of ['fast', 'immediate'])
    try {
      return await pgCtl(cluster, ['stop', '-m', mode, '-w', '-t', String(STOP_SECONDS)])
    } catch (error) {
      if (postmasterOf(cluster) !== pid) return
      log(`Postgres did not end by "pg_ctl stop -m ${mode}": ${complaintOf(error)}`)
    }
  throw new OperatorError(`A Postgres of an earlier run (pid ${pid}) does not end: end it, then start again.`)
}

async function pgCtl(cluster: Cluster, args: string[]): Promise<void> {
  await run(cluster.binaries.pgCtl, ['-D', cluster.data, ...args], surroundings(cluster))
}

/** The pid of the Postgres that runs on this data. On Linux a pid file is not believed when the process of that
 * number stands elsewhere than in the data folder: numbers are given out again after a restart of the machine. */
function postmasterOf({ data }: Cluster): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10)
    process.kill(pid, 0)
    return process.platform !== 'linux' || readlinkSync(`/proc/${pid}/cwd`) === data ? pid : undefined
  } catch {
    return undefined
  }
}

/** Postgres must stand where its account may be, and speak English. */
function surroundings({ data, account }: Cluster) {
  return { cwd: data, env: { ...process.env, LC_ALL: 'C' }, ...account }
}

function settings(port: number): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    // The path of a socket is limited to some hundred bytes, which a deep clone exceeds.
    unix_socket_directories: '',
    // Sixteen for each of sixteen orchestrators, ten for each participant, and some for people.
    max_connections: 320,
    fsync: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
