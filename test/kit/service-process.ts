// A process of the system that speaks HTTP, as it is in production: ended or killed, and back at the same address.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import getPort from 'get-port'
import type { Test } from 'tap'
import { spawnNode } from '../crash/node-process.ts'
import { http } from './http.ts'
import { until } from './until.ts'

const entries = {
  orchestrator: '../../orchestrator/main.ts',
  gateway: '../../orchestrator/cli/up/gateway-main.ts',
}

export class ServiceProcess {
  readonly url: string
  readonly #entry: string
  readonly #settings: Record<string, string>
  #child: ChildProcess

  /** Resolves when it is ready; it ends with `t`. */
  static async start(
    t: Pick<Test, 'teardown'>,
    name: keyof typeof entries,
    settings: Record<string, string>,
  ): Promise<ServiceProcess> {
    const place = { HOST: '127.0.0.1', PORT: String(await getPort({ host: '127.0.0.1' })) }
    const started = new ServiceProcess(fileURLToPath(import.meta.resolve(entries[name])), {
      LOG_LEVEL: 'warn',
      ...settings,
      ...place,
    })
    t.teardown(() => started.kill())
    await started.ready()
    return started
  }

  private constructor(entry: string, settings: Record<string, string> & { PORT: string }) {
    this.url = `http://127.0.0.1:${settings.PORT}`
    this.#entry = entry
    this.#settings = settings
    this.#child = this.#spawn()
  }

  async ready(): Promise<void> {
    await until(`${this.#entry} is ready`, async () => {
      const answer = await http.get(`${this.url}/readyz`).catch(() => undefined)
      return answer?.statusCode === 200
    })
  }

  /** Asks it to end, as a supervisor does; resolves with its exit code when it is gone. */
  async end(): Promise<number | null> {
    await this.#signal('SIGTERM')
    return this.#child.exitCode
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#signal('SIGKILL')
  }

  /** Resolves when it is ready again. */
  async comeBack(): Promise<void> {
    this.#child = this.#spawn()
    await this.ready()
  }

  async #signal(name: NodeJS.Signals): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill(name)
    await gone
  }

  #spawn(): ChildProcess {
    const child = spawnNode(this.#entry, this.#settings)
    child.stdout.resume()
    child.stderr.pipe(process.stderr, { end: false })
    return child
  }
}
