// Real orchestrators in this process, as many as a test likes on one database, with machines of its own.
import type { Test } from 'tap'
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import { startOrchestrator, type Seams } from '../../orchestrator/orchestrator.ts'
import { http } from './http.ts'
import { tellBy } from './told-again.ts'

export interface OrchestratorOptions {
  readonly databaseUrl: string
  /** Another one for each that lives at a time. */
  readonly name: string
  readonly settings?: Readonly<Record<string, string>>
  readonly seams?: Seams
}

interface Answer<Body> {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Body
}

/** What callers are told: the members that tests look at. */
interface Told {
  readonly saga_id: string
  readonly status: string
  readonly state: string
  readonly code?: string
  readonly detail?: string
  readonly accepts?: readonly string[]
  readonly output?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { field: string }[]
  readonly sagas?: readonly { saga_id: string }[]
  readonly missing_machines?: readonly string[]
}

export interface RunningOrchestrator {
  readonly url: string
  get(path: string): Promise<Answer<Told>>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<Told>>
  /** The sum over all labels of one metric. */
  metric(name: string): Promise<number>
  close(): Promise<void>
}

/** Nobody listens there: for machines that call no participant. */
const NOWHERE = 'http://127.0.0.1:1'

/** Closed at the end of `t`. */
export async function startOrchestratorAt(
  t: Pick<Test, 'teardown'>,
  { databaseUrl, name, settings = {}, seams = {} }: OrchestratorOptions,
): Promise<RunningOrchestrator> {
  const env = {
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    LEASE_MS: '1000',
    DATABASE_URL: databaseUrl,
    CARTS_URL: NOWHERE,
    STOCKS_URL: NOWHERE,
    PRODUITS_URL: NOWHERE,
    ...settings,
  }
  tellBy(databaseUrl, seams.machines)
  const orchestrator = await startOrchestrator(readOrchestratorConfig(env, { ORCHESTRATOR_ID: name }), seams)
  let closing: Promise<void> | undefined
  const close = () => (closing ??= orchestrator.close())
  t.teardown(close)
  const { url } = orchestrator
  return {
    url,
    close,
    async get(path) {
      const { statusCode, headers, body } = await http.get<Told>(`${url}${path}`)
      return { status: statusCode, headers, body }
    },
    async post(path, body, headers = {}) {
      const options = { headers, ...(body !== undefined && { json: body }) }
      const answer = await http.post<Told>(`${url}${path}`, options)
      return { status: answer.statusCode, headers: answer.headers, body: answer.body }
    },
    async metric(name) {
      const { body } = await http.get(`${url}/metrics`, { responseType: 'text' })
      const lines = body
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
    },
  }
}
