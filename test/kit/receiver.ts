// Who is told of sagas that park or fail: a real server that checks every signature with the library of the scheme.
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import type { Test } from 'tap'
import { listening } from './listening.ts'

export const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, say').toString('base64')}`

interface Told {
  /** Of the notice: the same for each try. */
  readonly id: string
  readonly type: string
  readonly timestamp: string
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
  readonly data: {
    readonly saga_id: string
    readonly seq: number
    readonly state: string
    readonly error: { readonly code: string } | null
  }
}

/** A status, or no answer at all. */
export type Behaviour = (told: Told) => number | 'silence'

export interface Receiver {
  readonly url: string
  /** All it heard, whatever it answered. */
  readonly heard: readonly Told[]
  /** What came without a signature that holds. */
  readonly forged: number
  /** How many hung up before they were answered. */
  readonly hungUp: number
  behaves: Behaviour
}

/** Ends with `t`. */
export async function openReceiver(
  t: Pick<Test, 'teardown'>,
  behaves: Behaviour = () => 204,
): Promise<Receiver> {
  const heard: Told[] = []
  const checker = new Webhook(SECRET)
  let forged = 0
  let hungUp = 0
  const hear = (headers: Record<string, string>, body: string, response: ServerResponse) => {
    try {
      const { type, timestamp, data } = checker.verify(body, headers) as Omit<Told, 'id'>
      const { traceparent, tracestate } = headers
      const told = { id: headers['webhook-id'] ?? '', type, timestamp, traceparent, tracestate, data }
      heard.push(told)
      const status = receiver.behaves(told)
      if (status !== 'silence') response.writeHead(status).end()
    } catch {
      forged += 1
      response.writeHead(401).end()
    }
  }
  const server = createServer((request, response) => {
    response.on('close', () => (hungUp += response.writableEnded ? 0 : 1))
    text(request).then(
      (body) => hear(request.headers as Record<string, string>, body, response),
      () => undefined,
    )
  })
  const receiver = {
    url: `${await listening(t, server)}/hook`,
    heard,
    behaves,
    get forged() {
      return forged
    },
    get hungUp() {
      return hungUp
    },
  }
  return receiver
}
