// The system under chaos: a Postgres of its own, the participants, orchestrators and the gateway as processes, and
// a proxy before each participant and between each orchestrator and Postgres.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { PostgresProcess } from '../crash/postgres-process.ts'
import { http } from '../kit/http.ts'
import { until } from '../kit/until.ts'
import type { Dice } from '../simulation/dice.ts'
import { ChaosProcess } from './chaos-process.ts'
import { Orchestrator } from './orchestrator.ts'
import type { Scope } from './scope.ts'
import { makeSecrets, secretsIn, toldInLogs, type Secrets } from './secrets.ts'
import { TcpProxy } from './tcp-proxy.ts'

export const LEASE_MS = 2_000
const BACK_SECONDS = 60

const participants = ['carts', 'stocks', 'produits'] as const

export interface SystemOptions {
  readonly orchestrators: number
  readonly dice: Dice
  /** A folder for the output of the processes; made if missing. */
  readonly logs: string
}

/** A participant, and the way that orchestrators take to it. */
export interface Participant {
  readonly process: ChaosProcess
  readonly proxy: TcpProxy
}

interface Grounds {
  readonly postgres: PostgresProcess
  readonly secrets: Secrets
}

export class System {
  readonly postgres: PostgresProcess
  readonly participants: Participant[] = []
  readonly orchestrators: Orchestrator[] = []
  /** With the token that lets in everywhere. */
  readonly http: typeof http
  readonly #secrets: Secrets
  readonly #scope: Scope
  readonly #options: SystemOptions
  readonly #pool: pg.Pool
  #gateway: ChaosProcess | undefined
  #troubles = { count: 0, on: 0 }

