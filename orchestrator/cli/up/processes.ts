// What `skald up` runs: which program, on which port, with which settings. Ports are chosen once per `up`, so a
// process that is started again is found where it was.
import { fileURLToPath } from 'node:url'
import getPort from 'get-port'
import got from 'got'
import pg from 'pg'
import type { Environment, UpConfig } from '../../config.ts'
import type { EmbeddedPostgres } from './embedded-postgres.ts'
import type { Home } from './home.ts'
import { CLOSING_MS, ORCHESTRATOR, orchestratorId, orchestratorNames } from './orchestrators.ts'
import type { ProcessPlan } from './supervised-process.ts'

const ANSWER_MS = 2000
/** What a process may take to end; more than it grants itself. */
const STOP_MS = 12_000
const participants = { carts: 'CARTS_URL', stocks: 'STOCKS_URL', produits: 'PRODUITS_URL' } as const

/** The order of ending; starting is the reverse, where it matters. */
export function endingOrder({ ORCHESTRATORS }: UpConfig): string[][] {
  return [['gateway'], orchestratorNames(ORCHESTRATORS), ['carts', 'stocks', 'produits'], ['postgres']]
}

export interface Surroundings {
  home: Home
  config: UpConfig
  env: Environment
  report: (process: string, fact: string) => void
}

export function planPostgres(
  { home, report }: Surroundings,
  { url, command }: EmbeddedPostgres,
): ProcessPlan {
  return {
    ...commonTo('postgres', home, report),
    command,
    // SIGTERM would wait for the last client, a forgotten psql for example.
    stopSignal: 'SIGINT',
    stopMs: STOP_MS,
    mayRefuse: false,
    isReady: () => takesConnections(url),
  }
}

/** What one process has that others don't. */
interface Own {
  settings?: Record<string, string>
  stopMs?: number
}

interface NodeProgram {
  name: string
  /** Its file, from the root of Skald. */
  program: string
  settings: Record<string, string>
  stopMs: number
}

/** Participants, orchestrators and gateway, on the database at `databaseUrl`; the gateway listens on `publicPort`. */
export async function planServices(
  surroundings: Surroundings,
  databaseUrl: string,
  publicPort: number,
): Promise<ProcessPlan[]> {
  const { config, home } = surroundings
  const plans: ProcessPlan[] = []
  const urls: Record<string, string> = {}
  const plan = async (name: string, program: string, { settings = {}, stopMs = STOP_MS }: Own = {}) => {
    const port = await getPort({ host: '127.0.0.1' })
    const place = { PORT: String(port), HOST: '127.0.0.1', DATABASE_URL: databaseUrl }
    plans.push(planNode(surroundings, { name, program, settings: { ...place, ...settings }, stopMs }))
    return `http://127.0.0.1:${port}`
  }
  for (const [name, setting] of Object.entries(participants))
    urls[setting] = config[setting] ?? (await plan(name, `services/${name}/main.ts`))
  const orchestrators: string[] = []
  for (const [index, name] of orchestratorNames(config.ORCHESTRATORS).entries()) {
    const identity = { ORCHESTRATOR_ID: orchestratorId(home, index + 1), TAKE_OVER_NAME: 'true' }
    const own = { settings: { ...urls, ...identity }, stopMs: config.GRACE_MS + CLOSING_MS }
    orchestrators.push(await plan(name, ORCHESTRATOR, own))
  }
  const place = { PORT: String(publicPort), HOST: config.HOST }
  const settings = { ...urls, ...place, ORCHESTRATOR_URLS: orchestrators.join(',') }
  const program = 'orchestrator/cli/up/gateway-main.ts'
  plans.push(planNode(surroundings, { name: 'gateway', program, settings, stopMs: STOP_MS }))
  return plans
}

/** Where people reach what listens on this host and port. */
export function publicUrl(host: string, port: number): string {
  const name = ['0.0.0.0', '::', ''].includes(host) ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function planNode(
  { home, env, report }: Surroundings,
  { name, program, settings, stopMs }: NodeProgram,
): ProcessPlan {
  const file = fileURLToPath(new URL(`../../../${program}`, import.meta.url))
  const url = publicUrl(String(settings['HOST']), Number(settings['PORT']))
  return {
    ...commonTo(name, home, report),
    command: {
      file: process.execPath,
      args: [file],
      cwd: process.cwd(),
      env: { ...env, ...withoutFiles(settings), ...settings, SKALD_SUPERVISED: '1' },
    },
    url,
    stopSignal: 'SIGTERM',
    stopMs,
    mayRefuse: true,
    isReady: () => isReady(url),
  }
}

/** What is set is not read from a file as well. */
function withoutFiles(settings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(settings).map((name) => [`${name}_FILE`, '']))
}

function commonTo(name: string, home: Home, report: Surroundings['report']) {
  return {
    name,
    logFile: home.logFile(name),
    pidFile: home.pidFile(name),
    report: (fact: string) => report(name, fact),
  }
}

async function isReady(url: string): Promise<boolean> {
  const options = { retry: { limit: 0 }, timeout: { request: ANSWER_MS }, throwHttpErrors: false }
  return got(`${url}/readyz`, options).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function takesConnections(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
