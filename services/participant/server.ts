/** What the three participants share beyond HTTP: a database behind them, and answers from the barrier. */
import type { FastifyReply } from 'fastify'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { Registry } from 'prom-client'
import type { Answer, Participant } from './barrier.ts'
import { buildHttpServer } from './http-server.ts'
import type { HttpServer } from './http-server.ts'
import { traceMetrics } from './metrics.ts'
import { operationMetrics } from './operation-metrics.ts'
import { watchPools, type WatchedPool } from './pool-metrics.ts'
import { demandServiceToken, type ServiceTokens } from './service-token.ts'
import { traceRequests, type TracingSettings } from './tracing.ts'

export type ParticipantServer = HttpServer

export type ServerOptions<Database> = ServiceTokens & {
  db: Kysely<Database>
  /** What `db` runs on. */
  pool: WatchedPool
  /** A pino level; 'silent' for none. */
  logLevel: string
  tracing?: TracingSettings
}

type Built<Database> = { app: ParticipantServer; participant: Participant<Database> }

/** A server without routes of its own that does not listen yet. `name` is that of its schema, its logs and its metrics. */
export async function buildParticipant<Database>(
  name: string,
  { db, pool, logLevel, tracing, ...tokens }: ServerOptions<Database>,
): Promise<Built<Database>> {
  const ready = async () => {
    await sql`select 1`.execute(db)
  }
  const register = new Registry()
  watchPools(register, { [name]: pool })
  const onOperation = operationMetrics(register)
  const app = await buildHttpServer(name, { log: logLevel, ready, register })
  demandServiceToken(app, tokens)
  const onDropped = traceMetrics(register)
  if (tracing !== undefined) await traceRequests(app, name, { ...tracing, onDropped })
  return { app, participant: { schema: name, db, onOperation } }
}

export function sendAnswer(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  if (status >= 400) reply.type('application/problem+json')
  return reply.code(status).send(body)
}
