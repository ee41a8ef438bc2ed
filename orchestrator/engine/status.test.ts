import t from 'tap'
import { statePath, statusOf } from './status.ts'

t.test('a state is named by its path, regions side by side', async (t) => {
  t.equal(statePath('done'), 'done')
  t.equal(statePath({ doing: 'lock' }), 'doing.lock')
  t.equal(statePath({ doing: { left: 'a', right: { deep: 'b' } } }), 'doing.left.a,right.deep.b')
  t.equal(statePath({ left: {}, right: undefined }), 'left,right')
})

const stands = (value: string | object, status = 'active', ...tags: string[]) =>
  statusOf({ value: value as never, status, tags: new Set(tags) })

t.test('the shape of a chart tells its status', async (t) => {
  t.equal(stands({ doing: 'lock' }), 'running')
  t.equal(stands({ undoing: 'lock' }), 'compensating')
  t.equal(stands('parked'), 'parked')
  t.equal(stands('done', 'done'), 'done')
  t.equal(stands('failed', 'done'), 'failed')
})

t.test('tags of the same names speak for a chart that calls its states otherwise', async (t) => {
  t.equal(stands({ zurück: 'a' }, 'active', 'undoing'), 'compensating')
  t.equal(stands('waiting', 'active', 'parked'), 'parked')
  t.equal(stands('over', 'done', 'failed'), 'failed')
  t.equal(stands('over', 'done'), 'done')
})

t.test('a saga that waits parked within its undoing is parked', async (t) => {
  t.equal(stands({ undoing: 'waiting' }, 'active', 'parked'), 'parked')
})
