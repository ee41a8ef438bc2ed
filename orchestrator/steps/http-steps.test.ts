import { gzipSync } from 'node:zlib'
import getPort from 'get-port'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { v7 as newSagaId } from 'uuid'
import { compensation, step, type StepDeclaration, type StepFailure } from '../../machines/step.ts'
import {
  answer,
  breakOff,
  hangUp,
  scriptedServer,
  silence,
  stopInTheMiddle,
  type Act,
} from '../../test/kit/scripted-server.ts'
import { until } from '../../test/kit/until.ts'
import { HttpSteps, type HttpStepsOptions, type StepReport } from './http-steps.ts'

const { declaration: reserve } = step('reserve', {
  participant: 'stocks',
  request: (input: { quantite: number }) => ({ method: 'POST', path: '/reservations/', body: { ...input } }),
  reply: Type.Object({ reservation_id: Type.String() }),
})
const { declaration: release } = compensation('reserve', {
  participant: 'stocks',
  request: (input: { id: string }) => ({ method: 'DELETE', path: `/reservations/${input.id}/?now=yes` }),
  reply: Type.Unknown(),
})

const FITS = { reservation_id: 'r-1' }
const sagaId = newSagaId()
const saga = { sagaId, machine: 'm', version: '1', trace: null }

interface CallOptions extends Partial<Omit<HttpStepsOptions, 'participants' | 'onStep'>> {
  readonly url: string
  readonly declaration?: StepDeclaration
  readonly input?: unknown
  readonly resumed?: boolean
  readonly signal?: AbortSignal
}

/** One call, its reply or failure, and what was reported of it. */
async function call(t: Test, options: CallOptions) {
  const { url, declaration = reserve, input = { quantite: 2 }, resumed = false, signal, ...policy } = options
  const reports: StepReport[] = []
  const steps = new HttpSteps({
    participants: { stocks: url },
    timeoutMs: 10_000,
    deadlineMs: 20_000,
    retries: 2,
    ...policy,
    onStep: (report) => reports.push(report),
  })
  t.teardown(() => steps.close())
  const never = new AbortController().signal
  const called = steps.call(declaration, { ...saga, input, resumed, signal: signal ?? never })
  const result = await called.then(
    (reply) => ({ reply, failure: undefined }),
    (failure: StepFailure) => ({ reply: undefined, failure }),
  )
  return { ...result, report: reports[0] }
}

t.test('a step carries its request, its key, its saga and a trace', async (t) => {
  const server = await scriptedServer(t, answer(201, FITS))
  const { reply, report } = await call(t, server)
  t.strictSame(reply, FITS)
  const [asked] = server.asked
  t.match(asked, { method: 'POST', path: '/reservations/', body: '{"quantite":2}' })
  t.match(asked?.headers, {
    'content-type': 'application/json',
    'idempotency-key': `${sagaId}:reserve`,
    'x-correlation-id': sagaId,
    traceparent: new RegExp(`^00-${sagaId.replaceAll('-', '')}-[0-9a-f]{16}-01$`),
  })
  t.match(report, {
    ...saga,
    step: 'reserve',
    undo: false,
    participant: 'stocks',
    outcome: 'done',
    attempts: 1,
  })
  t.type(report?.durationMs, 'number')
})

t.test('a compensation has a key of its own, and may be answered with nothing', async (t) => {
  const server = await scriptedServer(t, answer(204))
  const { reply, failure } = await call(t, { url: server.url, declaration: release, input: { id: 'r-1' } })
  t.strictSame([reply, failure], [undefined, undefined])
  const [asked] = server.asked
  t.match(asked, { method: 'DELETE', path: '/reservations/r-1/?now=yes', body: '' })
  t.equal(asked?.headers['idempotency-key'], `${sagaId}:reserve:undo`)
  t.notOk('content-type' in (asked?.headers ?? {}))
})

t.test('a token for participants goes with every attempt', async (t) => {
  const server = await scriptedServer(t, answer(503), answer(201, FITS))
  await call(t, { url: server.url, authorization: 'its-token' })
  const sent = server.asked.map(({ headers }) => headers.authorization)
  t.strictSame(sent, ['Bearer its-token', 'Bearer its-token'])
})

