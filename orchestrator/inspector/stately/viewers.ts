/** The connections of those who watch: how many there may be, whether they still live, and how they end. */
import type { WebSocket } from 'ws'
import type { StatelyMessage } from './messages.ts'

/** Each asks the database twice a second while its sagas run. */
const VIEWERS_MAX = 32
const HEARTBEAT_MS = 15_000
/** Those who do not answer a goodbye must not hold up the end of the process. */
const GOODBYE_MS = 1_000

/** Of RFC 6455, and two of our own. */
export const CLOSE = {
  goingAway: 1001,
  broken: 1011,
  full: 1013,
  badQuery: 4400,
  refused: 4401,
  unknownSaga: 4404,
} as const

export class Viewers {
  /** Whether each was heard of since the last heartbeat. */
  readonly #alive = new Map<WebSocket, boolean>()
  #heartbeat: NodeJS.Timeout | undefined

  /** Its signal says that it has gone; undefined, and it was told, if there are too many. */
  add(socket: WebSocket): AbortSignal | undefined {
    if (this.#alive.size >= VIEWERS_MAX) {
      socket.close(CLOSE.full, `${VIEWERS_MAX} others watch already`)
      return undefined
    }
    const gone = new AbortController()
    this.#alive.set(socket, true)
    socket.on('pong', () => this.#alive.set(socket, true))
    socket.once('close', () => {
      this.#alive.delete(socket)
      gone.abort()
      if (this.#alive.size === 0) clearInterval(this.#heartbeat)
    })
    if (this.#alive.size === 1) this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
    return gone.signal
  }

  /** Resolves when the last of them has left this process. */
  async send(socket: WebSocket, messages: readonly StatelyMessage[]): Promise<void> {
    const texts = messages.map((message) => JSON.stringify(message))
    for (const text of texts.slice(0, -1)) socket.send(text)
    await new Promise<void>((resolve, reject) => {
      socket.send(texts.at(-1) ?? '', (error) => (error ? reject(error) : resolve()))
    })
    // What it takes is a sign of life: on a slow line the heartbeat waits behind it.
    if (this.#alive.has(socket)) this.#alive.set(socket, true)
  }

  async close(): Promise<void> {
    const closing = [...this.#alive.keys()].map(async (socket) => {
      const over = new Promise((resolve) => socket.once('close', resolve))
      socket.close(CLOSE.goingAway, 'the orchestrator ends')
      const timer = setTimeout(() => socket.terminate(), GOODBYE_MS)
      await over
      clearTimeout(timer)
    })
    await Promise.all(closing)
  }

  #beat(): void {
    for (const [socket, isAlive] of this.#alive) {
      if (!isAlive) {
        socket.terminate()
        continue
      }
      this.#alive.set(socket, false)
      socket.ping()
    }
  }
}
