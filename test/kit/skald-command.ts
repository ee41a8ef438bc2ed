// Runs the command `skald` as an operator does, in a home of its own, and ends with its test whatever became of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { controlClient } from '../../orchestrator/cli/up/control-client.ts'
import { stopPostgresDaemon } from '../../orchestrator/cli/up/embedded-postgres.ts'
import type { ProcessInfo } from '../../orchestrator/cli/up/supervisor.ts'
import { plainNode, surroundings } from '../crash/node-process.ts'

type TestScope = Pick<Test, 'teardown'>

const command = join(import.meta.dirname, '../../orchestrator/cli/skald.js')
const POLL_MS = 50

interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunningSkald {
  pid: number
  /** Settles when the command has ended. */
  outcome: Promise<Outcome>
  /** What it has written to the terminal so far. */
  printed: () => string
  signal: (signal: NodeJS.Signals) => void
}

/** A folder for a home, which does not exist yet; Postgres' own account can reach it. */
export async function freshHome(t: TestScope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-up-'))
  await chmod(folder, 0o755)
  const home = join(folder, 'home')
  t.teardown(async () => {
    await stopPostgresDaemon({ home, log: () => undefined })
    await rm(folder, { recursive: true, force: true })
  })
  return home
}

/** Starts `skald`. Settings of the surroundings do not reach it. */
export function startSkald(t: TestScope, args: string[], settings: Record<string, string>): RunningSkald {
  const env = surroundings({ PORT: '0', ...settings })
  const child = spawn('env', plainNode(command, args), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
  const outcome = Promise.all([text(child.stderr), ended]).then(([stderr]) => ({
    code: child.exitCode,
    stdout,
    stderr,
  }))
  return {
    pid: child.pid ?? 0,
    outcome,
    printed: () => stdout,
    signal: (signal) => void child.kill(signal),
  }
}

/** The processes, once all of them are ready. Rejects with what the command said if it ends before. */
export async function whenReady(home: string, { outcome }: RunningSkald): Promise<Map<string, ProcessInfo>> {
  const failed = outcome.then(({ stdout, stderr }) => {
    throw new Error(`skald ended: ${stdout}${stderr}`)
  })
  const isReady = async () => {
    const processes = await listProcesses(home)
    const all = processes.has('gateway') && [...processes.values()].every(({ state }) => state === 'ready')
    return all && processes
  }
  return Promise.race([failed, until('all processes are ready', isReady)])
}

/** The processes of the `skald up` on this home; none if none runs. */
export async function listProcesses(home: string): Promise<Map<string, ProcessInfo>> {
  const processes = await controlClient(home)
    .processes()
    .catch(() => [])
  return new Map(processes.map((process) => [process.name, process]))
}

/** Polls until the answer is neither false nor undefined; rejects after a minute. */
export async function until<T>(fact: string, ask: () => Promise<T | false | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const answer = await ask()
    if (answer !== false && answer !== undefined) return answer
    await sleep(POLL_MS)
  }
  throw new Error(`not within a minute: ${fact}`)
}

/** A process that is dead but not yet collected by init, as in many a container, does not run. */
export function isRunning(pid: number): boolean {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0)
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
