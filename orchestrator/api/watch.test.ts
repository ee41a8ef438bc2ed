import t from 'tap'
import { until } from '../../test/kit/until.ts'
import { Watch } from './watch.ts'

/** A store of numbers whose looks are answered by hand; ends above 9 are final. */
function byHand() {
  const store = new Map<string, number>()
  const looks: { ids: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = []
  const lookUp = (ids: readonly string[]) =>
    new Promise<Map<string, number>>((resolve, reject) => {
      const found = new Map([...store].filter(([id]) => ids.includes(id)))
      looks.push({ ids, answer: () => resolve(found), fail: reject })
    })
  const watch = new Watch<number>({ lookUp, isFinal: (value) => value > 9 })
  const nextLook = () => until('a look', async () => looks.shift())
  return { store, looks, watch, nextLook }
}

const patient = 600_000

t.test('all that is waited for is one look, and a final value ends the wait', async (t) => {
  const { store, watch, nextLook } = byHand()
  store.set('a', 10).set('b', 1)
  const waits = [watch.wait('a', patient), watch.wait('a', patient), watch.wait('b', patient)]
  const first = await nextLook()
  t.strictSame(first.ids, ['a', 'b'])
  first.answer()
  t.strictSame(await Promise.all(waits.slice(0, 2)), [10, 10])
  const second = await nextLook()
  t.strictSame(second.ids, ['b'])
  store.set('b', 11)
  second.answer()
  const third = await nextLook()
  third.answer()
  t.equal(await waits[2], 11)
})

t.test('who will not wait gets what the first look finds, or nothing', async (t) => {
  const { store, watch, nextLook } = byHand()
  store.set('a', 1)
  const waits = [watch.wait('a', 0), watch.wait('unknown', 0)]
  const look = await nextLook()
  look.answer()
  t.strictSame(await Promise.all(waits), [1, undefined])
})

t.test('who comes while a look is under way is not answered by what it finds', async (t) => {
  const { store, watch, nextLook } = byHand()
  store.set('a', 1)
  const early = watch.wait('a', 0)
  const look = await nextLook()
  store.set('a', 2)
  const late = watch.wait('a', 0)
  look.answer()
  t.equal(await early, 1)
  const next = await nextLook()
  next.answer()
  t.equal(await late, 2)
})

t.test('a look that fails is told to those who waited for it, and to no others', async (t) => {
  const { store, watch, nextLook } = byHand()
  const early = watch.wait('a', patient)
  const look = await nextLook()
  const late = watch.wait('a', patient)
  store.set('a', 10)
  look.fail(new Error('the database went away'))
  await t.rejects(early, { message: 'the database went away' })
  const next = await nextLook()
  next.answer()
  t.equal(await late, 10)
})

t.test(
  'news of one are looked at without waiting for the next round, and of nobody not at all',
  async (t) => {
    const { store, looks, watch, nextLook } = byHand()
    watch.look('a')
    t.strictSame(looks, [], 'nobody waits')
    const wait = watch.wait('a', patient)
    const first = await nextLook()
    first.answer()
    store.set('a', 10)
    watch.look('a')
    const second = await nextLook()
    second.answer()
    t.equal(await wait, 10)
    t.strictSame(looks, [], 'and nothing is looked up any more')
  },
)

t.test('more than a thousand are looked up in several queries', async (t) => {
  const { watch, nextLook } = byHand()
  const waits = Array.from({ length: 2_500 }, (_, n) => watch.wait(String(n), 0))
  for (const count of [1_000, 1_000, 500]) {
    const look = await nextLook()
    t.equal(look.ids.length, count)
    look.answer()
  }
  await Promise.all(waits)
})

t.test('closed, it makes nobody wait longer than for one look', async (t) => {
  const { store, watch, nextLook } = byHand()
  store.set('a', 1)
  const before = watch.wait('a', patient)
  const first = await nextLook()
  first.answer()
  watch.close()
  const after = watch.wait('a', patient)
  const second = await nextLook()
  second.answer()
  t.strictSame(await Promise.all([before, after]), [1, 1])
})
