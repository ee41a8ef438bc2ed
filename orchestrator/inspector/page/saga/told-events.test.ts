import t from 'tap'
import type { Moment } from '../../../story/story.ts'
import { placed } from './told-events.ts'

const moments = [0, 100, 200].map((at, seq) => ({ seq, at })) as Moment[]
const event = (ms: number) => ({ type: 'TOLD', payload: {}, created_at: new Date(ms).toISOString() })

t.test('a business event belongs to the last transition that is not later', async (t) => {
  const seqs = placed([event(0), event(99), event(100), event(5_000)], moments).map(({ seq }) => seq)
  t.same(seqs, [0, 0, 1, 2])
  t.same(
    placed([event(5)], []).map(({ seq }) => seq),
    [0],
  )
})
