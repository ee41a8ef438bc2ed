// Processes of the system as they run in production, each at an address of its own. They end with the bench, however
// that one ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import getPort from 'get-port'
import got from 'got'

export const PARTICIPANTS = ['carts', 'stocks', 'produits'] as const

type Program = 'orchestrator' | 'gateway' | (typeof PARTICIPANTS)[number]

const READY_MS = 60_000
const POLL_MS = 50
const quiet = { LOG_LEVEL: 'warn', HOST: '127.0.0.1' }

export interface ServerProcess {
  readonly url: string
  /** Reads its metrics now; the answer sums one of them up over all its labels. */
  metrics(): Promise<(name: string) => number>
  /** SIGTERM. */
  end(): Promise<void>
  /** kill -9. */
  kill(): Promise<void>
}

const running = new Set<ServerProcess>()

/** Ends those that nobody has ended, for a run that failed. */
export async function killServers(): Promise<void> {
  for (const server of running) await server.kill()
}

/** Resolves when it is ready. */
export async function startServer(
  program: Program,
  settings: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const port = await getPort({ host: '127.0.0.1' })
  const child = spawn(process.execPath, [fileOf(program)], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, ...quiet, ...settings, PORT: String(port), SKALD_SUPERVISED: '1' },
  })
  const url = `http://127.0.0.1:${port}`
  const gone = once(child, 'exit')
  const signal = async (name: NodeJS.Signals) => {
    child.kill(name)
    await gone
    running.delete(server)
  }
  const server: ServerProcess = {
    url,
    end: () => signal('SIGTERM'),
    kill: () => signal('SIGKILL'),
    async metrics() {
      const lines = (await got(`${url}/metrics`).text()).split('\n')
      return (name) =>
        lines
          .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
          .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
    },
  }
  running.add(server)
  await Promise.race([isReady(url), gone.then(() => Promise.reject(new Error(`${program} ended`)))])
  return server
}

/** The settings of who calls all participants at one address. */
export function participantsAt(url: string): Record<string, string> {
  return Object.fromEntries(PARTICIPANTS.map((name) => [`${name.toUpperCase()}_URL`, url]))
}

/** Polls until it is so; rejects after a minute, saying what it waited for. */
export async function until(fact: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const givesUpAt = performance.now() + READY_MS
  while (performance.now() < givesUpAt) {
    if (await isSo()) return
    await sleep(POLL_MS)
  }
  throw new Error(`not within ${READY_MS / 1_000} s: ${fact}`)
}

function fileOf(program: Program): string {
  const paths: Record<string, string> = {
    orchestrator: 'orchestrator/main.ts',
    gateway: 'orchestrator/cli/up/gateway-main.ts',
  }
  return fileURLToPath(new URL(`../${paths[program] ?? `services/${program}/main.ts`}`, import.meta.url))
}

async function isReady(url: string): Promise<void> {
  const options = { retry: { limit: 0 }, timeout: { request: 2_000 }, throwHttpErrors: false }
  await until(`${url} is ready`, () =>
    got(`${url}/readyz`, options).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
}
