// `skald watch`, at a real system that goes away and comes back.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import t from 'tap'
import type { Test } from 'tap'
import { until } from '../kit/until.ts'
import { begin, skald } from './command.ts'
import { parkedSaga, shopWithTroubles } from './shop-with-troubles.ts'

const { system, url, done, failed } = await shopWithTroubles(t)
const { shop } = system
const operator = { actor: 'bob', reason: 'the test says so' }

t.test('watch of a saga that has ended tells its journal, and how it ended', async (t) => {
  const good = await skald(t, ['watch', done], { url })
  t.equal(good.code, 0)
  const lines = good.stdout.trimEnd().split('\n')
  t.match(lines[0], /^\d\d:\d\d:\d\d +0 {2}begun → doing\.lock$/)
  t.match(lines.at(-1), / 3 {2}create done → done$/)
  t.equal((await skald(t, ['watch', failed], { url })).code, 1)
})

t.test('watch follows a saga until it ends', async (t) => {
  const saga = await parkedSaga(system)
  const watching = begin(t, ['watch', saga], { url })
  await until('it is seen parked', async () => /→ parked/.test(watching.printed()))
  await shop.post(`/api/sagas/${saga}/skip`, operator)
  const { code, stdout } = await watching.ended
  t.equal(code, 1)
  t.match(stdout, /skip by bob → undoing\.lock\n.*undo-lock done → failed\n$/)
  const seqs = [...stdout.matchAll(/^\S+ +(\d+) /gm)].map(([, seq]) => Number(seq))
  t.strictSame(
    seqs,
    seqs.map((_seq, index) => index),
    'each transition once',
  )
})

t.test('watch in JSON is a line for each transition', async (t) => {
  const { stdout } = await skald(t, ['watch', done, '--json'], { url })
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number })
  t.strictSame(
    lines.map(({ seq }) => seq),
    [0, 1, 2, 3],
  )
})

t.test('watch of all tells each transition as it is committed, until Ctrl-C', async (t) => {
  system.stocks.release()
  const watching = begin(t, ['watch', '--json'], { url })
  const saga = await until('it is seen', async () => {
    // Those of before it listened are none of its business.
    const { saga_id } = (await shop.order(await shop.cart(99))).body
    return watching.printed().includes(`"saga_id":"${saga_id}"`) && saga_id
  })
  await until('its end is seen', async () => watching.printed().includes('"status":"failed"'))
  watching.interrupt()
  const { code, stdout } = await watching.ended
  t.equal(code, 130)
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { saga_id: string; seq: number })
  t.ok(told.some(({ saga_id }) => saga_id === saga))
  t.equal(new Set(told.map(({ saga_id, seq }) => `${saga_id} ${seq}`)).size, told.length, 'each once')
})

t.test('Ctrl-C ends the watching, not the saga', async (t) => {
  const saga = await parkedSaga(system)
  const watching = begin(t, ['watch', saga], { url })
  await until('it is seen', async () => watching.printed().includes('begun'))
  watching.interrupt()
  t.equal((await watching.ended).code, 130)
  t.ok(['parked', 'compensating'].includes((await shop.saga(saga)).status))
})

/** A way to the orchestrator that can be closed and opened again, at one address. */
async function wayTo(t: Pick<Test, 'teardown'>, target: string) {
  const server = createServer((asked, answer) => {
    const { method = 'GET', headers } = asked
    const call = request(new URL(asked.url ?? '/', target), { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    })
    asked.pipe(call)
  })
  const open = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as { port: number }).port
  }
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  const port = await open(0)
  t.teardown(close)
  return { url: `http://127.0.0.1:${port}`, close, open: () => open(port) }
}

t.test('watch outlives an orchestrator that is away for a while', async (t) => {
  const saga = await parkedSaga(system)
  const way = await wayTo(t, url)
  const watching = begin(t, ['watch', saga], { url: way.url })
  await until('it is seen parked', async () => /→ parked/.test(watching.printed()))
  way.close()
  await until('it is missed', async () => /Asking again/.test(watching.complained()))
  await shop.post(`/api/sagas/${saga}/skip`, operator)
  await way.open()
  const { code, stdout, stderr } = await watching.ended
  t.equal(code, 1)
  t.match(stderr, /^[^\n]* Asking again …\nIt answers again\.\n$/)
  t.match(stdout, /undo-lock done → failed\n$/)
})
