import t from 'tap'
import { clipped, textWidth } from './text.ts'

t.test('a text is as wide as its letters', async (t) => {
  t.equal(textWidth('', 13), 0)
  t.ok(textWidth('MMM', 13) > textWidth('iii', 13))
  t.equal(textWidth('名', 20), 21)
  t.equal(textWidth('abcabc', 26), 2 * textWidth('abcabc', 13))
})

t.test('what does not fit ends in dots', async (t) => {
  t.equal(clipped('short', 13, 200), 'short')
  const cut = clipped('a'.repeat(100), 13, 200)
  t.match(cut, /^a+…$/)
  t.ok(textWidth(cut, 13) <= 200 && textWidth(`aa${cut}`, 13) > 200)
  t.equal(clipped('😀😀😀', 10, 22), '😀…', 'no character is cut in half')
})
