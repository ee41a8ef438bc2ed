import t from 'tap'
import type { Figures } from '../store/figures.ts'
import { FiguresReader } from './figures-reader.ts'

const SECOND = 1_000
const none: Figures = { unfinished: [], inbox: { waiting: 0, oldestSeconds: 0 }, partitions: 64 }

/** A reader whose clock and database the test plays. */
function bench() {
  const reads: PromiseWithResolvers<Figures>[] = []
  const troubles: unknown[] = []
  const clock = { now: 1_000_000 }
  const reader = new FiguresReader({
    read: () => {
      const read = Promise.withResolvers<Figures>()
      reads.push(read)
      return read.promise
    },
    onTrouble: (error) => troubles.push(error),
    monotonic: () => clock.now,
  })
  /** One look whose read, if there is one, takes `ms`. */
  const look = async (ms = 0, figures = none) => {
    const before = reads.length
    const looked = reader.look()
    clock.now += ms
    if (reads.length > before) reads.at(-1)?.resolve(figures)
    return await looked
  }
  return { reader, reads, troubles, clock, look }
}

t.test('a scrape is told what it finds, and so are all gauges of it by one read', async (t) => {
  const { reader, reads } = bench()
  const looks = [reader.look(), reader.look(), reader.look()]
  reads[0]?.resolve(none)
  t.same(await Promise.all(looks), [none, none, none])
  t.equal(reads.length, 1)
})

t.test('nothing is read before somebody asks, nor within ten seconds of the last read', async (t) => {
  const { reads, clock, look } = bench()
  t.equal(reads.length, 0)
  await look()
  clock.now += 9 * SECOND
  t.equal(await look(), none, 'they are fresh still')
  t.equal(reads.length, 1)
  clock.now += 1 * SECOND
  await look()
  t.equal(reads.length, 2)
})

t.test('reads take a tenth of the time at most', async (t) => {
  const { reads, clock, look } = bench()
  await look(3 * SECOND)
  clock.now += 26 * SECOND
  await look()
  t.equal(reads.length, 1)
  clock.now += 1 * SECOND
  await look()
  t.equal(reads.length, 2)
})

t.test('a scrape does not wait for a database that is slow, and gets the figures of before', async (t) => {
  const { reader, reads, clock, look } = bench()
  await look()
  clock.now += 10 * SECOND
  t.equal(await reader.look(), none)
  t.equal(reads.length, 2)
  clock.now += 20 * SECOND
  t.equal(await reader.look(), none, 'one read at a time')
  t.equal(reads.length, 2)
  t.equal(reader.ageMs, 30 * SECOND)
})

t.test('figures older than a minute are told no more', async (t) => {
  const { reader, reads, troubles, clock, look } = bench()
  await look()
  clock.now += 61 * SECOND
  const looked = reader.look()
  reads.at(-1)?.reject(new Error('the database is away'))
  t.equal(await looked, undefined)
  t.match(troubles, [{ message: 'the database is away' }])
  t.equal(reader.ageMs, 61 * SECOND)
  clock.now += 10 * SECOND
  t.equal(await look(), none, 'it is asked again')
  t.equal(reader.ageMs, 0)
})

t.test('before the first read the age is that of the process', async (t) => {
  const { reader, reads, clock } = bench()
  clock.now += 5 * SECOND
  const looked = reader.look()
  reads[0]?.reject(new Error('the database is away'))
  t.equal(await looked, undefined)
  t.equal(reader.ageMs, 5 * SECOND)
})
