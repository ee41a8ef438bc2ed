import t from 'tap'
import { ageOf, clockOf } from './times.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const ago = (seconds: number) => ageOf(new Date(now - seconds * 1_000).toISOString(), now)

t.test('an age is one number, from two of its unit on', async (t) => {
  const ages = [0, 59, 90, 119, 120, 7_199, 7_200, 172_799, 172_800].map(ago)
  t.strictSame(ages, ['0s', '59s', '90s', '119s', '2m', '119m', '2h', '47h', '2d'])
})

t.test('what is yet to come, by a clock that is ahead, is now', async (t) => {
  t.equal(ago(-30), '0s')
  t.equal(ageOf('nonsense', now), '')
})

t.test('an instant that is none is shown as it is', async (t) => {
  t.match(clockOf('2026-11-22T12:00:00Z'), /^2026-11-2\d \d\d:\d\d:\d\d$/)
  t.equal(clockOf('soon'), 'soon')
})
