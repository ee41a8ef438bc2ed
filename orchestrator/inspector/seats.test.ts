import t from 'tap'
import { Seats } from './seats.ts'

t.test('a name has its share and no more, and what it gives back it has again', async (t) => {
  const seats = new Seats(2)
  const first = seats.take('anna')
  t.type(seats.take('anna'), 'function')
  t.equal(seats.take('anna'), undefined)
  t.type(seats.take('ben'), 'function', 'others have theirs')
  first?.()
  first?.()
  t.type(seats.take('anna'), 'function')
  t.equal(seats.take('anna'), undefined, 'it was given back once')
})

t.test('where nobody is asked who they are there is no share', async (t) => {
  const seats = new Seats(1)
  for (let n = 0; n < 3; n += 1) t.type(seats.take(undefined), 'function')
})
