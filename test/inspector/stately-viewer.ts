// A viewer of the inspection protocol on a WebSocket of its own: what the package's receiver does not tell, such as why
// a connection ended.
import type { Test } from 'tap'
import type { StatelyMessage } from '../../orchestrator/inspector/stately/messages.ts'
import { until } from '../kit/until.ts'

export interface StatelyViewer {
  readonly messages: readonly StatelyMessage[]
  /** Resolves when it has ended, or was refused. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  send(text: string): void
  close(): void
}

const asWebSocket = (url: string) => url.replace(/^http/, 'ws')

/** Ended with `t`. */
export function openViewer(
  t: Pick<Test, 'teardown'>,
  url: string,
  headers: Record<string, string> = {},
): StatelyViewer {
  const socket = new WebSocket(asWebSocket(url), { headers })
  const messages: StatelyMessage[] = []
  socket.addEventListener('message', ({ data }) => {
    messages.push(JSON.parse(String(data)) as StatelyMessage)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
  })
  t.teardown(() => socket.close())
  return { messages, closed, send: (text) => socket.send(text), close: () => socket.close() }
}

/** The messages from the beginning to the first that is as the test says. */
export async function untilTold(
  messages: readonly StatelyMessage[],
  what: string,
  is: (message: StatelyMessage) => boolean,
): Promise<readonly StatelyMessage[]> {
  return until(what, async () => {
    const index = messages.findIndex(is)
    return index >= 0 && messages.slice(0, index + 1)
  })
}
