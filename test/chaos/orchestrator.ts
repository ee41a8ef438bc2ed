// An orchestrator under chaos, and the name that each of its lives goes by.
import { join } from 'node:path'
import type { Dice } from '../simulation/dice.ts'
import { ChaosProcess } from './chaos-process.ts'
import type { Scope } from './scope.ts'
import type { TcpProxy } from './tcp-proxy.ts'

export interface OrchestratorOptions {
  readonly name: string
  readonly settings: Readonly<Record<string, string>>
  readonly logs: string
  readonly dice: Dice
  /** Its way to Postgres. */
  readonly proxy: TcpProxy
}

export class Orchestrator {
  readonly proxy: TcpProxy
  readonly #options: OrchestratorOptions
  #process: ChaosProcess | undefined
  #lives = 0
  /** What it leases partitions under in this life. */
  memberName = ''

  static async start(scope: Scope, options: OrchestratorOptions): Promise<Orchestrator> {
    const orchestrator = new Orchestrator(options)
    orchestrator.#process = await ChaosProcess.start(scope, {
      name: options.name,
      entry: new URL('../../orchestrator/main.ts', import.meta.url),
      settings: () => orchestrator.#settingsOfNextLife(),
      logFile: join(options.logs, `${options.name}.log`),
    })
    return orchestrator
  }

  private constructor(options: OrchestratorOptions) {
    this.#options = options
    this.proxy = options.proxy
  }

  get process(): ChaosProcess {
    if (this.#process === undefined) throw new Error(`${this.#options.name} was never started`)
    return this.#process
  }

  /** As supervisors differ: the name is kept and taken over, kept and waited for, or another one. */
  #settingsOfNextLife(): Readonly<Record<string, string>> {
    const { name, settings, dice } = this.#options
    const keepsName = dice.chance(0.6)
    this.#lives += 1
    if (!keepsName || this.memberName === '') this.memberName = `${name}-life-${this.#lives}`
    const takesOver = String(dice.chance(0.5))
    return { ...settings, ORCHESTRATOR_ID: this.memberName, TAKE_OVER_NAME: takesOver }
  }
}
