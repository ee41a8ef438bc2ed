import t from 'tap'
import { Kept } from './kept.ts'

t.test('it is found out once for all who ask meanwhile, and kept', async (t) => {
  let times = 0
  const found = Promise.withResolvers<string>()
  const kept = new Kept(async () => {
    times += 1
    return await found.promise
  }, 60_000)
  const both = [kept.get(), kept.get()]
  found.resolve('it')
  t.strictSame([await Promise.all(both), await kept.get(), times], [['it', 'it'], 'it', 1])
})

t.test('what is kept no longer is found out anew', async (t) => {
  let times = 0
  const kept = new Kept(async () => (times += 1), 0)
  t.equal(await kept.get(), 1)
  while ((await kept.get()) === 1) await new Promise((resolve) => setImmediate(resolve))
  t.equal(times, 2)
})

t.test('a failure is told to all who wait for it, and to nobody later', async (t) => {
  let times = 0
  const kept = new Kept(async () => {
    times += 1
    if (times === 1) throw new Error('not now')
    return 'it'
  }, 60_000)
  const [one, other] = [kept.get(), kept.get()]
  await t.rejects(one, { message: 'not now' })
  await t.rejects(other, { message: 'not now' })
  t.equal(await kept.get(), 'it')
})
