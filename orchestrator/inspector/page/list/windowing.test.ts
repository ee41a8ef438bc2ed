import t from 'tap'
import { scrollTopFor, windowOf } from './windowing.ts'

t.test('the rows that are seen are drawn, and a few around them', async (t) => {
  t.strictSame(windowOf({ scrollTop: 0, height: 500 }, 50, 10_000), { from: 0, to: 16 })
  t.strictSame(windowOf({ scrollTop: 5_000, height: 500 }, 50, 10_000), { from: 94, to: 116 })
  t.strictSame(windowOf({ scrollTop: 5_025, height: 500 }, 50, 10_000), { from: 94, to: 117 })
})

t.test('no row is drawn that there is not', async (t) => {
  t.strictSame(windowOf({ scrollTop: 0, height: 500 }, 50, 0), { from: 0, to: 0 })
  t.strictSame(windowOf({ scrollTop: 0, height: 500 }, 50, 3), { from: 0, to: 3 })
  t.strictSame(windowOf({ scrollTop: -80, height: 500 }, 50, 3), { from: 0, to: 3 })
})

t.test('a list that became shorter than where it was scrolled to still draws something', async (t) => {
  t.strictSame(windowOf({ scrollTop: 5_000, height: 500 }, 50, 20), { from: 19, to: 20 })
})

t.test('a row that is seen whole is not scrolled to, any other just so far', async (t) => {
  const seen = { scrollTop: 1_000, height: 500 }
  t.equal(scrollTopFor(20, seen, 50), 1_000)
  t.equal(scrollTopFor(29, seen, 50), 1_000)
  t.equal(scrollTopFor(30, seen, 50), 1_050)
  t.equal(scrollTopFor(19, seen, 50), 950)
  t.equal(scrollTopFor(0, seen, 50), 0)
})
