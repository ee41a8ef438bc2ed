// One Postgres cluster serves one `tap run`. cluster-start.ts makes it, the test files find it by the number of the
// tap process, which is the parent of both, and cluster-stop.ts ends it. Runs side by side in one checkout have a
// cluster each; that of a killed run is ended by the next run.
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgresDaemon, stopPostgresDaemon } from '../../orchestrator/cli/up/embedded-postgres.ts'

const clusters = join(import.meta.dirname, '../../.tap/clusters')
const log = (line: string) => console.error(`test cluster: ${line}`)

interface TestCluster {
  home: string
  url: string
}

/** The cluster of the tap run this process belongs to. */
export async function currentCluster(): Promise<TestCluster> {
  const file = fileOf(process.ppid)
  if (!existsSync(file)) throw new Error('no test cluster: run tests by "npx tap run FILE"')
  return readCluster(file)
}

export async function startCluster(): Promise<void> {
  await mkdir(clusters, { recursive: true })
  await endClustersOfKilledRuns()
  const home = await mkdtemp(join(tmpdir(), 'skald-test-'))
  // As root Postgres runs under an account that must get through here.
  await chmod(home, 0o755)
  // Written before there is anything to end, so that a run killed in between leaves nothing unknown.
  await writeFile(fileOf(process.ppid), JSON.stringify({ home, url: '' }))
  const { url } = await startPostgresDaemon({ home, log })
  await writeFile(fileOf(process.ppid), JSON.stringify({ home, url }), { mode: 0o600 })
}

export async function stopCluster(tapPid: number = process.ppid): Promise<void> {
  const file = fileOf(tapPid)
  if (!existsSync(file)) return
  const { home } = await readCluster(file)
  await stopPostgresDaemon({ home, log })
  await rm(home, { recursive: true, force: true })
  await rm(file)
}

async function endClustersOfKilledRuns(): Promise<void> {
  for (const name of await readdir(clusters)) {
    const tapPid = Number.parseInt(name, 10)
    if (!isAlive(tapPid)) await stopCluster(tapPid)
  }
}

async function readCluster(file: string): Promise<TestCluster> {
  const { home, url }: Record<string, unknown> = JSON.parse(await readFile(file, 'utf8'))
  return { home: String(home), url: String(url) }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const fileOf = (tapPid: number) => join(clusters, `${tapPid}.json`)
