import t from 'tap'
import { filterWords, likeliestFor, orderBody, orderFaults, type BulkOrder } from './bulk-order.ts'

const order: BulkOrder = {
  verb: 'retry',
  actor: ' marie ',
  reason: 'it is back',
  step: '',
  json: '',
  to: '',
  rate: '50',
}

t.test('an order is asked who, why, how fast, and for what belongs to its verb', async (t) => {
  t.same(Object.keys(orderFaults(order)), [])
  t.same(Object.keys(orderFaults({ ...order, actor: '', reason: ' ' })), ['actor', 'reason'])
  for (const rate of ['', '0', '1001', '2.5', 'x'])
    t.same(Object.keys(orderFaults({ ...order, rate })), ['rate'])
  t.same(Object.keys(orderFaults({ ...order, verb: 'complete' })), ['json'])
  t.same(Object.keys(orderFaults({ ...order, json: '{' })), ['json'])
  t.same(Object.keys(orderFaults({ ...order, verb: 'cancel', json: '{' })), [], 'it is not sent')
  t.same(Object.keys(orderFaults({ ...order, verb: 'migrate' })), ['to'])
})

t.test('no more is sent than belongs to the verb, and no filter means all', async (t) => {
  const full = { ...order, step: 'lock', json: '{}', to: '2' }
  const sent = { actor: 'marie', reason: 'it is back', rate: 50 }
  t.same(orderBody(order, {}), { ...sent, verb: 'retry', filter: { all: true } })
  t.same(orderBody(full, { status: 'parked' }), {
    ...sent,
    verb: 'retry',
    filter: { status: 'parked' },
    step: 'lock',
    input: {},
  })
  t.same(orderBody({ ...full, verb: 'migrate' }, { q: 'a' }), {
    ...sent,
    verb: 'migrate',
    filter: { q: 'a' },
    to: '2',
  })
})

t.test('what is likeliest and what is meant is told', async (t) => {
  t.equal(likeliestFor({ status: 'parked' }), 'retry')
  t.equal(likeliestFor({ status: 'running' }), 'compensate')
  t.equal(filterWords({ all: true }), 'all sagas')
  t.equal(filterWords({ status: 'parked', error_code: 'X' }), 'status parked · error code X')
})
