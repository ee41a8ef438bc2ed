/** Answers what never became a request: it was too slow, too large, or no HTTP. The connection ends with it. */
import type { Socket } from 'node:net'
import { problem, type Problem } from './problem.ts'

const slow = problem(408, 'requete_trop_lente', 'The request did not arrive in time.')
const large = problem(431, 'en_tetes_trop_grands', 'The headers are larger than 16 KiB.')
const broken = problem(400, 'requete_illisible', 'This is no request of HTTP/1.1.')

const answers = new Map<string | undefined, Problem>([
  ['ERR_HTTP_REQUEST_TIMEOUT', slow],
  ['HPE_HEADER_OVERFLOW', large],
])

export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const answer = answers.get(error.code) ?? broken
  const body = JSON.stringify(answer)
  const head = [
    `HTTP/1.1 ${answer.status} ${answer.title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroy(error)
}