t.test('steps in a row share one connection', async (t) => {
  const server = await scriptedServer(t, answer(201, FITS), answer(409), answer(201, FITS))
  const steps = new HttpSteps({
    participants: { stocks: server.url },
    timeoutMs: 10_000,
    deadlineMs: 20_000,
    retries: 0,
  })
  t.teardown(() => steps.close())
  const one = { ...saga, input: { quantite: 1 }, resumed: false, signal: new AbortController().signal }
  await steps.call(reserve, one)
  await t.rejects(steps.call(reserve, one))
  await steps.call(reserve, one)
  const sockets = new Set(server.asked.map(({ socket }) => socket))
  t.equal(server.asked.length, 3)
  t.equal(sockets.size, 1)
})

t.test('short trouble is tried again under the same key, and only the end counts', async (t) => {
  const troubles: [string, Act][] = [
    ['429', answer(429)],
    ['502', answer(502)],
    ['503', answer(503)],
    ['504', answer(504)],
    ['a broken connection', hangUp],
    ['an answer broken off', breakOff(201)],
  ]
  for (const [what, trouble] of troubles) {
    await t.test(what, async (t) => {
      const server = await scriptedServer(t, trouble, answer(201, FITS))
      const { reply, report } = await call(t, server)
      t.strictSame(reply, FITS)
      t.match(report, { outcome: 'done', attempts: 2 })
      t.strictSame(
        new Set(server.asked.map(({ headers }) => headers['idempotency-key'])),
        new Set([`${sagaId}:reserve`]),
      )
      t.strictSame(new Set(server.asked.map(({ body }) => body)), new Set(['{"quantite":2}']))
    })
  }
})

t.test('what will not pass by itself is not tried again', async (t) => {
  for (const status of [400, 404, 408, 409, 422, 425, 500, 501, 302]) {
    const server = await scriptedServer(
      t,
      answer(status, undefined, { location: '/elsewhere' }),
      answer(201, FITS),
    )
    const { failure } = await call(t, server)
    t.equal(failure?.status, status)
    t.equal(server.asked.length, 1)
  }
})

t.test('a participant that stays in trouble leaves the step in doubt', async (t) => {
  const server = await scriptedServer(t, answer(503, { code: 'base_injoignable', detail: 'No database.' }))
  const { failure, report } = await call(t, server)
  t.strictSame(failure, {
    name: 'StepInDoubt',
    message: 'No database.',
    code: 'base_injoignable',
    step: 'reserve',
    status: 503,
    inDoubt: true,
    answer: { status: 503, body: '{"code":"base_injoignable","detail":"No database."}' },
  })
  t.match(report, { outcome: 'in_doubt', attempts: 3 })
  t.equal(server.asked.length, 3)
})

t.test('an attempt in doubt makes a refusal behind it in doubt, and so does an earlier life', async (t) => {
  const server = await scriptedServer(t, answer(503), answer(409, { code: 'no' }))
  const afterTrouble = await call(t, server)
  t.match(afterTrouble.failure, { name: 'StepRefused', code: 'no', inDoubt: true })
  const afterResume = await call(t, { url: server.url, resumed: true })
  t.match(afterResume.failure, { name: 'StepRefused', code: 'no', inDoubt: true })
  t.match(afterResume.report, { outcome: 'in_doubt', attempts: 2 })
  const first = await call(t, server)
  t.match(first.failure, { name: 'StepRefused', code: 'no', inDoubt: false })
  t.match(first.report, { outcome: 'refused' })
})

t.test('where nothing listens, the step surely did not happen', async (t) => {
  const url = `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`
  const { failure, report } = await call(t, { url })
  t.match(failure, { name: 'StepUnreachable', code: 'ECONNREFUSED', step: 'reserve', inDoubt: false })
  t.match(report, { outcome: 'unreachable', attempts: 3 })
  const unknownHost = await call(t, { url: 'http://no-such-host.invalid', retries: 0 })
  t.match(unknownHost.failure, { name: 'StepUnreachable', inDoubt: false })
})

