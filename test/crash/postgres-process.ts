// A Postgres of the test's own, to be killed and to come back at the same address with the same data.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import type { Test } from 'tap'
import { prepareEmbeddedPostgres, type ProcessCommand } from '../../orchestrator/cli/up/embedded-postgres.ts'
import { freshHome } from '../kit/skald-command.ts'
import { until } from '../kit/until.ts'

export class PostgresProcess {
  readonly url: string
  readonly #command: ProcessCommand
  #child: ChildProcess | undefined

  /** Resolves when it takes connections; it ends with `t`. */
  static async start(t: Pick<Test, 'teardown'>): Promise<PostgresProcess> {
    const home = await freshHome(t)
    const { url, command } = await prepareEmbeddedPostgres({ home, log: () => undefined })
    const postgres = new PostgresProcess(url, command)
    t.teardown(() => postgres.kill())
    await postgres.comeBack()
    return postgres
  }

  private constructor(url: string, command: ProcessCommand) {
    this.url = url
    this.#command = command
  }

  /** kill -9 of the postmaster; its backends end when they notice. */
  async kill(): Promise<void> {
    await this.#signal('SIGKILL')
  }

  /** Its fast shutdown: what is under way is broken off. */
  async stop(): Promise<void> {
    await this.#signal('SIGINT')
  }

  /** Resolves when it takes connections again. */
  async comeBack(): Promise<void> {
    await until('Postgres takes connections', async () => {
      // It refuses to start while a backend of its former life is still there.
      if (this.#child === undefined || this.#child.exitCode !== null) this.#child = this.#spawn()
      const client = new pg.Client({ connectionString: this.url })
      client.on('error', () => undefined)
      try {
        await client.connect()
        return true
      } catch {
        return false
      } finally {
        await client.end().catch(() => undefined)
      }
    })
  }

  async #signal(name: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    child.kill(name)
    await once(child, 'exit')
  }

  #spawn(): ChildProcess {
    const { file, args, ...surroundings } = this.#command
    return spawn(file, args, { ...surroundings, stdio: 'ignore' })
  }
}
