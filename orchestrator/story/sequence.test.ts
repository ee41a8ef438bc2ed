import t from 'tap'
import { BEGUN, by, done, failed, init, linesOf, tell } from '../../test/kit/lines.ts'
import { sequenceOf, type Sequence } from './sequence.ts'
import { storyOf } from './story.ts'

/** `+100 carts lock →`, `+200 carts ← failed no answer`, `+200 - told SOLD`. */
function shown({ lifelines, entries }: Sequence): string[] {
  return entries.map((entry) => {
    const head = `+${entry.atMs} ${lifelines[entry.lifeline]?.label}`
    switch (entry.kind) {
      case 'call':
        return `${head} → ${entry.label}${entry.call.tryNumber > 1 ? ` ${entry.call.tryNumber}` : ''}`
      case 'answer':
        return `${head} ← ${entry.outcome} ${entry.tookMs} ${entry.text}`.trimEnd()
      case 'note':
        return `${head} ${entry.by}: ${entry.text}`
    }
  })
}

const story = tell(
  [0, init, 'doing.lock', 'lock'],
  [400, done('lock'), 'doing.reserve', 'reserve'],
  [
    600,
    failed('reserve', { status: 503, message: 'no room', code: 'FULL' }),
    'undoing.reserve',
    'undo-reserve',
  ],
  [100, failed('undo-reserve'), 'parked.undoing'],
  [1_000, by('retry'), 'undoing.reserve', 'undo-reserve'],
  [100, failed('undo-reserve', { code: 'answer', inDoubt: false }), 'parked.undoing'],
  [100, by('skip', { step: 'reserve' }), 'undoing.lock', 'undo-lock'],
  [200, done('undo-lock'), 'failed'],
)

t.test('participants are lifelines, and each call goes to its own and comes back', async (t) => {
  const sequence = sequenceOf(story, 99)
  t.same(sequence.lifelines, [
    { id: '', label: 'saga' },
    { id: 'carts', label: 'carts' },
    { id: 'stocks', label: 'stocks' },
  ])
  t.same(shown(sequence), [
    '+0 saga start: begun',
    '+0 carts → lock',
    '+400 carts ← done 400',
    '+400 stocks → reserve',
    '+1000 stocks ← failed 600 no room (FULL, HTTP 503, in doubt)',
    '+1000 stocks → reserve',
    '+1100 stocks ← failed 100 no answer (TIMEOUT, in doubt)',
    '+2100 saga operator: retry by ada: by phone',
    '+2100 stocks → reserve 2',
    '+2200 stocks ← failed 100 no answer',
    '+2300 saga operator: skip reserve by ada: by phone',
    '+2300 stocks ← by hand 0 skip by ada',
    '+2300 carts → lock',
    '+2500 carts ← done 200',
    '+2500 saga end: failed',
  ])
})

t.test('it is cut at a moment, and its lifelines stay', async (t) => {
  const sequence = sequenceOf(story, 1)
  t.same(shown(sequence), [
    '+0 saga start: begun',
    '+0 carts → lock',
    '+400 carts ← done 400',
    '+400 stocks → reserve',
  ])
  t.equal(sequence.lifelines.length, 3)
  t.same(sequenceOf(story, -1).entries, [])
})

t.test(
  'business events stand behind the transition that told them, by its number or by their time',
  async (t) => {
    const told = [
      { type: 'BEGUN', at: BEGUN - 5 },
      { type: 'LOCKED', at: BEGUN + 400 },
      { type: 'ALSO', at: 0, seq: 1 },
      { type: 'LAST', at: BEGUN + 999_999 },
    ]
    const notes = sequenceOf(story, 99, told).entries.filter(
      (entry) => entry.kind === 'note' && entry.by === 'told',
    )
    t.match(notes, [
      { seq: 0, text: 'BEGUN' },
      { seq: 1, text: 'LOCKED' },
      { seq: 1, text: 'ALSO' },
      { seq: 7, text: 'LAST' },
    ])
    const order = shown(sequenceOf(story, 1, told)).slice(-4)
    t.same(
      order.map((line) => line.split(' ').slice(1).join(' ')),
      ['carts ← done 400', 'saga told: LOCKED', 'saga told: ALSO', 'stocks → reserve'],
    )
  },
)

t.test(
  'a call of nobody in particular has a lifeline of its own, and one that was left says why',
  async (t) => {
    const lines = linesOf([0, init, 'packing', 'packing'], [10, by('cancel'), 'undoing', 'undo-packing'])
    const sequence = sequenceOf(storyOf(lines), 99)
    t.same(
      sequence.lifelines.map(({ label }) => label),
      ['saga', 'packing', 'undo-packing'],
    )
    t.equal(shown(sequence)[3], '+10 packing ← left 10 cancel by ada')
  },
)
