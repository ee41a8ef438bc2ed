import t from 'tap'
import type { Row } from '../types.ts'
import { whereOf } from './where.ts'

const row = { status: 'running', state: 'doing.lock', step: 'lock', error_code: null } as Row

t.test('a path that names the step is enough', async (t) => {
  t.strictSame(whereOf(row), { place: 'doing.lock', step: null, code: null })
  t.strictSame(whereOf({ ...row, state: 'doing.left.a,right.lock' }), {
    place: 'doing.left.a,right.lock',
    step: null,
    code: null,
  })
})

t.test('a parked saga says which step keeps failing, and with what', async (t) => {
  const parked: Row = { ...row, status: 'parked', state: 'parked.undoing', error_code: 'ECONNREFUSED' }
  t.strictSame(whereOf(parked), { place: 'parked.undoing', step: 'lock', code: 'ECONNREFUSED' })
})

t.test('a saga that has ended says how, and why it failed', async (t) => {
  t.strictSame(whereOf({ ...row, status: 'done', state: 'DONE' }), { place: 'done', step: null, code: null })
  t.strictSame(whereOf({ ...row, status: 'failed', state: 'FAILED', error_code: 'cart_not_open' }), {
    place: 'failed',
    step: null,
    code: 'cart_not_open',
  })
})
