// The `skald up` that the demo plays on: its processes can be stopped, suspended and killed, and all that was done to
// them is undone by `restore`.
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../operator-error.ts'
import { controlClient } from '../up/control-client.ts'
import type { ControlClient } from '../up/control-client.ts'
import { isOrchestrator } from '../up/orchestrators.ts'
import type { ProcessInfo } from '../up/supervisor.ts'

const POLL_MS = 25
/** More than the step's deadline and the restart of a process on a slow machine together. */
const PATIENCE_MS = 60_000

/** Something about this machine, or about how `skald up` was started, keeps a scenario from being played. */
export class CannotPlayError extends Error {
  override readonly name = 'CannotPlayError'
}

/** Throws an OperatorError if no `skald up` runs on this home, or if it has not come up yet. */
export async function findRunningSystem(home: string): Promise<RunningSystem> {
  const control = controlClient(home)
  const processes = await control.processes().catch(() => [])
  if (processes.length === 0)
    throw new OperatorError(
      `No Skald runs on SKALD_HOME (${resolve(home)}): start it by "npm start" in another terminal, then run the demo again.`,
    )
  const gateway = processes.find(({ name }) => name === 'gateway')
  if (!gateway?.url || gateway.state !== 'ready')
    throw new OperatorError('Skald is still starting: run the demo again when it says that it is ready.')
  for (const { pid } of processes) if (pid) signal(pid, 'SIGCONT')
  return new RunningSystem(control, gateway.url)
}

export class RunningSystem {
  readonly url: string
  readonly #control: ControlClient
  readonly #stopped = new Set<string>()
  /** By name, the pid of what is suspended. */
  readonly #suspended = new Map<string, number>()
  #kills = 0
  #isLeft = false

  constructor(control: ControlClient, url: string) {
    this.#control = control
    this.url = url
  }

  /** Ends the process; nothing listens at its address until `start`. */
  async stop(name: string): Promise<void> {
    await this.#process(name)
    this.#stopped.add(name)
    await this.#control.stop(name)
  }

  async start(name: string): Promise<void> {
    await this.#control.start(name)
    this.#stopped.delete(name)
  }

  /** The process keeps its connections and takes new ones, but answers nothing until `resume`. */
  async suspend(name: string): Promise<void> {
    if (process.platform === 'win32') throw new CannotPlayError('Windows cannot suspend a process')
    const { pid } = await this.#process(name)
    if (!pid) throw new Error(`${name} does not run`)
    this.#suspended.set(name, pid)
    signal(pid, 'SIGSTOP')
  }

  resume(name: string): void {
    const pid = this.#suspended.get(name)
    if (pid) signal(pid, 'SIGCONT')
    this.#suspended.delete(name)
  }

  /** kill -9, of one after the other if there are several. The promise inside resolves when it is ready again. */
  async killOrchestrator(): Promise<{ again: () => Promise<unknown> }> {
    const all = await this.#control.processes()
    const orchestrators = all.map(({ name }) => name).filter(isOrchestrator)
    const name = orchestrators[this.#kills++ % orchestrators.length] ?? 'orchestrator'
    const { restarts } = await this.#process(name)
    await this.#control.kill(name)
    return {
      again: () =>
        until(`${name} is ready again`, async () => {
          const now = await this.#process(name)
          return now.state === 'ready' && now.restarts > restarts
        }),
    }
  }

  /** All that was stopped or suspended runs again. */
  async restore(): Promise<void> {
    for (const name of this.#suspended.keys()) this.resume(name)
    await Promise.all([...this.#stopped].map((name) => this.start(name)))
  }

  /** The same, and nothing can be done to the processes any more. */
  async leave(): Promise<void> {
    this.#isLeft = true
    await this.restore()
  }

  async #process(name: string): Promise<ProcessInfo> {
    if (this.#isLeft) throw new Error('the demo has ended')
    const found = (await this.#control.processes()).find((process) => process.name === name)
    if (!found) throw new CannotPlayError(`${name} is not a process of this "skald up"`)
    return found
  }
}

/** Polls until the answer is neither false nor undefined; rejects after a minute, saying what it waited for. */
export async function until<Value>(
  fact: string,
  ask: () => Promise<Value | false | undefined>,
): Promise<Value> {
  const givesUpAt = performance.now() + PATIENCE_MS
  while (performance.now() < givesUpAt) {
    const answer = await ask()
    if (answer !== false && answer !== undefined) return answer
    await sleep(POLL_MS)
  }
  throw new Error(`not within ${PATIENCE_MS / 1000} s: ${fact}`)
}

/** A process that has ended meanwhile needs none. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ESRCH' && process.platform !== 'win32') throw error
  }
}
