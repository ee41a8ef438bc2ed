import t from 'tap'
import type { Chart, ChartState } from '../../../chart/chart.ts'
import type { Stats } from '../types.ts'
import { badgesOf, figuresOf, showIn, stateOf, wordOf } from './badges.ts'

function state(id: string, type: ChartState['type'] = 'atomic'): ChartState {
  const keys = id.split('.')
  const parent = keys.length === 1 ? null : keys.slice(0, -1).join('.')
  return { id, key: keys.at(-1) ?? id, parent, type, initial: null, calls: [], tags: [] }
}

const chart = {
  machine: 'm',
  version: '1',
  states: [
    state('doing', 'compound'),
    state('doing.both', 'parallel'),
    state('doing.both.a'),
    state('doing.both.b'),
    state('doing.last'),
    state('doing.back', 'history'),
    state('done', 'final'),
    state('failed', 'final'),
  ],
} as unknown as Chart

const stats: Stats = {
  since: '2026-11-22T11:00:00.000Z',
  transitions: 100,
  is_whole: true,
  states: [
    { state: 'doing.last', entered: 9, errors: 2, p95_ms: 1_500 },
    { state: 'DONE', entered: 7, errors: 0, p95_ms: null },
  ],
}

t.test('a saga counts in each innermost state that it is in', async (t) => {
  const figures = figuresOf(chart, {
    counts: [
      { state: 'doing.both.a,b', sagas: 3 },
      { state: 'doing.last', sagas: 2 },
      { state: 'DONE', sagas: 90 },
      { state: 'of.no.chart', sagas: 1 },
    ],
    stats: null,
  })
  t.strictSame(
    [...figures].map(([id, { now }]) => [id, now]),
    [
      ['doing.both.a', 3],
      ['doing.both.b', 3],
      ['doing.last', 2],
      ['done', 90],
      ['failed', 0],
    ],
  )
  t.equal(figures.get('done')?.entered, null, 'nobody told of the hour')
})

t.test('the colour is by the logarithm, and ends have none', async (t) => {
  const figures = figuresOf(chart, {
    counts: [
      { state: 'doing.last', sagas: 99 },
      { state: 'doing.both.a,b', sagas: 9 },
      { state: 'DONE', sagas: 1_000_000 },
    ],
    stats: null,
  })
  const badges = badgesOf(chart, figures, 'now')
  t.equal(badges.get('doing.last')?.heat, 1)
  t.equal(badges.get('doing.both.a')?.heat, 0.5)
  t.strictSame(badges.get('done'), {
    text: '1,000,000',
    title: '1,000,000 sagas now',
    heat: 0,
    isAlarm: false,
  })
  t.equal(badges.get('failed')?.text, '0')
})

t.test('of the last hour each state tells what was asked, and errors stand out', async (t) => {
  const figures = figuresOf(chart, { counts: [], stats })
  t.equal(badgesOf(chart, figures, 'entered').get('doing.last')?.title, '9 times entered in the last hour')
  t.equal(badgesOf(chart, figures, 'entered').get('done')?.text, '7')
  t.strictSame([...badgesOf(chart, figures, 'p95').keys()], ['doing.last'], 'nothing where nobody left')
  t.equal(badgesOf(chart, figures, 'p95').get('doing.last')?.text, '1.5 s')
  const errors = badgesOf(chart, figures, 'errors')
  t.strictSame([...errors.keys()], ['doing.last'])
  t.equal(errors.get('doing.last')?.isAlarm, true)
  t.equal(badgesOf(chart, figuresOf(chart, { counts: [], stats: null }), 'entered').size, 0)
})

t.test('a state and the word that the list is asked for lead to each other', async (t) => {
  for (const [id, word] of [
    ['doing', 'doing'],
    ['doing.last', 'doing.last'],
    ['done', 'DONE'],
    ['failed', 'FAILED'],
    // The server knows where sagas stand by one text, in which the regions follow one another.
    ['doing.both', 'doing.both'],
    ['doing.both.a', 'doing.both'],
    ['doing.both.b', 'doing.both'],
  ] as const)
    t.equal(wordOf(chart, id), word)
  t.equal(stateOf(chart, 'DONE'), 'done')
  t.equal(stateOf(chart, 'doing.both'), 'doing.both')
  t.equal(stateOf(chart, 'nowhere'), undefined)
  t.equal(stateOf(chart, undefined), undefined)
})

t.test('what is shown is one of what there is', async (t) => {
  t.equal(showIn('p95'), 'p95')
  t.equal(showIn('made-up'), 'now')
  t.equal(showIn(undefined), 'now')
})
