/** What the three participants share beyond HTTP: a database behind them, and answers from the barrier. */
import type { FastifyReply } from 'fastify'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Answer } from './barrier.ts'
import { buildHttpServer } from './http-server.ts'
import type { HttpServer } from './http-server.ts'
import { demandServiceToken, type ServiceTokens } from './service-token.ts'

export type ParticipantServer = HttpServer

export type ServerOptions<Database> = ServiceTokens & {
  db: Kysely<Database>
  /** A pino level; 'silent' for none. */
  logLevel: string
}

/** A server without routes of its own that does not listen yet. `name` labels its logs and metrics. */
export async function buildParticipant<Database>(
  name: string,
  { db, logLevel, ...tokens }: ServerOptions<Database>,
): Promise<ParticipantServer> {
  const ready = async () => {
    await sql`select 1`.execute(db)
  }
  const app = await buildHttpServer(name, { log: logLevel, ready })
  demandServiceToken(app, tokens)
  return app
}

export function sendAnswer(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  if (status >= 400) reply.type('application/problem+json')
  return reply.code(status).send(body)
}
