import t from 'tap'
import type { SagaRecord } from '../store/saga-reader.ts'
import { answerOfEnd, answerOfRunning, viewOf } from './answers.ts'

const failure = { name: 'StepRefused', message: 'No.', code: 'no', step: 'lock', inDoubt: false }

const statusFor = (error: object | null | undefined) =>
  answerOfEnd('s', 'failed', { vente_id: null, error }).status

t.test('an end is answered 201, or 409 for a refusal, or 502 for trouble', async (t) => {
  t.strictSame(answerOfEnd('s', 'done', { vente_id: 7, error: null }), {
    status: 201,
    body: { saga_id: 's', vente_id: 7 },
  })
  t.strictSame(answerOfEnd('s', 'done', undefined), { status: 201, body: { saga_id: 's' } })
  for (const status of [400, 404, 409, 422]) t.equal(statusFor({ ...failure, status }), 409, String(status))
  t.equal(statusFor({ ...failure, status: 409, inDoubt: true }), 409)
  t.equal(statusFor({ ...failure, code: 'CANCELLED' }), 409)
  for (const status of [undefined, 200, 302, 429, 500, 503]) t.equal(statusFor({ ...failure, status }), 502)
  t.equal(statusFor(null), 502)
  t.equal(statusFor(undefined), 502)
})

t.test('a failed saga is told as a problem, with its id, its state and its error', async (t) => {
  const error = { ...failure, status: 409 }
  t.strictSame(answerOfEnd('s', 'failed', { vente_id: null, error }).body, {
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    detail: 'Step lock: No. All that was begun has been undone.',
    code: 'no',
    saga_id: 's',
    state: 'FAILED',
    undone: true,
    error,
  })
  t.match(answerOfEnd('s', 'failed', {}).body, { status: 502, code: 'FAILED', error: null })
})

t.test('who started a saga that was given up is told that it is not undone, and why', async (t) => {
  const error = {
    name: 'Abandoned',
    message: 'The store burnt down.',
    code: 'ABANDONED',
    step: '',
    inDoubt: true,
  }
  t.match(answerOfEnd('s', 'failed', { error, undone: false }), {
    status: 502,
    body: {
      status: 502,
      code: 'ABANDONED',
      detail: 'The saga was given up: The store burnt down. What was begun has NOT been undone.',
      state: 'FAILED',
      undone: false,
      error,
    },
  })
})

t.test('who starts sagas is not told what participants said word for word', async (t) => {
  const error = { ...failure, status: 409, answer: { status: 409, body: 'at line 7 of /srv/stocks' } }
  const { body } = answerOfEnd('s', 'failed', { error })
  t.strictSame(body['error'], { ...failure, status: 409 })
})

t.test('a running saga is answered 202', async (t) => {
  t.strictSame(answerOfRunning('s', 'parked'), { status: 202, body: { saga_id: 's', status: 'parked' } })
})

const record: SagaRecord = {
  sagaId: 's',
  machine: 'commande',
  version: '1',
  businessKey: null,
  status: 'parked',
  state: 'parked',
  seq: 6,
  input: {},
  problem: null,
  step: null,
  trouble: null,
  errorCode: null,
  snapshot: { context: {} },
  createdAt: new Date(0),
  updatedAt: new Date(1),
}

const timers = { b: { dueAt: 2_000 }, a: { dueAt: 1_000 } }
const firstDue = '1970-01-01T00:00:01.000Z'

t.test('a parked saga tells why it waits, what was answered last, and until when', async (t) => {
  const answer = { status: 503, body: 'Bad gateway' }
  const failing = { ...failure, status: 503, answer, invoke: 'undo-lock', tries: 3 }
  const trouble = { cause: { ...failure, code: 'first' }, failing }
  t.match(viewOf({ ...record, step: 'lock', trouble, errorCode: 'no', snapshot: { context: {}, timers } }), {
    state: 'parked',
    step: 'lock',
    error_code: 'no',
    last_error: { code: 'first' },
    next_timer_at: firstDue,
    output: null,
    vente_id: null,
    undone: null,
  })
  t.strictSame(viewOf({ ...record, trouble, snapshot: { context: {}, timers } }).parked, {
    reason: 'No.',
    code: 'no',
    step: 'lock',
    status: 503,
    answer,
    tries: 3,
    next_try_at: firstDue,
    by: 'chart',
  })
  t.match(viewOf({ ...record, trouble }).parked, { tries: 3, next_try_at: null }, 'it waits for a person')
  t.equal(viewOf({ ...record, trouble, status: 'compensating' }).parked, null)
})

t.test('a saga that the engine parked says so, and that no try is to come', async (t) => {
  const problem = { code: 'MACHINE_FAILED', message: 'it threw' } as const
  const trouble = { cause: null, failing: { ...failure, invoke: 'lock', tries: 3 } }
  const view = viewOf({ ...record, problem, trouble, step: 'lock', snapshot: { context: {}, timers } })
  t.strictSame(view.parked, {
    reason: 'it threw',
    code: 'MACHINE_FAILED',
    step: 'lock',
    status: null,
    answer: null,
    tries: null,
    next_try_at: null,
    by: 'engine',
  })
})

t.test('of a saga that parked before its row told why, its chart tells', async (t) => {
  const context = { parked: { reason: failure, tries: 3 }, error: { code: 'first' } }
  const view = viewOf({ ...record, snapshot: { context, timers } })
  t.match(view.parked, {
    reason: 'No.',
    code: 'no',
    step: 'lock',
    tries: 3,
    next_try_at: firstDue,
    by: 'chart',
  })
  t.match(view.last_error, { code: 'first' })
  t.match(viewOf(record).parked, { reason: /waits for a person/, code: null, step: null, by: 'chart' })
})

t.test('a failed saga tells whether it is undone', async (t) => {
  const failed = (output: unknown) =>
    viewOf({ ...record, status: 'failed', snapshot: { context: {}, output } })
  t.equal(failed({ vente_id: null, error: failure }).undone, true)
  t.equal(failed(null).undone, true)
  t.equal(failed({ error: failure, undone: false }).undone, false)
  t.equal(viewOf({ ...record, status: 'done' }).undone, null)
})

t.test('an ended saga is shown by its end, not by the name of its state', async (t) => {
  t.equal(viewOf({ ...record, status: 'done', state: 'over.and.out' }).state, 'DONE')
  t.equal(viewOf({ ...record, status: 'failed', state: 'undone' }).state, 'FAILED')
  t.equal(viewOf({ ...record, status: 'compensating', state: 'undoing.lock' }).state, 'undoing.lock')
})
