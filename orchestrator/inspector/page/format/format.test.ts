import t from 'tap'
import { agoOf, countedOf, numberOf, shortNameOf, timeOf } from './format.ts'

t.test('how long ago is told in one unit, and never before now', async (t) => {
  const at = '2026-11-22T12:00:00.000Z'
  const ago = (ms: number) => agoOf(at, Date.parse(at) + ms)
  t.strictSame([-5_000, 999, 59_999, 60_000, 3_600_000, 86_400_000].map(ago), [
    '0 s',
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '1 d',
  ])
})

t.test('a moment is told to the millisecond, by the clock here', async (t) => {
  t.equal(timeOf(new Date(2026, 0, 2, 3, 4, 5, 6).getTime()), '2026-01-02 03:04:05.006')
})

t.test('numbers have commas, and things their number', async (t) => {
  t.strictSame([0, 999, 1_000, 1_234_567].map(numberOf), ['0', '999', '1,000', '1,234,567'])
  t.equal(countedOf(1, 'saga'), '1 saga')
  t.equal(countedOf(0, 'saga'), '0 sagas')
  t.equal(countedOf(2, 'try', 'tries'), '2 tries')
})

t.test('of a UUID its middle is left out, of another name nothing', async (t) => {
  t.equal(shortNameOf('01a2027e-292f-721d-a800-f83c9fb7a84b'), '01a2027e…f83c9fb7a84b')
  t.equal(shortNameOf('A-20489'), 'A-20489')
})