t.test('turned away with 429 for good, the step surely did not happen', async (t) => {
  const { failure } = await call(t, await scriptedServer(t, answer(429)))
  t.match(failure, { name: 'StepUnreachable', status: 429, inDoubt: false })
})

t.test('Retry-After is heeded, unless it leads beyond the deadline', async (t) => {
  const soon = await scriptedServer(t, answer(503, undefined, { 'retry-after': '1' }), answer(201, FITS))
  const startedAt = performance.now()
  t.strictSame((await call(t, soon)).reply, FITS)
  t.ok(performance.now() - startedAt >= 990, 'not before')
  const late = await scriptedServer(t, answer(503, undefined, { 'retry-after': '60' }), answer(201, FITS))
  const { failure } = await call(t, late)
  t.match(failure, { status: 503, inDoubt: true })
  t.equal(late.asked.length, 1)
})

t.test('what the participant said before it fell silent is told too', async (t) => {
  const server = await scriptedServer(t, answer(503, { detail: 'Too slow.' }), silence)
  const { failure } = await call(t, { url: server.url, timeoutMs: 200 })
  t.match(failure, { code: 'ETIMEDOUT', answer: { status: 503, body: '{"detail":"Too slow."}' } })
})

t.test('an attempt ends at its timeout, in doubt', async (t) => {
  const server = await scriptedServer(t, silence)
  const { failure } = await call(t, { url: server.url, timeoutMs: 50, retries: 5 })
  const message = 'the participant did not answer within 0.05 s'
  t.match(failure, { name: 'StepInDoubt', code: 'ETIMEDOUT', inDoubt: true, message })
  t.notOk(failure && 'status' in failure)
  t.equal(server.asked.length, 1, 'a slow participant is not called again, to be slower still')
})

t.test('an answer that stops in the middle ends at the timeout too, in doubt', async (t) => {
  const server = await scriptedServer(t, stopInTheMiddle)
  const { failure } = await call(t, { url: server.url, timeoutMs: 200 })
  t.match(failure, { name: 'StepInDoubt', code: 'ETIMEDOUT', inDoubt: true })
})

t.test('all attempts together end at the deadline, whatever each of them may take', async (t) => {
  const server = await scriptedServer(t, answer(503), answer(503), silence)
  const { failure, report } = await call(t, {
    url: server.url,
    timeoutMs: 600_000,
    deadlineMs: 1_000,
    retries: 100,
  })
  t.match(failure, { code: 'ETIMEDOUT', inDoubt: true })
  t.equal(report?.attempts, 3)
  t.ok(report && report.durationMs < 15_000, 'far below the time of one attempt')
  const always = await scriptedServer(t, answer(503))
  const given = await call(t, { url: always.url, deadlineMs: 1_000, retries: 100 })
  t.match(given.failure, { status: 503 })
  t.ok(always.asked.length < 10, 'it gives up long before the last retry')
})

t.test('an answer broken off is none, whatever its first line said', async (t) => {
  for (const status of [201, 409, 429]) {
    const { failure } = await call(t, { url: (await scriptedServer(t, breakOff(status))).url, retries: 0 })
    t.match(failure, { name: 'StepInDoubt', inDoubt: true })
    t.notOk(failure && 'status' in failure)
  }
})

t.test('a signal ends the call at once, between attempts too', async (t) => {
  const silent = await scriptedServer(t, silence)
  const leaving = new AbortController()
  const ended = call(t, { url: silent.url, signal: leaving.signal })
  await until('it is called', async () => silent.asked.length === 1)
  leaving.abort()
  t.match((await ended).failure, { code: 'ERR_ABORTED', inDoubt: true })

  const busy = await scriptedServer(t, answer(503, undefined, { 'retry-after': '15' }))
  const leavingAgain = new AbortController()
  const endedAgain = call(t, { url: busy.url, signal: leavingAgain.signal })
  await until('it is called', async () => busy.asked.length === 1)
  leavingAgain.abort()
  t.match((await endedAgain).failure, { code: 'ERR_ABORTED', inDoubt: true })
  t.equal(busy.asked.length, 1)
})

