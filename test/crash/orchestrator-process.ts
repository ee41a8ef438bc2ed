// An orchestrator as a process of its own: as it is in production, or one that dies where it is told to.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { spawnNode, spawnSupervised } from './node-process.ts'
import type { Marker, Plan, Point } from './point.ts'

const entries = {
  asItIs: fileURLToPath(import.meta.resolve('../../orchestrator/main.ts')),
  dying: fileURLToPath(import.meta.resolve('./orchestrator-that-dies.ts')),
}

export interface Death {
  readonly signal: NodeJS.Signals | null
  readonly code: number | null
  /** What it said before it killed itself. */
  readonly marker: Marker | undefined
  readonly stderr: string
}

export class OrchestratorProcess {
  /** Its address, once it is ready. Never settles if it dies before. */
  readonly ready: Promise<string>
  readonly death: Promise<Death>
  readonly #child: ChildProcess
  #armed = Promise.withResolvers<void>()

  /** Ends with `t`, whatever became of it. A plan makes it one that dies. */
  constructor(t: Pick<Test, 'teardown'>, settings: Record<string, string>, plan?: Plan) {
    const child =
      plan === undefined
        ? spawnNode(entries.asItIs, settings)
        : spawnSupervised(entries.dying, { ...settings, PLAN: JSON.stringify(plan) })
    this.#child = child
    const closed = once(child, 'close')
    t.teardown(async () => {
      child.kill('SIGKILL')
      await closed
    })
    let marker: Marker | undefined
    let stderr = ''
    const ready = Promise.withResolvers<string>()
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said: { marker?: Marker; armed?: true; msg?: string; url?: string } = JSON.parse(line)
      if (said.armed === true) this.#armed.resolve()
      if (said.marker !== undefined) marker = said.marker
      if (said.msg === 'ready' && said.url !== undefined) ready.resolve(said.url)
    })
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
    this.ready = ready.promise
    this.death = closed.then(() => ({ signal: child.signalCode, code: child.exitCode, marker, stderr }))
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Of one that was started with a plan: now it dies there. Resolves when it knows. */
  async arm(dies: Point): Promise<void> {
    this.#armed = Promise.withResolvers()
    this.#child.stdin?.write(`${JSON.stringify(dies)}\n`)
    await Promise.race([this.#armed.promise, this.death])
  }

  /** Asks it to end, as a supervisor does, and waits. */
  async end(): Promise<Death> {
    this.#child.kill('SIGTERM')
    return this.death
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
