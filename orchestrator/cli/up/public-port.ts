// The one port that people see: free to listen on, or a sentence that says why not.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import getPort from 'get-port'
import { messageOf, OperatorError } from '../operator-error.ts'

/** How long the processes of a killed `up` may take to notice its end and let go of the port. */
const LET_GO_MS = 5000
const POLL_MS = 200

/** The port itself, or any free one for 0. Throws an OperatorError if it cannot be listened on. */
export async function choosePublicPort(host: string, port: number): Promise<number> {
  const deadline = Date.now() + LET_GO_MS
  let fault = await faultOfListening(host, port)
  while (fault === 'EADDRINUSE' && Date.now() < deadline) {
    await sleep(POLL_MS)
    fault = await faultOfListening(host, port)
  }
  switch (fault) {
    case undefined:
      return port || getPort({ host })
    case 'EADDRINUSE':
      throw new OperatorError(
        `Port ${port} is taken: end what listens there, or choose another by PORT or --port.`,
      )
    case 'EACCES':
      throw new OperatorError(
        `Port ${port} is not open to this user: choose one above 1023 by PORT or --port.`,
      )
    default:
      throw new OperatorError(
        `HOST ${host} cannot be listened on (${fault}): set it to localhost or 0.0.0.0.`,
      )
  }
}

async function faultOfListening(host: string, port: number): Promise<string | undefined> {
  const server = createServer().listen({ host, port })
  try {
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
  }
}
