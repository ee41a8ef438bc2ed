// A request as it is sent, and as a person would send it again.
import { Agent, request as send, type IncomingHttpHeaders } from 'node:http'

export interface Request {
  readonly method: string
  /** With the query, percent-encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Cut off: it is long, or never ends. */
  readonly isWhole: boolean
}

/** Longer than any call may wait by its settings, on a machine with much else to do. */
const PATIENCE_MS = 60_000
const ANSWER_MAX = 2 ** 20
const agent = new Agent({ keepAlive: true, maxSockets: 4 })

/** Rejects when no answer comes. */
export async function ask(url: string, { method, path, headers, body }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send(`${url}${path}`, { method, headers, agent, timeout: PATIENCE_MS })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)))
    outgoing.on('error', reject)
    outgoing.on('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new Error('it was upgraded'))
    })
    outgoing.on('response', (response) => {
      const { statusCode: status = 0, headers } = response
      let text = ''
      const end = (isWhole: boolean) => {
        resolve({ status, headers, text, isWhole })
        if (!isWhole) response.destroy()
      }
      if (String(headers['content-type']).startsWith('text/event-stream')) return end(false)
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
        if (text.length > ANSWER_MAX) end(false)
      })
      response.on('end', () => end(true))
      response.on('error', reject)
    })
    outgoing.end(body)
  })
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** For a shell. */
export function curlOf(url: string, { method, path, headers, body }: Request): string {
  const words = ['curl', '-sS', '-i', '-X', method, quoted(`${url}${path}`)]
  for (const [name, value] of Object.entries(headers)) words.push('-H', quoted(`${name}: ${value}`))
  if (body !== undefined) words.push('--data-binary', quoted(body))
  return words.join(' ')
}
