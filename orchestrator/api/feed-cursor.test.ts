import t from 'tap'
import type { FeedCursor } from '../store/transition-feed.ts'
import { feedCursorOf, feedCursorText } from './feed-cursor.ts'

const origin = '0123456789ab'
const seen = { before: '8000000000', inProgress: ['7999999999', '7000000000', '3'] }
const after = { transaction: '7000000000', sagaId: '01a201c9-9bcb-7189-8448-04da66980c1c', seq: 12 }
const until = { before: '8000000100', inProgress: [] }

t.test('a cursor comes back as it went', async (t) => {
  const cursors: FeedCursor[] = [
    { origin, seen },
    { origin, seen: until },
    { origin, seen, page: { until, after } },
    { origin, seen: until, page: { until: seen, after } },
  ]
  for (const cursor of cursors) {
    const text = feedCursorText(cursor)
    t.match(text, /^[0-9A-Za-z.~-]+$/, 'it may stand in an address as it is')
    t.strictSame(feedCursorOf(text), cursor)
  }
})

t.test('with a thousand transactions in progress it still fits into an address', async (t) => {
  const inProgress = Array.from({ length: 1_000 }, (_, i) => String(7_999_999_999 - 97 * i))
  const text = feedCursorText({ origin, seen: { before: '8000000000', inProgress } })
  t.ok(text.length < 6_000, String(text.length))
})

t.test('what is no cursor of the feed is none', async (t) => {
  const good = feedCursorText({ origin, seen, page: { until, after } })
  const texts = [
    '',
    'now',
    `${origin}.`,
    `x${good}`,
    `${good} `,
    `${good}.1`,
    good.slice(0, -3),
    good.replace(origin, 'g'.repeat(12)),
    `${origin}.${'z'.repeat(11)}`,
    `${origin}.a~0`,
    `${origin}.a~b`,
    `${origin}.a~-1`,
    `${origin}.a${'~1'.repeat(2_001)}`,
    `${origin}.a.a.a.not-a-saga.1`,
    "' or true --",
  ]
  for (const text of texts) t.equal(feedCursorOf(text), undefined, text.slice(0, 50))
})
