import t from 'tap'
import type { SagaRecord } from '../store/saga-reader.ts'
import { viewOf } from './saga-view.ts'

const failure = { name: 'StepRefused', message: 'No.', code: 'no', step: 'lock', inDoubt: false }

const record: SagaRecord = {
  sagaId: 's',
  machine: 'commande',
  version: '1',
  businessKey: null,
  trace: null,
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

t.test('a saga names its trace: that of its caller, or its own id', async (t) => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  t.equal(viewOf({ ...record, trace }).trace_id, '0af7651916cd43dd8448eb211c80319c')
  const sagaId = '019aab4d-0a3c-7e11-9d2f-3b1c5a7e9f00'
  t.equal(viewOf({ ...record, sagaId }).trace_id, '019aab4d0a3c7e119d2f3b1c5a7e9f00')
})
