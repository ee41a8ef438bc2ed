import t from 'tap'
import { waitSecondsOf } from './prefer.ts'

const rows: [string | string[] | undefined, number][] = [
  [undefined, 30],
  ['', 30],
  ['respond-async', 0],
  ['Respond-Async', 0],
  ['wait=5', 5],
  ['wait=0', 0],
  ['wait="5"', 5],
  ['wait = 5', 5],
  ['WAIT=5', 5],
  ['wait=600', 30],
  ['respond-async, wait=5', 5],
  ['wait=5,respond-async', 5],
  ['return=minimal; foo="bar", wait=7; x=y', 7],
  [['respond-async', 'wait=3'], 3],
  ['handling=lenient', 30],
  ['wait=-1', 30],
  ['wait=1.5', 30],
  ['wait=', 30],
  ['wait', 30],
  ['wait=1e3', 30],
  ['wait=99999999999999999999', 30],
  ['await=5', 30],
  ['xrespond-async', 30],
  ['respond-asynchronously', 30],
]
t.test('a caller may prefer to wait longer than it would, up to a maximum', async (t) => {
  t.equal(waitSecondsOf(undefined, 5, 30), 5)
  t.equal(waitSecondsOf('wait=20', 5, 30), 20)
  t.equal(waitSecondsOf('wait=600', 5, 30), 30)
})

for (const [header, seconds] of rows) {
  t.test(`Prefer: ${JSON.stringify(header)} waits ${seconds} of at most 30 seconds`, async (t) => {
    t.equal(waitSecondsOf(header, 30), seconds)
  })
}
