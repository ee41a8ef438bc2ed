// A real participant on a real port, which can go away and come back at the same address.
import type { Test } from 'tap'
import { openSchema } from '../../migrations/database.ts'
import type { ParticipantDefinition } from '../../services/participant/process.ts'
import type { ParticipantServer } from '../../services/participant/server.ts'
import type { TracingSettings } from '../../services/participant/tracing.ts'

export interface RunningParticipant {
  readonly url: string
  /** Nothing listens any more. */
  stop(): Promise<void>
  start(): Promise<void>
  /**
   * Holds every changing call from now on until released: `before` it is heard, or with its work done and
   * only the answer outstanding.
   */
  hold(what: 'request' | 'answer'): void
  release(): void
}

export async function startParticipant<Database>(
  t: Pick<Test, 'teardown'>,
  definition: ParticipantDefinition<Database>,
  databaseUrl: string,
  tracing?: TracingSettings,
): Promise<RunningParticipant> {
  const schema = await openSchema<Database>({
    url: databaseUrl,
    schema: definition.name,
    migrations: definition.migrations,
    poolMax: 10,
    applicationName: `test ${definition.name}`,
  })
  let app: ParticipantServer | undefined
  let port = 0
  let held: 'request' | 'answer' | undefined
  let released = Promise.withResolvers<void>()
  const wait = async (what: typeof held, method: string) => {
    if (held === what && method !== 'GET') await released.promise
  }
  const start = async () => {
    app = await definition.build({
      db: schema.db,
      pool: schema.pool,
      logLevel: 'silent',
      ...(tracing && { tracing }),
    })
    app.addHook('preHandler', async (request) => wait('request', request.method))
    app.addHook('onSend', async (request) => wait('answer', request.method))
    await app.listen({ port, host: '127.0.0.1' })
    port = (app.server.address() as { port: number }).port
  }
  const stop = async () => {
    app?.server.closeAllConnections()
    await app?.close()
    app = undefined
  }
  await start()
  t.teardown(async () => {
    released.resolve()
    await stop()
    await schema.close()
  })
  const hold = (what: 'request' | 'answer') => {
    held = what
    released = Promise.withResolvers<void>()
  }
  const release = () => {
    held = undefined
    released.resolve()
  }
  return { url: `http://127.0.0.1:${port}`, start, stop, hold, release }
}
