import t from 'tap'
import type { Count, Row } from '../types.ts'
import { countIn, filterIn, isNarrow, matches } from './filter.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')

const row: Row = {
  saga_id: '01a2027e-292f-721d-a800-000000000001',
  machine: 'commande',
  version: '2',
  business_key: 'A-100',
  status: 'compensating',
  state: 'undoing.reserve',
  step: 'reserve',
  error_code: 'stock_insuffisant',
  seq: 4,
  created_at: '2026-11-22T11:00:00.000Z',
  updated_at: '2026-11-22T11:59:00.000Z',
}
const ended: Row = { ...row, status: 'failed', state: 'FAILED', step: 'reserve' }

t.test('a saga matches what each word of the filter says of it', async (t) => {
  t.ok(matches(row, {}, NOW))
  for (const [word, yes, no] of [
    ['machine', 'commande', 'commandes'],
    ['version', '2', '1'],
    ['status', 'compensating', 'parked'],
    ['state', 'undoing.reserve', 'undoing.res'],
    ['state', 'undoing', 'doing'],
    ['step', 'reserve', 'lock'],
    ['error_code', 'stock_insuffisant', 'STOCK_INSUFFISANT'],
    ['q', 'A-1', 'a-1'],
    ['q', 'A-100', '-100'],
    ['q', row.saga_id.toUpperCase(), row.saga_id.slice(0, 8)],
    ['older_than', '30m', '2h'],
    ['younger_than', '2h', '30m'],
  ] as const) {
    t.ok(matches(row, { [word]: yes }, NOW), `${word} ${yes}`)
    t.notOk(matches(row, { [word]: no }, NOW), `${word} ${no}`)
  }
  t.notOk(
    matches(row, { machine: 'commande', status: 'parked' }, NOW),
    'all words hold, or it does not match',
  )
})

t.test('a saga that has ended is found by the name of its end, and has no step', async (t) => {
  t.ok(matches(ended, { state: 'FAILED' }, NOW))
  t.notOk(matches(ended, { state: 'DONE' }, NOW))
  t.notOk(matches(ended, { state: 'failed' }, NOW))
  t.notOk(matches(ended, { step: 'reserve' }, NOW))
})

t.test('a saga without a business key is found by its id alone', async (t) => {
  const nameless = { ...row, business_key: null }
  t.notOk(matches(nameless, { q: 'A' }, NOW))
  t.ok(matches(nameless, { q: row.saga_id }, NOW))
})

t.test('of an address only what filters is taken, and no status that there is not', async (t) => {
  t.strictSame(filterIn({ q: 'A', status: 'parked', saga: 'x', at: '5', show: 'p95' }), {
    q: 'A',
    status: 'parked',
  })
  t.strictSame(filterIn({ status: 'made-up' }), {})
})

const counts: readonly Count[] = [
  { machine: 'commande', version: '1', status: 'done', state: 'DONE', sagas: 5 },
  { machine: 'commande', version: '2', status: 'done', state: 'DONE', sagas: 7 },
  { machine: 'commande', version: '2', status: 'running', state: 'doing.lock', sagas: 2 },
  { machine: 'commande', version: '2', status: 'running', state: 'doing.reserve', sagas: 1 },
  { machine: 'trip', version: '1', status: 'running', state: 'doing', sagas: 4 },
]

t.test('counts tell how many match, where a filter only says where sagas stand', async (t) => {
  t.equal(countIn(counts, {}), 19)
  t.equal(countIn(counts, { machine: 'commande', version: '2' }), 10)
  t.equal(countIn(counts, { state: 'doing' }), 7)
  t.equal(countIn(counts, { state: 'doing', machine: 'commande', status: 'running' }), 3)
  t.equal(countIn(counts, { state: 'DONE' }), 12)
  t.equal(countIn(counts, { status: 'parked' }), 0)
  t.equal(countIn(counts, { q: 'A' }), null)
  t.equal(countIn(counts, { status: 'done', older_than: '1h' }), null)
})

t.test('a filter that only names a machine is of all sagas there', async (t) => {
  t.notOk(isNarrow({}))
  t.notOk(isNarrow({ machine: 'commande', version: '1' }))
  t.ok(isNarrow({ machine: 'commande', status: 'parked' }))
})
