import t from 'tap'
import type { Row } from '../types.ts'
import { isNewer, merged } from './merge.ts'

const items = (...ids: readonly string[]) => ids.map((id) => ({ id }))
const idsOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).join('')

t.test('what comes takes its place by its id, the newest first', async (t) => {
  t.equal(idsOf(merged(items('d', 'b'), items('e', 'f'))), 'fedb')
  t.equal(idsOf(merged(items('d', 'b'), items('c', 'a', 'e'))), 'edcba')
  t.equal(idsOf(merged([], items('a', 'b'))), 'ba')
  const loaded = items('d', 'b')
  t.equal(merged(loaded, []), loaded, 'nothing new is no new list')
})

t.test('a row is not taken back to what it was', async (t) => {
  const known = { seq: 4, updated_at: '2026-11-22T11:59:00.000Z' } as Row
  t.ok(isNewer({ ...known, seq: 5 }, known))
  t.notOk(isNewer({ ...known, seq: 3, updated_at: '2026-11-22T12:00:00.000Z' }, known))
  t.ok(
    isNewer({ ...known, updated_at: '2026-11-22T12:00:00.000Z' }, known),
    'parked by the engine, at the same seq',
  )
  t.notOk(isNewer({ ...known, updated_at: '2026-11-22T11:58:00.000Z' }, known))
})
