import t from 'tap'
import { operatorsRow } from './operators-row.ts'

t.test('a row tells who did what, and where it led, as one of the saga itself', (t) => {
  const event = { type: 'skald.migrate', actor: 'ada', reason: 'why not', from: '1', to: '2' } as const
  const emitted = [{ type: 'MOVED' }]
  t.same(operatorsRow(event, { seq: 3, at: 5, state: 'doing', snapshot: { value: 'doing' }, emitted }), {
    seq: 3,
    at: 5,
    state: 'doing',
    actor: null,
    timer: null,
    emitted,
    event,
    snapshot: '{"value":"doing"}',
  })
  t.end()
})
