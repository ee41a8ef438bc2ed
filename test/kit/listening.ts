import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Test } from 'tap'

/** Listens on a free port of this machine, and ends with `t`, whoever is still connected. Its address. */
export async function listening(t: Pick<Test, 'teardown'>, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return `http://127.0.0.1:${port}`
}
