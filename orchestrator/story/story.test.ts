// What a journal tells in words; and that one which nobody wrote in earnest is told as far as it goes.
import t from 'tap'
import { machines } from '../../machines/registry.ts'
import { definitionOf } from '../../machines/lock.ts'
import { by, done, failed, init, linesOf, tell } from '../../test/kit/lines.ts'
import { Dice } from '../../test/simulation/dice.ts'
import { chartOf } from '../chart/chart-of.ts'
import { ganttOf } from './gantt.ts'
import { journalLines } from './journal-lines.ts'
import { marksAt } from './marks.ts'
import { sequenceOf } from './sequence.ts'
import { callsAt, momentAt, storyOf } from './story.ts'

const charts = machines.map(({ machine }) => chartOf(definitionOf(machine)))
const newest = charts.at(-1)

t.test('each moment is told in words, with who or what brought it about', async (t) => {
  const timer = { type: 'xstate.after.nextTry.commande.parked.undoing' }
  const { moments } = tell(
    [0, init, 'doing.lock', 'lock'],
    [10, done('lock'), 'doing.reserve', 'reserve'],
    [10, { type: 'CANCEL' }, 'undoing.reserve', 'undo-reserve'],
    [10, failed('undo-reserve'), 'parked.undoing'],
    [10, timer, 'undoing.reserve', 'undo-reserve'],
    [10, by('migrate', { from: '1', to: '2' }), 'undoing.reserve', 'undo-reserve'],
    [10, by('abandon', { reason: '' }), 'undoing.reserve'],
  )
  t.same(
    moments.map(({ by: who, words, standing }) => [who, words, standing]),
    [
      ['start', 'begun', 'running'],
      ['step', 'lock done', 'running'],
      ['event', 'CANCEL', 'compensating'],
      ['step', 'undo-reserve failed: no answer', 'parked'],
      ['timer', 'timer nextTry', 'compensating'],
      ['operator', 'migrate to 2 by ada: by phone', 'compensating'],
      ['operator', 'abandon by ada', 'ended'],
    ],
  )
  t.match(moments[3], {
    from: 'undoing.reserve',
    to: 'parked.undoing',
    tookMs: 10,
    failure: { code: 'TIMEOUT' },
  })
  t.match([moments[0]?.from, moments.at(-1)?.tookMs, moments[6]?.deed?.verb], [null, null, 'abandon'])
})

const event = (type: string) => ({ type })

t.test('a timer is told by its name, its time, or what it says', async (t) => {
  const lines = linesOf(
    [0, event('xstate.after.5000.m.waiting'), 'a'],
    [1, event('TICK'), 'a'],
    [1, event('xstate.done.state.m.both'), 'a'],
    [1, event('x'.repeat(2_000)), 'a'],
  ).map((line) => ({ ...line, timer: line.event.type === 'TICK' ? 'raise#TICK' : null }))
  const { moments } = storyOf(lines)
  t.same(
    moments.slice(0, 3).map(({ words, by: who }) => [words, who]),
    [
      ['timer after 5000 ms', 'timer'],
      ['timer: TICK', 'timer'],
      ['m.both done', 'step'],
    ],
  )
  t.equal(moments[3]?.words.length, 300)
})

t.test('a call knows its step, whom it asks, its state and which try it is', async (t) => {
  const { calls, deeds } = tell(
    [0, init, 'doing.create', 'create'],
    [10, failed('create', { status: 503 }), 'parked.doing'],
    [500, { type: 'xstate.after.soon.commande.parked.doing' }, 'doing.create', 'create'],
    [10, by('cancel'), 'undoing.create', 'undo-create'],
    [10, done('undo-create'), 'undoing.reserve', 'undo-reserve'],
  )
  t.match(calls, [
    {
      step: 'create',
      participant: 'produits',
      state: 'doing.create',
      tryNumber: 1,
      outcome: 'failed',
      toSeq: 1,
    },
    { step: 'create', tryNumber: 2, outcome: 'left', deed: { actor: 'ada' }, fromSeq: 2, toSeq: 3 },
    { step: 'create', participant: 'produits', isCompensation: true, state: 'undoing.create', tryNumber: 1 },
    { invoke: 'undo-reserve', participant: 'stocks', outcome: 'open', to: null },
  ])
  t.match(calls[0]?.failure, { status: 503, inDoubt: true, code: 'TIMEOUT' })
  t.match(deeds, [{ verb: 'cancel', seq: 3 }])
  t.equal(callsAt({ calls }, 0)[0]?.outcome, 'open')
  t.equal(callsAt({ calls }, 2).length, 2)
})

t.test(
  'what a person finished is the call of that very step, and of no other whose name ends alike',
  async (t) => {
    const { calls } = storyOf(
      linesOf(
        [0, init, 'doing.a', 'block', 'lock', '0.m.doing.reserve'],
        [5, by('complete', { step: 'lock' }), 'doing.a', 'block', '0.m.doing.reserve'],
        [5, by('complete', { step: 'reserve' }), 'doing.a', 'block'],
      ),
    )
    t.match(calls, [
      { step: 'block', outcome: 'open' },
      { step: 'lock', outcome: 'by hand' },
      { invoke: '0.m.doing.reserve', outcome: 'by hand' },
    ])
  },
)

