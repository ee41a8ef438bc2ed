// What a participant is told of the trace that a call belongs to, and what is reported of each attempt.
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { v7 as newSagaId } from 'uuid'
import { compensation } from '../../machines/step.ts'
import { answer, hangUp, scriptedServer, type Act } from '../../test/kit/scripted-server.ts'
import { until } from '../../test/kit/until.ts'
import type { Sampler } from '../traces/saga-trace.ts'
import { HttpSteps } from './http-steps.ts'
import type { AttemptReport } from './traced-call.ts'

const { declaration: release } = compensation('reserve', {
  participant: 'stocks',
  request: () => ({ method: 'DELETE', path: '/' }),
  reply: Type.Unknown(),
})

const sagaId = newSagaId()
const ownTrace = sagaId.replaceAll('-', '')
const caller = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'

interface Called {
  readonly trace?: string
  readonly isSampled?: Sampler
  readonly leave?: AbortSignal
}

async function call(t: Test, acts: readonly Act[], { trace, isSampled, leave }: Called = {}) {
  const server = await scriptedServer(t, ...acts)
  const attempts: AttemptReport[] = []
  const steps = new HttpSteps({
    participants: { stocks: server.url },
    timeoutMs: 10_000,
    deadlineMs: 20_000,
    retries: 2,
    onAttempt: (attempt) => attempts.push(attempt),
    ...(isSampled && { isSampled }),
  })
  t.teardown(() => steps.close())
  const saga = { sagaId, machine: 'm', version: '1', trace: trace ?? null }
  const signal = leave ?? new AbortController().signal
  const called = steps.call(release, { ...saga, input: null, resumed: false, signal })
  const parents = () => server.asked.map(({ headers }) => String(headers['traceparent']))
  return { server, attempts, saga, parents, ended: Promise.allSettled([called]) }
}

t.test('each attempt is a span of its own in the trace of the saga', async (t) => {
  const { attempts, parents, saga, ended } = await call(t, [answer(503), hangUp, answer(204)])
  await ended
  const spans = attempts.map(({ spanId }) => spanId)
  t.equal(new Set(spans).size, 3)
  t.strictSame(
    parents(),
    spans.map((spanId) => `00-${ownTrace}-${spanId}-01`),
  )
  const common = { saga, step: 'reserve', undo: true, participant: 'stocks', method: 'DELETE' }
  t.match(attempts, [
    { ...common, number: 1, outcome: 'in_doubt', status: 503, code: null },
    { ...common, number: 2, outcome: 'in_doubt', status: null, code: 'ECONNRESET' },
    { ...common, number: 3, outcome: 'done', status: 204, code: null },
  ])
  const times = attempts.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt])
  t.strictSame(
    times.toSorted((a, b) => a - b),
    times,
    'one after the other, the waits between them left out',
  )
})

t.test('the trace of the caller is passed on, with its state and its decision', async (t) => {
  const { server, attempts, parents, ended } = await call(t, [answer(409)], { trace: `${caller};a=1,b=2` })
  await ended
  t.match(parents(), [/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-00$/])
  t.equal(server.asked[0]?.headers['tracestate'], 'a=1,b=2')
  t.strictSame(attempts, [], 'the caller wants none of it recorded')
})

t.test('a trace that is not sampled is passed on as one', async (t) => {
  const { attempts, parents, ended } = await call(t, [answer(204)], { isSampled: () => false })
  await ended
  t.match(parents(), [new RegExp(`^00-${ownTrace}-[0-9a-f]{16}-00$`)])
  t.strictSame(attempts, [])
})

t.test('an attempt is told once, though the saga leaves while the next one is waited for', async (t) => {
  const leaving = new AbortController()
  const busy = answer(503, undefined, { 'retry-after': '15' })
  const { attempts, ended } = await call(t, [busy], { leave: leaving.signal })
  await until('it waits for its second attempt', async () => attempts.length === 1)
  leaving.abort()
  t.match(await ended, [{ reason: { code: 'ERR_ABORTED' } }])
  t.match(attempts, [{ number: 1, status: 503 }])
  t.equal(attempts.length, 1)
})
