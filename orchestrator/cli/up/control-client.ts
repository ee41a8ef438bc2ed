// Speaks with a running `skald up` through the socket in its home.
import { createHash } from 'node:crypto'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import got from 'got'
import type { ProcessInfo } from './supervisor.ts'

/** The kernel takes some 104 to 108 bytes, by system. */
const SOCKET_PATH_BYTES_MAX = 100
/** Stopping and starting end in time or with an answer that says why not. */
const ANSWER_MS = 90_000

export interface ControlClient {
  processes: () => Promise<ProcessInfo[]>
  /** Ends the process; it stays down until `start`. Resolves when it is gone. */
  stop: (name: string) => Promise<void>
  /** Resolves when the process is ready. */
  start: (name: string) => Promise<void>
  /** Kills the process as `kill -9` does; it is started again. Resolves at once. */
  kill: (name: string) => Promise<void>
}

/** A client for the `skald up` on this home. Calls reject, with `code` ENOENT or ECONNREFUSED if none runs. */
export function controlClient(home: string, { answerMs = ANSWER_MS } = {}): ControlClient {
  const client = got.extend({
    prefixUrl: 'http://skald',
    agent: { http: Object.assign(new Agent(), { createConnection: () => connect(controlSocket(home)) }) },
    retry: { limit: 0 },
    timeout: { request: answerMs },
  })
  const command = async (name: string, verb: string) => {
    await client.post(`processes/${encodeURIComponent(name)}/${verb}`)
  }
  return {
    processes: () => client.get('processes').json<ProcessInfo[]>(),
    stop: (name) => command(name, 'stop'),
    start: (name) => command(name, 'start'),
    kill: (name) => command(name, 'kill'),
  }
}

/** Where the `skald up` of this home listens. */
export function controlSocket(home: string): string {
  const path = join(resolve(home), 'control.sock')
  const short = `skald-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${short}`
  return Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX ? join(tmpdir(), `${short}.sock`) : path
}