t.test('without a chart, calls are told by their names', async (t) => {
  const { calls, moments } = storyOf(
    linesOf([0, init, 'doing.a', 'a'], [5, failed('a'), 'undoing.a', 'undo-a']),
  )
  t.match(calls, [
    { step: 'a', isCompensation: false, participant: null, state: null },
    { step: 'a', isCompensation: true },
  ])
  t.ok(moments.every(({ edges, isExact }) => edges.length === 0 && !isExact))
  t.equal(moments[1]?.standing, 'compensating')
})

t.test('a call of a version that is not at hand is that of another version', async (t) => {
  if (newest === undefined) throw new Error('there is no chart')
  const moved = [
    { version: '1', event: init, state: 'doing.reserve', open: ['reserve'] },
    { version: newest.version, event: failed('reserve'), state: 'undoing.lock', open: [] },
  ].map((line, seq) => ({ seq, at: seq, actor: null, timer: null, active: [line.state], ...line }))
  const story = storyOf(moved, [newest])
  t.match(story.calls, [{ state: 'doing.reserve', participant: 'stocks', outcome: 'failed' }])
  t.equal(marksAt(story, newest, 1).states.get('doing.reserve')?.mark, 'failed')
})

t.test('the moment at a number is the last that is not behind it', async (t) => {
  const story = tell([0, init, 'doing.lock', 'lock'], [1, done('lock'), 'doing.reserve', 'reserve'])
  t.equal(momentAt(story, 99)?.seq, 1)
  t.equal(momentAt(story, 0)?.seq, 0)
  t.equal(momentAt(story, -1), undefined)
})

function deep(levels: number): unknown {
  let value: unknown = 'end'
  for (let level = 0; level < levels; level++) value = { down: value }
  return value
}

/** What somebody could write into a file, in place of anything. */
const HOSTILE: readonly unknown[] = [
  null,
  undefined,
  -1,
  Number.NaN,
  1e300,
  '',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  'x'.repeat(10_000),
  [],
  [[]],
  {},
  { type: 'xstate.done.actor.' },
  { type: 'skald.migrate', from: {}, to: [] },
  { type: 'skald.skip', step: {} },
  JSON.parse('{"__proto__": {"snapshot": {"status": "active"}}}'),
  { lock: null, reserve: { snapshot: 7 } },
  deep(20_000),
  '2026-13-45T99:99:99Z',
]

t.test('a journal that nobody wrote in earnest is told as far as it goes', async (t) => {
  const dice = new Dice(7)
  const any = () => HOSTILE[dice.whole(0, HOSTILE.length - 1)]
  const types = charts.flatMap(({ edges }) => edges.map(({ event }) => event))
  const maybe = (value: unknown) => (dice.chance(0.5) ? value : any())
  for (let round = 0; round < 200; round++) {
    const rows = Array.from({ length: dice.whole(0, 12) }, (_, seq) =>
      maybe({
        seq: maybe(seq),
        actor: maybe(null),
        event: maybe({ type: types[dice.whole(0, types.length - 1)], error: any(), actorId: any() }),
        timer: any(),
        at: maybe('2026-01-01T00:00:00Z'),
        state: any(),
        snapshot: maybe({ value: maybe({ doing: maybe('lock') }), children: any() }),
      }),
    )
    const story = storyOf(journalLines(rows, String(any())), charts)
    t.ok(story.moments.every(({ at }) => new Date(at).toISOString() !== ''))
    for (const { seq } of [{ seq: 0 }, ...story.moments]) {
      for (const chart of charts) marksAt(story, chart, seq)
      t.ok(
        ganttOf(story, { seq, now: 0 }).bars.every(
          ({ start, end }) => start >= 0 && end <= 1 && start <= end,
        ),
      )
      sequenceOf(story, seq, [{ type: String(any()), at: Number(any()) }])
    }
  }
})

t.test('rows come in the order of their numbers, each of the version that was there', async (t) => {
  const rows = [
    { seq: 3, event: { type: 'skald.migrate', from: '2', to: '3' }, at: 3 },
    { seq: 2, event: { type: 'B' }, at: 3 },
    { seq: 1, event: { type: 'skald.migrate', from: '1', to: '2' }, at: 2 },
    { seq: 0, event: init, at: 1 },
    'rubbish',
  ]
  t.same(
    journalLines(rows, '9').map(({ seq, version }) => [seq, version]),
    [
      [0, '1'],
      [1, '2'],
      [2, '2'],
      [3, '3'],
    ],
  )
  t.equal(journalLines([{ seq: 0, event: init }], '9')[0]?.version, '9')
})

t.test('a saga that went in circles ten thousand times is told whole', async (t) => {
  const events = [
    [1, failed('undo-lock'), 'parked.undoing'],
    [1, { type: 'xstate.after.nextTry.commande.parked.undoing' }, 'undoing.lock', 'undo-lock'],
  ] as const
  const many = Array.from({ length: 5_000 }, () => events).flat()
  const story = tell(
    [0, init, 'doing.lock', 'lock'],
    [1, failed('lock'), 'undoing.lock', 'undo-lock'],
    ...many,
  )
  t.equal(story.calls.length, 5_002)
  t.ok(story.moments.every(({ isExact }) => isExact))
  if (newest === undefined) throw new Error('there is no chart')
  const { edges } = marksAt(story, newest, 1e9)
  t.equal(edges.get('undoing.lock|xstate.error.actor.undo-lock|0')?.times, 5_000)
})
