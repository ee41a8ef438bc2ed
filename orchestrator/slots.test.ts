import t from 'tap'
import { Slots } from './slots.ts'

const never = new AbortController().signal

t.test('no more than the limit at once, and the others in order of arrival', async (t) => {
  const slots = new Slots(2)
  const order: number[] = []
  const waiters = [1, 2, 3, 4].map(async (n) => {
    t.equal(await slots.take(never), true)
    order.push(n)
  })
  await Promise.all(waiters.slice(0, 2))
  t.strictSame([slots.taken, slots.waiting, order], [2, 2, [1, 2]])
  slots.giveBack()
  await waiters[2]
  t.strictSame([slots.taken, slots.waiting, order], [2, 1, [1, 2, 3]])
  slots.giveBack()
  await waiters[3]
  slots.giveBack()
  slots.giveBack()
  t.strictSame([slots.taken, slots.waiting, order], [0, 0, [1, 2, 3, 4]])
})

t.test('a slot given back goes to whoever waits, not to whoever comes that moment', async (t) => {
  const slots = new Slots(1)
  await slots.take(never)
  const order: string[] = []
  const waiting = slots.take(never).then(() => order.push('waited'))
  slots.giveBack()
  const late = slots.take(never).then(() => order.push('came late'))
  await waiting
  slots.giveBack()
  await late
  t.strictSame(order, ['waited', 'came late'])
})

t.test('whoever gives up leaves the queue at once, and takes no slot with it', async (t) => {
  const slots = new Slots(1)
  await slots.take(never)
  const leaving = new AbortController()
  const gone = slots.take(leaving.signal)
  const next = slots.take(never)
  leaving.abort()
  t.equal(slots.waiting, 1)
  t.equal(await gone, false)
  t.equal(await slots.take(leaving.signal), false, 'who comes having left already')
  slots.giveBack()
  t.equal(await next, true)
  t.equal(slots.taken, 1)
  slots.giveBack()
  t.equal(slots.taken, 0)
})

t.test('a signal that fires behind the turn takes nothing back', async (t) => {
  const slots = new Slots(1)
  await slots.take(never)
  const leaving = new AbortController()
  const turn = slots.take(leaving.signal)
  slots.giveBack()
  leaving.abort()
  t.equal(await turn, true)
  t.strictSame([slots.taken, slots.waiting], [1, 0])
})
