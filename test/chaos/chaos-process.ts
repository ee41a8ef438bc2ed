// A process of the system under chaos: killed, suspended or asked to end, and always back at the same address.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import getPort from 'get-port'
import { spawnSupervised } from '../crash/node-process.ts'
import { http } from '../kit/http.ts'
import { until } from '../kit/until.ts'
import type { Scope } from './scope.ts'

const READY_SECONDS = 60
const RESTART_MS = 300
/** How much of what it last wrote is told when it ends by itself. */
const TAIL = 2_000

export interface ChaosProcessOptions {
  readonly name: string
  readonly entry: URL
  /** Read at each start. */
  readonly settings: () => Readonly<Record<string, string>>
  /** Where its output goes. */
  readonly logFile: string
}

export class ChaosProcess {
  readonly name: string
  readonly url: string
  /** What it did that it should not have. */
  readonly complaints: string[] = []
  readonly #options: ChaosProcessOptions
  readonly #port: number
  readonly #log: WriteStream
  #child: ChildProcess | undefined
  #tail = ''
  #wasReady = false

  private constructor(options: ChaosProcessOptions, port: number) {
    this.name = options.name
    this.url = `http://127.0.0.1:${port}`
    this.#options = options
    this.#port = port
    this.#log = createWriteStream(options.logFile)
  }

  /** Resolves when it is ready; it ends with the scope. */
  static async start(scope: Scope, options: ChaosProcessOptions): Promise<ChaosProcess> {
    const started = new ChaosProcess(options, await getPort({ host: '127.0.0.1' }))
    scope.teardown(async () => {
      await started.kill()
      started.#log.end()
    })
    await started.comeBack()
    return started
  }

  /** Starts it; resolves when it is ready. */
  async comeBack(): Promise<void> {
    if (this.#child === undefined) this.#spawn()
    await this.ready()
  }

  async ready(): Promise<void> {
    await until(`${this.name} is ready`, () => this.#isReady(), READY_SECONDS)
    this.#wasReady = true
  }

  /** kill -9; false if it was away. */
  async kill(): Promise<boolean> {
    return (await this.#end('SIGKILL')) !== undefined
  }

  /** Asks it to end, as a supervisor does; its exit code, or undefined if it was away. */
  async end(): Promise<number | null | undefined> {
    return (await this.#end('SIGTERM'))?.exitCode
  }

  suspend(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  async #end(signal: NodeJS.Signals): Promise<ChildProcess | undefined> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return undefined
    const isGone = once(child, 'exit')
    if (child.exitCode !== null || child.signalCode !== null) return child
    child.kill(signal)
    await isGone
    return child
  }

  #spawn(): void {
    const settings = { HOST: '127.0.0.1', PORT: String(this.#port), ...this.#options.settings() }
    const { pathname } = this.#options.entry
    const child = spawnSupervised(pathname, settings)
    this.#child = child
    this.#tail = ''
    this.#wasReady = false
    child.stdin.on('error', () => undefined)
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (piece: string) => {
        this.#log.write(piece)
        this.#tail = (this.#tail + piece).slice(-TAIL)
      })
    }
    child.once('exit', (code, signal) => void this.#ended(child, `${code ?? signal}`))
  }

  /** A start may fail while Postgres is away, and is repeated as a supervisor would; one that ran must not end. */
  async #ended(child: ChildProcess, how: string): Promise<void> {
    if (this.#child !== child) return
    if (this.#wasReady) this.complaints.push(`${this.name} ended by itself (${how}): ${this.#tail}`)
    await sleep(RESTART_MS)
    if (this.#child === child) this.#spawn()
  }

  async #isReady(): Promise<boolean> {
    const answer = await http
      .get(`${this.url}/readyz`, { timeout: { request: 1_000 } })
      .catch(() => undefined)
    return answer?.statusCode === 200
  }
}
