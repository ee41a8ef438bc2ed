import t from 'tap'
import { durationOf } from './duration-words.ts'

t.test('a duration is as exact as it is short', async (t) => {
  const told: readonly (readonly [ms: number, words: string])[] = [
    [0, '0 ms'],
    [12.4, '12 ms'],
    [999, '999 ms'],
    [999.7, '1 s'],
    [1_250, '1.25 s'],
    [14_230, '14.2 s'],
    [59_400, '59.4 s'],
    [59_999, '1 min'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [12_000_000, '3 h 20 min'],
    [439_200_000, '5 d 2 h'],
  ]
  for (const [ms, words] of told) t.equal(durationOf(ms), words)
})

t.test('a clock that went back is seen', async (t) => {
  t.equal(durationOf(-1_500), '−1.5 s')
})
