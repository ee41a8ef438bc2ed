// A client of Server-Sent Events, as a browser has it, but that it says when it connects again, and with what.
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { Test } from 'tap'
import { until } from './until.ts'

interface StreamEvent {
  readonly event: string
  readonly data: unknown
  /** What the client would send as Last-Event-ID when it got this. */
  readonly id: string
}

export interface EventStream {
  readonly response: IncomingMessage
  readonly events: readonly StreamEvent[]
  /** All that came, as it came. */
  text(): string
  /** The last id, that of messages without an event too. */
  lastId(): string
  isEnded(): boolean
  /** The first event of this name from `from` on that the test looks for. */
  next<Data>(event: string, is?: (data: Data) => boolean, from?: number): Promise<Data>
  close(): void
}

/** Resolves when the headers are there; closed at the end of `t`. */
export async function openEventStream(
  t: Pick<Test, 'teardown'>,
  url: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const request = get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false })
  t.teardown(() => request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  request.on('error', () => undefined)
  const events: StreamEvent[] = []
  let [text, rest, id, isEnded] = ['', '', '', false]
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    const messages = (rest + piece).split('\n\n')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const fields = fieldsOf(message)
      id = fields.get('id') ?? id
      const data = fields.get('data')
      if (data !== undefined) events.push({ event: fields.get('event') ?? '', data: JSON.parse(data), id })
    }
  })
  response.on('error', () => undefined).on('close', () => (isEnded = true))
  return {
    response,
    events,
    text: () => text,
    lastId: () => id,
    isEnded: () => isEnded,
    close: () => request.destroy(),
    next: async <Data>(name: string, is: (data: Data) => boolean = () => true, from = 0) =>
      await until(`${name} on ${url}`, async () => {
        if (isEnded) throw new Error(`${url} ended`)
        return events.slice(from).find(({ event, data }) => event === name && is(data as Data))?.data as
          Data | undefined
      }),
  }
}

const fieldsOf = (message: string) =>
  new Map(
    message.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
