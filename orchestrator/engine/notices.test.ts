import t from 'tap'
import { Notices } from './notices.ts'
import type { Problem, Trouble } from './ports.ts'
import type { Stands } from './standing.ts'

const saga = { sagaId: 's0', machine: 'm', version: '2', trace: null }
const failure = { name: 'StepInDoubt', message: 'a: TIMEOUT', code: 'TIMEOUT', step: 'a', inDoubt: true }
const failing = (tries: number): Trouble => ({ cause: null, failing: { ...failure, invoke: 'a', tries } })
const parked = (trouble: Trouble | null): Stands => ({
  status: 'parked',
  state: 'parked',
  step: 'a',
  trouble,
})
const moment = { seq: 4, at: Date.UTC(2026, 0, 1) }
const broken: Problem = { code: 'MACHINE_FAILED', message: 'it broke' }

t.test('a parking is told, with what fails and where', (t) => {
  const notices = new Notices(saga, true)
  notices.transition('running', parked(failing(1)), moment)
  t.same(notices.take(), {
    kind: 'parked',
    seq: 4,
    payload: {
      kind: 'parked',
      saga_id: 's0',
      machine: 'm',
      version: '2',
      seq: 4,
      status: 'parked',
      state: 'parked',
      step: 'a',
      error: { code: 'TIMEOUT', message: 'a: TIMEOUT' },
      tries: 1,
      at: '2026-01-01T00:00:00.000Z',
    },
  })
  t.equal(notices.take(), null, 'once')
  t.end()
})

t.test('one that an automatic try led to, or that goes on, is not told again', (t) => {
  const notices = new Notices(saga, true)
  notices.transition('compensating', parked(failing(2)), moment)
  notices.transition('parked', parked(failing(1)), moment)
  notices.transition('running', { ...parked(null), status: 'compensating' }, moment)
  t.equal(notices.take(), null)
  notices.transition('running', parked(null), moment)
  t.match(notices.take(), { payload: { error: null, tries: null } }, 'one without a failure is')
  t.end()
})

t.test('an end in failure is told, with its cause if it has one', (t) => {
  const notices = new Notices(saga, true)
  const failed: Stands = { status: 'failed', state: 'failed', step: null, trouble: null }
  notices.transition('compensating', { ...failed, trouble: { cause: failure, failing: null } }, moment)
  t.match(notices.take(), { kind: 'failed', payload: { error: { code: 'TIMEOUT' } } })
  notices.transition('running', failed, moment)
  t.match(notices.take(), { kind: 'failed', payload: { error: null } })
  t.end()
})

t.test('a problem is told when it is another than the one before', (t) => {
  const notices = new Notices(saga, true)
  const now: Stands = { status: 'running', state: 'doing', step: 'a', trouble: null }
  notices.problem(broken, broken, now, moment)
  t.equal(notices.take(), null)
  notices.problem(broken, { ...broken, message: 'it broke otherwise' }, now, moment)
  t.match(notices.take(), {
    kind: 'parked',
    payload: { status: 'parked', error: { code: 'MACHINE_FAILED' } },
  })
  notices.problem(broken, { ...broken, code: 'WRITE_REFUSED' }, now, moment)
  t.match(notices.take(), { payload: { error: { code: 'WRITE_REFUSED' } } })
  notices.problem(null, broken, now, moment)
  t.match(notices.take(), { kind: 'parked' })
  t.end()
})

t.test('where nobody listens nothing is told', (t) => {
  const notices = new Notices(saga, false)
  notices.problem(null, broken, parked(null), moment)
  t.equal(notices.take(), null)
  t.end()
})
