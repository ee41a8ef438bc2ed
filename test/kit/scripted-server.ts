// A server on a real socket that answers as the test says, and notes what it was asked.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { listening } from './listening.ts'

interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Equal for requests that came over one connection. */
  readonly socket: Socket
}

/** Answers one request. */
export type Act = (response: ServerResponse, request: IncomingMessage) => void

export interface ScriptedServer {
  readonly url: string
  /** What it was asked so far, in order. */
  readonly asked: readonly Asked[]
}

/** Answers with one act after the other, and from then on with the last; ends with `t`. */
export async function scriptedServer(t: Pick<Test, 'teardown'>, ...acts: Act[]): Promise<ScriptedServer> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    // A request that breaks off has nobody left to be answered.
    void hear(request, response).catch(() => undefined)
  })
  const hear = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers, socket } = request
    const body = await text(request)
    const act = acts[Math.min(asked.length, acts.length - 1)]
    asked.push({ method, path: url, headers, body, socket })
    act?.(response, request)
  }
  return { url: await listening(t, server), asked }
}

export const answer =
  (status: number, body?: unknown, headers: Record<string, string> = {}): Act =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(body === undefined ? undefined : JSON.stringify(body))

export const silence: Act = () => undefined

/** Breaks the connection before a word of the answer. */
export const hangUp: Act = (response) => void response.destroy()

/** Breaks the connection in the middle of the answer's body. */
export const breakOff =
  (status: number): Act =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"reservation_id": "', () => response.destroy())
  }

/** Begins an answer and leaves it at that. */
export const stopInTheMiddle: Act = (response) => {
  response.writeHead(201, { 'content-length': '1000' }).write('{"reservation_id": "')
}
