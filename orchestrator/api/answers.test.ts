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
    error,
  })
  t.match(answerOfEnd('s', 'failed', {}).body, { status: 502, code: 'FAILED', error: null })
})

t.test('a running saga is answered 202', async (t) => {
  t.strictSame(answerOfRunning('s', 'parked'), { status: 202, body: { saga_id: 's', status: 'parked' } })
})

const record: SagaRecord = {
  sagaId: 's',
  machine: 'commande',
  version: '1',
  status: 'parked',
  state: 'parked',
  seq: 6,
  input: {},
  problem: null,
  snapshot: { context: {} },
  createdAt: new Date(0),
  updatedAt: new Date(1),
}

t.test('a parked saga tells why it waits, and until when', async (t) => {
  const context = { parked: { reason: failure, tries: 3 }, error: { code: 'first' } }
  const timers = { b: { dueAt: 2_000 }, a: { dueAt: 1_000 } }
  t.match(viewOf({ ...record, snapshot: { context, timers } }), {
    state: 'parked',
    parked: { reason: 'No.', code: 'no', step: 'lock', tries: 3 },
    last_error: { code: 'first' },
    next_timer_at: '1970-01-01T00:00:01.000Z',
    output: null,
    vente_id: null,
  })
  const problem = { code: 'MACHINE_FAILED', message: 'it threw' } as const
  t.strictSame(viewOf({ ...record, problem }).parked, {
    reason: 'it threw',
    code: 'MACHINE_FAILED',
    step: null,
    tries: null,
  })
  t.equal(viewOf(record).parked, null, 'a machine that notes no reason')
  t.equal(viewOf({ ...record, status: 'running', snapshot: { context } }).parked, null)
})

t.test('an ended saga is shown by its end, not by the name of its state', async (t) => {
  t.equal(viewOf({ ...record, status: 'done', state: 'over.and.out' }).state, 'DONE')
  t.equal(viewOf({ ...record, status: 'failed', state: 'undone' }).state, 'FAILED')
  t.equal(viewOf({ ...record, status: 'compensating', state: 'undoing.lock' }).state, 'undoing.lock')
})
