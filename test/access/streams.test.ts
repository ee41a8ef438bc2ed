// One token leaves room for others: however often it is used, it does not take every stream that there is.
import t from 'tap'
import { WebSocket } from 'ws'
import { openEventStream, type EventStream } from '../kit/event-stream.ts'
import { until } from '../kit/until.ts'
import { guardedSystem } from './guarded.ts'

const { orchestrator, file } = await guardedSystem(t)

const stream = async (token: string) =>
  openEventStream(t, `${orchestrator.url}/inspector/api/live`, { authorization: `Bearer ${token}` })

t.test('a token has a share of the live streams, and what it ends it may open again', async (t) => {
  const open: EventStream[] = []
  let last = await stream(file.tokens.read)
  while (last.response.statusCode === 200) {
    open.push(last)
    last = await stream(file.tokens.read)
  }
  t.equal(open.length, 50)
  t.equal(last.response.statusCode, 429)
  const other = await stream(file.tokens.all)
  t.equal(other.response.statusCode, 200, 'another one looks on')
  for (const one of [...open, other]) one.close()
  await until('there is room again', async () => (await stream(file.tokens.read)).response.statusCode === 200)
})

/** The code that it was closed with; none if it stays. */
async function watch(token: string): Promise<{ socket: WebSocket; code: number | undefined }> {
  const url = `${orchestrator.url.replace('http', 'ws')}/inspector/stately`
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
  t.teardown(() => socket.terminate())
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  // Whoever may stay answers a ping; whoever may not was told so before.
  const answered = new Promise<undefined>((resolve) => socket.once('pong', () => resolve(undefined)))
  socket.ping()
  return { socket, code: await Promise.race([closed, answered]) }
}

t.test('and of the sagas that are watched', async (t) => {
  const codes: (number | undefined)[] = []
  for (let n = 0; n < 17; n += 1) codes.push((await watch(file.tokens.read)).code)
  t.strictSame(
    codes.slice(0, 16),
    Array.from({ length: 16 }, () => undefined),
  )
  t.equal(codes[16], 1013)
  t.equal((await watch(file.tokens.all)).code, undefined)
})
