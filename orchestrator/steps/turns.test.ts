// How many calls a participant gets at once, and what becomes of those that wait for their turn.
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { v7 as newSagaId } from 'uuid'
import { step } from '../../machines/step.ts'
import { answer, scriptedServer, silence, type Act } from '../../test/kit/scripted-server.ts'
import { until } from '../../test/kit/until.ts'
import { HttpSteps, type HttpStepsOptions, type StepReport } from './http-steps.ts'

const { declaration: reserve } = step('reserve', {
  participant: 'stocks',
  request: (input: { quantite: number }) => ({ method: 'POST', path: '/reservations/', body: { ...input } }),
  reply: Type.Object({ reservation_id: Type.String() }),
})

const FITS = { reservation_id: 'r-1' }
const saga = { sagaId: newSagaId(), machine: 'm', version: '1', trace: null }

/** Answers each call when the test says so, in the order in which they came. */
function answersLater() {
  const open: (() => void)[] = []
  const act: Act = (response, request) => void open.push(() => answer(201, FITS)(response, request))
  return { act, next: () => open.shift()?.() }
}

function stepsOf(t: Test, options: Partial<HttpStepsOptions>) {
  const steps = new HttpSteps({
    participants: {},
    timeoutMs: 20_000,
    deadlineMs: 20_000,
    retries: 2,
    ...options,
  })
  t.teardown(() => steps.close())
  return steps
}

const callOf = (signal = new AbortController().signal, resumed = false) => ({
  ...saga,
  input: { quantite: 1 },
  resumed,
  signal,
})

t.test('a participant gets so many calls at once, over as many connections, and no more', async (t) => {
  const { act, next } = answersLater()
  const server = await scriptedServer(t, act)
  const steps = stepsOf(t, { participants: { stocks: server.url }, concurrency: 2 })
  const calls = Array.from({ length: 6 }, () => steps.call(reserve, callOf()))
  for (const asked of [2, 3, 4, 5, 6]) {
    await until(`it is asked ${asked} times`, async () => server.asked.length === asked)
    t.strictSame(steps.load(), [{ participant: 'stocks', calling: 2, waiting: 6 - asked }])
    next()
  }
  next()
  await Promise.all(calls)
  t.strictSame(steps.load(), [{ participant: 'stocks', calling: 0, waiting: 0 }])
  t.equal(new Set(server.asked.map(({ socket }) => socket)).size, 2)
})

t.test('a slow participant does not hold up the calls of another', async (t) => {
  const slow = await scriptedServer(t, silence)
  const quick = await scriptedServer(t, answer(201, FITS))
  const steps = stepsOf(t, { participants: { carts: slow.url, stocks: quick.url }, concurrency: 1 })
  const { declaration: lock } = step('lock', {
    participant: 'carts',
    request: () => ({ method: 'POST' as const, path: '/' }),
    reply: Type.Unknown(),
  })
  const leaving = new AbortController()
  const stuck = Array.from({ length: 3 }, () => steps.call(lock, callOf(leaving.signal)))
  await until('the slow one is asked', async () => slow.asked.length === 1)
  t.strictSame(await steps.call(reserve, callOf()), FITS)
  t.match(steps.load(), [{ calling: 1, waiting: 2 }, { calling: 0 }])
  leaving.abort()
  await Promise.allSettled(stuck)
})

t.test('a call that leaves the queue was surely not made, unless an earlier life made it', async (t) => {
  const server = await scriptedServer(t, silence)
  const steps = stepsOf(t, { participants: { stocks: server.url }, concurrency: 1 })
  const leaving = new AbortController()
  const first = steps.call(reserve, callOf(leaving.signal))
  await until('it is asked', async () => server.asked.length === 1)
  const gone = new AbortController()
  const waiting = [steps.call(reserve, callOf(gone.signal)), steps.call(reserve, callOf(gone.signal, true))]
  t.match(steps.load(), [{ calling: 1, waiting: 2 }])
  gone.abort()
  t.match(await Promise.allSettled(waiting), [
    { reason: { name: 'StepUnreachable', code: 'NOT_CALLED', inDoubt: false } },
    { reason: { code: 'NOT_CALLED', inDoubt: true } },
  ])
  t.match(steps.load(), [{ calling: 1, waiting: 0 }])
  leaving.abort()
  t.match(await Promise.allSettled([first]), [{ reason: { code: 'ERR_ABORTED', inDoubt: true } }])
  t.match(steps.load(), [{ calling: 0 }])
  t.equal(server.asked.length, 1)
})

t.test('the deadline of a step begins when it is its turn', async (t) => {
  const deadlineMs = 1_500
  const late: Act = (response, request) =>
    void setTimeout(() => answer(201, FITS)(response, request), deadlineMs + 300)
  const server = await scriptedServer(t, late, answer(503), answer(201, FITS))
  const reports: StepReport[] = []
  const participants = { stocks: server.url }
  const onStep = (report: StepReport) => reports.push(report)
  const steps = stepsOf(t, { participants, concurrency: 1, deadlineMs, onStep })
  const [, second] = await Promise.all([steps.call(reserve, callOf()), steps.call(reserve, callOf())])
  t.strictSame(second, FITS, 'it was tried again, though it had waited longer than its deadline')
  t.equal(reports[1]?.attempts, 2)
  t.ok(Number(reports[1]?.durationMs) < Number(reports[0]?.durationMs), 'nor does the wait count as its time')
})
