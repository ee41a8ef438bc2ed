import t from 'tap'
import { answerOfEnd, answerOfRunning } from './answers.ts'

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
  for (const status of [undefined, 200, 302, 401, 429, 500, 503])
    t.equal(statusFor({ ...failure, status }), 502)
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
