/**
 * The edge of a process: settings in, signals in, exit code out.
 *
 * It may be killed at any line: every write is one transaction (barrier.ts), and the next start
 * finds the schema whole. A gentle end answers the open requests first, within a bound.
 */
import { once } from 'node:events'
import { DatabaseRefusedError, openSchema } from '../../migrations/database.ts'
import { readConfig } from './config.ts'
import type { ParticipantServer, ServerOptions } from './server.ts'

export type ParticipantDefinition<Database> = {
  /** Names the process, its schema and its metrics. */
  name: string
  defaultPort: number
  migrations: URL
  build: (options: ServerOptions<Database>) => Promise<ParticipantServer>
}

/** What has been started: how it ends, and how long that may take. */
export type Running = {
  end: () => Promise<void>
  /** END_TIMEOUT_MS unless said. */
  endTimeoutMs?: number
  /** Rejects when it can't go on. */
  failed?: Promise<never>
}

type Env = Readonly<Record<string, string | undefined>>

const POOL_MAX = 10
const END_TIMEOUT_MS = 10_000

/** Runs one participant to its end; see runProcess. */
export async function runParticipant<Database>(
  definition: ParticipantDefinition<Database>,
  env: Env,
): Promise<void> {
  await runProcess(definition.name, env, async () => {
    const config = readConfig(env, { PORT: definition.defaultPort })
    const schema = await openSchema<Database>({
      url: config.DATABASE_URL,
      schema: definition.name,
      migrations: definition.migrations,
      poolMax: POOL_MAX,
      applicationName: `skald ${definition.name}`,
    })
    const { LOG_LEVEL: logLevel, SERVICE_TOKEN: serviceToken, METRICS_TOKEN: metricsToken } = config
    const app = await definition.build({
      db: schema.db,
      pool: schema.pool,
      logLevel,
      serviceToken,
      metricsToken,
      tracing: { endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, headers: config.OTEL_EXPORTER_OTLP_HEADERS },
    })
    await app.listen({ port: config.PORT, host: config.HOST })
    const end = async () => {
      await app.close()
      await schema.close()
    }
    return { end }
  })
}

/**
 * Runs `start`, and then the end that it returned, once SIGTERM, SIGINT or, under a supervisor
 * (SKALD_SUPERVISED=1), the end of stdin asks for it. An end that takes longer than it may is cut off with exit
 * code 1. An operator's mistake is told in one sentence on stderr, with exit code 1.
 */
export async function runProcess(name: string, env: Env, start: () => Promise<Running>): Promise<void> {
  const ending = endSignal(env)
  let cutOff: NodeJS.Timeout | undefined
  const allow = (timeoutMs: number) => {
    clearTimeout(cutOff)
    cutOff = setTimeout(() => process.exit(1), timeoutMs).unref()
  }
  // What is still starting has nothing yet that may need longer.
  ending.addEventListener('abort', () => allow(END_TIMEOUT_MS))
  try {
    const { end, endTimeoutMs = END_TIMEOUT_MS, failed } = await start()
    if (!ending.aborted) await Promise.race([once(ending, 'abort'), ...(failed ? [failed] : [])])
    allow(endTimeoutMs)
    await end()
  } catch (error) {
    const mistake = operatorMistake(error)
    if (mistake === undefined) throw error
    // What `start` had opened by then must not keep the process alive.
    process.stderr.write(`${name}: ${mistake}\n`, () => process.exit(1))
  } finally {
    // An open stdin would keep the process alive.
    if (isSupervised(env)) process.stdin.destroy()
  }
}

/** Aborts when the process is asked to end. */
function endSignal(env: Env): AbortSignal {
  const ending = new AbortController()
  const end = () => ending.abort()
  // Once: a second Ctrl-C ends the process at once.
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  if (isSupervised(env)) {
    // The pipe from the supervisor closes however it died, kill -9 included.
    process.stdin.once('close', end).once('error', end).resume()
  }
  return ending.signal
}

function isSupervised(env: Env): boolean {
  return env['SKALD_SUPERVISED'] === '1'
}

/** Errors of other kinds of processes, known here by name, whose message is meant for the operator. */
const OPERATOR_MISTAKES = new Set(['ConfigError', 'NameTakenError'])

/** The sentence for an operator's mistake; undefined for an error of ours, which keeps its stack. */
function operatorMistake(error: unknown): string | undefined {
  if (error instanceof DatabaseRefusedError) return error.message
  if (error instanceof Error && OPERATOR_MISTAKES.has(error.name)) return error.message
  if (!(error instanceof Error) || !('code' in error && 'port' in error)) return undefined
  const port = String(error.port)
  if (error.code === 'EADDRINUSE')
    return `Port ${port} is taken; end what listens there, or set PORT to another.`
  if (error.code === 'EACCES')
    return `Port ${port} may not be opened by this user; set PORT to one above 1023.`
  if (error.code === 'EADDRNOTAVAIL') return 'HOST is not an address of this machine; correct it.'
  return undefined
}
