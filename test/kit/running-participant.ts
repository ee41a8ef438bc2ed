// A real participant on a real port, which can go away and come back at the same address.
import type { Test } from 'tap'
import { openSchema } from '../../migrations/database.ts'
import type { ParticipantDefinition } from '../../services/participant/process.ts'
import type { ParticipantServer } from '../../services/participant/server.ts'

export interface RunningParticipant {
  readonly url: string
  /** Nothing listens any more. */
  stop(): Promise<void>
  start(): Promise<void>
}

export async function startParticipant<Database>(
  t: Pick<Test, 'teardown'>,
  definition: ParticipantDefinition<Database>,
  databaseUrl: string,
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
  const start = async () => {
    app = await definition.build({ db: schema.db, logLevel: 'silent' })
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
    await stop()
    await schema.close()
  })
  return { url: `http://127.0.0.1:${port}`, start, stop }
}
