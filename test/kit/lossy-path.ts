// A way to Postgres on which answers can get lost: the server has done its work, and its client will never know.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface LossyPath {
  /** The database, by this way. */
  readonly url: string
  /**
   * Breaks each connection that is there: at once, or when the server's next answer comes through; or nothing passes
   * any more, and neither side is told.
   */
  cut(when: 'now' | 'at the next answer' | 'without a word'): void
}

export async function lossyPath(t: Pick<Test, 'teardown'>, databaseUrl: string): Promise<LossyPath> {
  const target = new URL(databaseUrl)
  const open = new Set<Socket>()
  const doomed = new Set<Socket>()
  const silent = new WeakSet<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    open.add(near)
    near.on('data', (piece) => void (silent.has(near) || far.write(piece)))
    far.on('data', (piece) => {
      if (silent.has(near)) return
      // The server is not told: it finds out when it has the next thing to say, as with a broken cable.
      if (doomed.delete(near)) near.destroy()
      else near.write(piece)
    })
    near.on('error', () => undefined).on('close', () => open.delete(near))
    far.on('error', () => undefined).on('close', () => near.destroy())
    t.teardown(() => far.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    cut(when) {
      for (const near of open) {
        if (when === 'now') near.destroy()
        else if (when === 'without a word') silent.add(near)
        else doomed.add(near)
      }
    },
  }
}
