// The participant of depots: a real server that fails until it is told to work.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { listening } from './listening.ts'

export interface Workshop {
  readonly url: string
  /** From now on. */
  works: boolean
  /** How often it was asked, by the key of the step. */
  readonly asked: ReadonlyMap<string, number>
}

/** Ends with `t`. */
export async function openWorkshop(t: Pick<Test, 'teardown'>): Promise<Workshop> {
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key'])
    asked.set(key, (asked.get(key) ?? 0) + 1)
    const answer = () => {
      const [status, body] = workshop.works ? [200, { done: true }] : [500, { code: 'out_of_order' }]
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    // A request that breaks off has nobody left to be answered.
    text(request).then(answer, () => undefined)
  })
  const workshop: Workshop = { url: await listening(t, server), works: false, asked }
  return workshop
}