t.test('a participant without an address was surely not called', async (t) => {
  const elsewhere = step('ship', {
    participant: 'transports',
    request: () => ({ method: 'POST' as const, path: '/' }),
    reply: Type.Unknown(),
  })
  const { failure } = await call(t, { url: 'http://127.0.0.1:1', declaration: elsewhere.declaration })
  t.match(failure, { name: 'StepUnreachable', code: 'NO_ADDRESS', inDoubt: false })
  t.match(failure?.message, 'transports')
})

t.test('a request that can not be made was surely not made', async (t) => {
  const server = await scriptedServer(t, answer(201, FITS))
  const { failure } = await call(t, { url: server.url, declaration: release, input: null })
  t.match(failure, { code: 'REQUEST_NOT_MADE', inDoubt: false })
  t.equal(server.asked.length, 0)
})

const raw =
  (status: number, body: string | Buffer, contentType = 'application/json'): Act =>
  (response) =>
    response.writeHead(status, { 'content-type': contentType }).end(body)

t.test('a reply that does not fit leaves the step in doubt', async (t) => {
  const bodies = [
    '',
    'Bonjour',
    '<p>201</p>',
    '{"reservation_id":',
    '[]',
    'null',
    '{"reservation_id":1}',
    '{}',
  ]
  for (const body of bodies) {
    const { failure } = await call(t, await scriptedServer(t, raw(201, body)))
    t.match(failure, { name: 'StepInDoubt', code: 'REPLY_DOES_NOT_FIT', status: 201, inDoubt: true }, body)
  }
})

t.test('what kind of text a reply calls itself does not matter', async (t) => {
  const server = await scriptedServer(t, raw(200, '{"reservation_id":"é","more":1}', 'text/html'))
  t.strictSame((await call(t, server)).reply, { reservation_id: 'é', more: 1 })
})

t.test('a refusal in any other form is a refusal', async (t) => {
  const { failure } = await call(t, await scriptedServer(t, raw(409, '<h1>Conflict</h1>', 'text/html')))
  t.match(failure, { name: 'StepRefused', code: 'REFUSED', status: 409, inDoubt: false })
})

t.test(
  'a reply that Postgres can not store does not fit, and one that only looks like it does',
  async (t) => {
    const withText = (text: string) => raw(201, `{"reservation_id":"${text}"}`)
    for (const text of ['\\u0000', 'a\\\\\\u0000', '\\ud83d', '\\ude00\\ud83d']) {
      const { failure } = await call(t, await scriptedServer(t, withText(text)))
      t.match(failure, { code: 'REPLY_DOES_NOT_FIT', inDoubt: true }, text)
    }
    for (const text of ['\\\\u0000', '\\ud83d\\ude00', '\\u00e9']) {
      t.ok((await call(t, await scriptedServer(t, withText(text)))).reply, text)
    }
    const refusal = await scriptedServer(t, raw(409, '{"code":"no","detail":"\\u0000"}'))
    t.match((await call(t, refusal)).failure, { name: 'StepRefused', code: 'REFUSED', inDoubt: false })
  },
)

t.test('a reply of more than 1 MiB is not read to its end, packed or not', async (t) => {
  const large = `{"reservation_id":"${'x'.repeat(20_000_000)}"}`
  const packed: Act = (response) =>
    response.writeHead(201, { 'content-encoding': 'gzip' }).end(gzipSync(large))
  for (const act of [raw(201, large), packed]) {
    const server = await scriptedServer(t, act)
    const { failure } = await call(t, server)
    t.match(failure, { name: 'StepInDoubt', code: 'REPLY_TOO_LARGE', inDoubt: true })
    t.equal(server.asked.length, 1)
  }
  const fits = `{"reservation_id":"${'x'.repeat(1_000_000)}"}`
  t.ok((await call(t, await scriptedServer(t, raw(201, fits)))).reply)
})
