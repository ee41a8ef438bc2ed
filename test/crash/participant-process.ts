// A participant as the process it is in production, to be killed and to come back at the same address.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import getPort from 'get-port'
import type { Test } from 'tap'
import { http } from '../kit/http.ts'
import { until } from '../kit/until.ts'
import { spawnNode } from './node-process.ts'

const entries = {
  carts: fileURLToPath(import.meta.resolve('../../services/carts/main.ts')),
  stocks: fileURLToPath(import.meta.resolve('../../services/stocks/main.ts')),
  produits: fileURLToPath(import.meta.resolve('../../services/produits/main.ts')),
}
export type ParticipantName = keyof typeof entries

export class ParticipantProcess {
  readonly url: string
  readonly #entry: string
  readonly #settings: Record<string, string>
  #child: ChildProcess

  /** Resolves when it is ready; it ends with `t`. */
  static async start(
    t: Pick<Test, 'teardown'>,
    name: ParticipantName,
    databaseUrl: string,
  ): Promise<ParticipantProcess> {
    const port = await getPort({ host: '127.0.0.1' })
    const participant = new ParticipantProcess(name, port, databaseUrl)
    t.teardown(() => participant.kill())
    await participant.#ready()
    return participant
  }

  private constructor(name: ParticipantName, port: number, databaseUrl: string) {
    this.url = `http://127.0.0.1:${port}`
    this.#entry = entries[name]
    this.#settings = { PORT: String(port), DATABASE_URL: databaseUrl, LOG_LEVEL: 'silent' }
    this.#child = this.#spawn()
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  async comeBack(): Promise<void> {
    this.#child = this.#spawn()
    await this.#ready()
  }

  #spawn(): ChildProcess {
    const child = spawnNode(this.#entry, this.#settings)
    child.stdout.resume()
    child.stderr.pipe(process.stderr, { end: false })
    return child
  }

  async #ready(): Promise<void> {
    await until('the participant is ready', async () => {
      const answer = await http.get(`${this.url}/readyz`).catch(() => undefined)
      return answer?.statusCode === 200
    })
  }
}