  /** Resolves when all of it is ready; it ends with the scope. */
  static async start(scope: Scope, options: SystemOptions): Promise<System> {
    mkdirSync(options.logs, { recursive: true })
    const postgres = await PostgresProcess.start(scope)
    const system = new System(scope, options, { postgres, secrets: await makeSecrets(scope) })
    await Promise.all(participants.map((name) => system.#addParticipant(name)))
    for (let number = 1; number <= options.orchestrators; number++) await system.#addOrchestrator(number)
    await system.#addGateway()
    return system
  }

  private constructor(scope: Scope, options: SystemOptions, { postgres, secrets }: Grounds) {
    this.#scope = scope
    this.#options = options
    this.#secrets = secrets
    this.http = http.extend({ headers: { authorization: `Bearer ${secrets.token}` } })
    this.postgres = postgres
    this.#pool = new pg.Pool({ connectionString: postgres.url, application_name: 'chaos', max: 3 })
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
    scope.teardown(() => this.#pool.end())
  }

  /** Where people reach it. */
  get url(): string {
    return this.#gateway?.url ?? ''
  }

  /** What processes did that they should not have. */
  get complaints(): string[] {
    const all = [
      ...this.participants.map(({ process }) => process),
      ...this.orchestrators.map((o) => o.process),
    ]
    return all.flatMap(({ complaints }) => complaints)
  }

  /** How often Postgres has been troubled so far, and whether it is now. */
  get databaseTroubles(): { readonly count: number; readonly isOn: boolean } {
    return { count: this.#troubles.count, isOn: this.#troubles.on > 0 }
  }

  async inDatabaseTrouble(act: () => Promise<void>): Promise<void> {
    this.#troubles.count += 1
    this.#troubles.on += 1
    try {
      await act()
    } finally {
      this.#troubles.on -= 1
    }
  }

  /** Past whatever chaos does, asked until Postgres answers. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return until(
      `Postgres answers ${text}`,
      async () => {
        try {
          return (await this.#pool.query<Row>(text, values)).rows
        } catch (error) {
          // Anything that Postgres itself says of the statement is a mistake of ours.
          const code = String(Object(error)['code'] ?? '')
          if (/^(42|22|23)/.test(code)) throw error
          return undefined
        }
      },
      BACK_SECONDS,
    )
  }

  /** Logs and metrics that tell a secret. All processes must be there. */
  async toldSecrets(): Promise<string[]> {
    const { token, service, metrics } = this.#secrets
    const secrets = { token, service, metrics, 'password of Postgres': new URL(this.postgres.url).password }
    const scraped = [...this.participants, ...this.orchestrators].map(async ({ process: { name, url } }) => {
      const { statusCode, body } = await this.http.get(`${url}/metrics`, { responseType: 'text' })
      if (statusCode !== 200) return [`the metrics of ${name} can not be read: ${statusCode}`]
      return secretsIn(body, secrets).map((secret) => `the metrics of ${name} tell the secret ${secret}`)
    })
    return [...(await Promise.all(scraped)).flat(), ...(await toldInLogs(this.#options.logs, secrets))]
  }

  /** All that was taken away is back, and every process ready. */
  async heal(): Promise<void> {
    for (const { proxy } of this.participants) proxy.heal()
    for (const { process, proxy } of this.orchestrators) {
      process.resume()
      proxy.heal()
    }
    await this.postgres.comeBack()
    const all = [...this.participants, ...this.orchestrators].map(({ process }) => process)
    await Promise.all(all.map((process) => process.comeBack()))
  }

  async #addParticipant(name: (typeof participants)[number]): Promise<void> {
    const process = await ChaosProcess.start(this.#scope, {
      name,
      entry: new URL(`../../services/${name}/main.ts`, import.meta.url),
      settings: () => ({
        DATABASE_URL: this.postgres.url,
        // All that may be written is looked through for secrets.
        LOG_LEVEL: 'debug',
        // Callers have one token for orchestrators and participants: it is let in beside that of the orchestrators.
        SERVICE_TOKEN: `${this.#secrets.service},${this.#secrets.token}`,
        METRICS_TOKEN: this.#secrets.metrics,
      }),
      logFile: join(this.#options.logs, `${name}.log`),
    })
    this.participants.push({ process, proxy: await TcpProxy.open(this.#scope, portOf(process.url)) })
  }

  async #addOrchestrator(number: number): Promise<void> {
    const proxy = await TcpProxy.open(this.#scope, portOf(this.postgres.url))
    const settings = {
      DATABASE_URL: Object.assign(new URL(this.postgres.url), { port: String(proxy.port) }).href,
      ...this.#addresses((participant) => `http://127.0.0.1:${participant.proxy.port}`),
      LEASE_MS: String(LEASE_MS),
      GRACE_MS: '1000',
      STEP_TIMEOUT_MS: '1000',
      STEP_DEADLINE_MS: '3000',
      WAIT_SECONDS: '5',
      LOG_LEVEL: 'debug',
      SERVICE_TOKEN: this.#secrets.service,
      ACCESS_TOKENS_FILE: this.#secrets.tokensFile,
      RATE_LIMIT: '1000000',
    }
    const { logs, dice } = this.#options
    const options = { name: `orchestrator-${number}`, settings, logs, dice: dice.fork(), proxy }
    this.orchestrators.push(await Orchestrator.start(this.#scope, options))
  }

  async #addGateway(): Promise<void> {
    this.#gateway = await ChaosProcess.start(this.#scope, {
      name: 'gateway',
      entry: new URL('../../orchestrator/cli/up/gateway-main.ts', import.meta.url),
      settings: () => ({
        ...this.#addresses((participant) => participant.process.url),
        ORCHESTRATOR_URLS: this.orchestrators.map(({ process }) => process.url).join(','),
        LOG_LEVEL: 'warn',
      }),
      logFile: join(this.#options.logs, 'gateway.log'),
    })
  }

  #addresses(urlOf: (participant: Participant) => string): Record<string, string> {
    const entries = this.participants.map((one) => [`${one.process.name.toUpperCase()}_URL`, urlOf(one)])
    return Object.fromEntries(entries)
  }
}

const portOf = (url: string) => Number(new URL(url).port)
