import t from 'tap'
import type { Moment } from '../../../story/story.ts'
import { pointedBy, replayWords } from './replay-words.ts'
import type { Replay } from './source.ts'

const replay = (change: Partial<Replay>): Replay => ({
  outcome: 'identical',
  against: '2',
  difference: null,
  missing: [],
  edges: {},
  ...change,
})
const moments = [
  { seq: 0, version: '2', words: 'begun', active: ['doing', 'doing.lock'], edges: [] },
  {
    seq: 1,
    version: '2',
    words: 'lock done',
    active: ['doing', 'doing.reserve'],
    edges: ['doing.lock|done|0'],
  },
] as unknown as Moment[]

const difference = {
  seq: 1,
  event: 'xstate.done.actor.lock',
  kind: 'state',
  reason: 'It led to doing.reserve, and leads to undoing.lock now.',
  changes: [
    { path: 'value.doing', before: 'reserve', after: undefined },
    { path: 'value.undoing', before: undefined, after: { left: 'lock', right: 'a' } },
    { path: 'context.a', before: 1, after: 2 },
  ],
} as const

t.test('a verdict says what was compared, or where it differs, or why nobody can tell', async (t) => {
  t.match(replayWords(replay({}), 5, moments), {
    title: 'Identical',
    text: /Version 2 tells all 5 transitions/,
  })
  t.match(replayWords(replay({}), 1, moments), { text: /its one transition/ })
  t.match(replayWords(replay({ outcome: 'differs', difference }), 5, moments), {
    title: 'Differs at transition 1 (lock done)',
    text: difference.reason,
  })
  t.match(replayWords(replay({ outcome: 'untold', missing: ['1'] }), 5, moments), { text: /version 1\./ })
  t.match(replayWords(replay({ outcome: 'untold' }), 5, moments), { text: 'Version 2 is not here.' })
  t.match(replayWords(replay({ outcome: 'too-long' }), 5, moments), { text: /skald replay/ })
})

t.test('a difference points at where it led, where it leads now, and the ways between', async (t) => {
  const pointed = pointedBy(
    replay({ outcome: 'differs', difference, edges: { 1: ['doing.lock|error|1'] } }),
    moments,
  )
  t.same(
    [...pointed],
    ['doing.reserve', 'undoing.left.lock', 'undoing.right.a', 'doing.lock|done|0', 'doing.lock|error|1'],
  )
  const elsewhere = replay({
    outcome: 'differs',
    against: '1',
    difference,
    edges: { 1: ['doing.lock|error|1'] },
  })
  t.notOk(pointedBy(elsewhere, moments).has('doing.lock|error|1'), 'an arrow of another chart')
  t.equal(pointedBy(replay({}), moments).size, 0)
})
