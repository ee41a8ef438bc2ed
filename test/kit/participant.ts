// A participant on a database of its own, asked by `inject`: everything real but the socket.
import type { OutgoingHttpHeaders } from 'node:http'
import type { InjectOptions } from 'fastify'
import type { Pool } from 'pg'
import type { Test } from 'tap'
import { openSchema } from '../../migrations/database.ts'
import type { ParticipantDefinition } from '../../services/participant/process.ts'
import type { Problem } from '../../services/participant/problem.ts'
import type { ServiceTokens } from '../../services/participant/service-token.ts'
import { freshDatabase } from './database.ts'

export interface Reply<Body> {
  status: number
  /** As the test expects it; compare it before you trust it. */
  body: Body
  headers: OutgoingHttpHeaders
}

export interface Asked {
  headers?: Record<string, string>
  body?: unknown
}

export interface TestParticipant {
  pool: Pool
  /** Sends `METHOD /path`. */
  ask<Body = Problem>(call: string, asked?: Asked): Promise<Reply<Body>>
  /** What a scraper is told; plain text unless it accepts something else. */
  scrape(accept?: string): Promise<{ readonly type: string; readonly text: string }>
}

export async function startParticipant<Database>(
  t: Pick<Test, 'teardown'>,
  definition: ParticipantDefinition<Database>,
  { poolMax = 10, ...tokens }: { poolMax?: number } & ServiceTokens = {},
): Promise<TestParticipant> {
  const { url } = await freshDatabase(t)
  const schema = await openSchema<Database>({
    url,
    schema: definition.name,
    migrations: definition.migrations,
    poolMax,
    applicationName: 'test',
  })
  t.teardown(schema.close)
  const app = await definition.build({ db: schema.db, pool: schema.pool, logLevel: 'silent', ...tokens })
  t.teardown(() => app.close())

  return {
    pool: schema.pool,
    async ask(call: string, { headers = {}, body }: Asked = {}): Promise<Reply<never>> {
      const [method, path] = call.split(' ')
      const reply = await app.inject({
        method: method as NonNullable<InjectOptions['method']>,
        url: path ?? '/',
        headers,
        ...(body === undefined ? {} : { payload: body as NonNullable<InjectOptions['payload']> }),
      })
      const isJson = /json/.test(String(reply.headers['content-type']))
      const answer = reply.body === '' || !isJson ? undefined : JSON.parse(reply.body)
      return { status: reply.statusCode, body: answer as never, headers: reply.headers }
    },
    async scrape(accept) {
      const reply = await app.inject({
        url: '/metrics',
        headers: { ...(accept !== undefined && { accept }) },
      })
      return { type: String(reply.headers['content-type']), text: reply.body }
    },
  }
}

/** The headers a saga sends with a step, or with its compensation. */
export function ofSaga(sagaId: string, step: string, direction: 'do' | 'undo' = 'do') {
  const key = direction === 'do' ? `${sagaId}:${step}` : `${sagaId}:${step}:undo`
  return { headers: { 'idempotency-key': key, 'x-correlation-id': sagaId } }
}

export interface ShownEvent {
  action: string
  outcome: string
  correlation_id: string | null
  detail: Record<string, unknown>
}

/** What the service has recorded, the newest first, as `ACTION OUTCOME`. */
export async function eventsOf(participant: TestParticipant, path: string): Promise<string[]> {
  const { body } = await participant.ask<ShownEvent[]>(`GET ${path}`)
  return body.map(({ action, outcome }) => `${action} ${outcome}`)
}
