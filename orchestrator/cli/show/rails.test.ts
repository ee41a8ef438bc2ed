// What `skald show` draws of a journal: from the story of its calls and the rungs of its chart.
import t from 'tap'
import type { Transition } from '../client/answers.ts'
import { machines } from '../../../machines/registry.ts'
import { definitionOf } from '../../../machines/lock.ts'
import { chartOf } from '../../chart/chart-of.ts'
import { railsOf } from './rails.ts'
import { rungsFrom, rungsOf, type Rung } from './rungs.ts'
import { journalLines } from '../../story/journal-lines.ts'
import { storyOf as tell } from '../../story/story.ts'
import type { SagaStatus } from '../../engine/ports.ts'

const begun = Date.parse('2026-11-22T03:00:00Z')

/** Each: milliseconds after the one before, the event, where it led, and the ids of the calls that are open there. */
type Line = readonly [ms: number, event: object, state: string, ...open: string[]]

function journal(...lines: readonly Line[]): Transition[] {
  let at = begun
  return lines.map(([ms, event, state, ...open], seq) => {
    at += ms
    const children = Object.fromEntries(open.map((id) => [id, { snapshot: { status: 'active' } }]))
    return {
      seq,
      actor: null,
      timer: null,
      state,
      event: { type: '', ...event },
      at: new Date(at).toISOString(),
      snapshot: { children },
    }
  })
}

const init = { type: 'xstate.init' }
const done = (id: string) => ({ type: `xstate.done.actor.${id}`, actorId: id })
const failed = (id: string, inDoubt: boolean) => ({
  type: `xstate.error.actor.${id}`,
  actorId: id,
  error: { code: 'TIMEOUT', message: 'no answer', step: id, inDoubt },
})

const commande = machines.findLast(({ machine }) => machine.id === 'commande')?.machine
const rungs: Rung[] = (commande && rungsOf(chartOf(definitionOf(commande)))) ?? []

const storyOf = (transitions: Transition[]) => tell(journalLines(transitions, '1'))

function draw(transitions: Transition[], status: SagaStatus, { width = 80, isUndone = true } = {}): string[] {
  const { calls } = storyOf(transitions)
  return railsOf({ rungs, calls, status, isUndone, now: begun + 10_000 }, width)
}

t.test('the rungs of a chart stand in the order of its arrows, not of its names', async (t) => {
  t.strictSame(
    rungs.map(({ step }) => step),
    ['lock', 'reserve', 'create'],
  )
  t.strictSame(rungs[1], { step: 'reserve', doing: ['reserve'], undoing: ['undo-reserve'] })
})

t.test('a chart of other shape has no rails, and one of one step has one rung', async (t) => {
  t.equal(rungsOf(chartOf({ states: { idle: {}, busy: {} } })), undefined)
  t.equal(rungsOf(chartOf(undefined)), undefined)
  const trip = { states: { doing: { invoke: { id: 'room' } }, undoing: { invoke: { id: 'undo-room' } } } }
  t.strictSame(rungsOf(chartOf(trip)), [{ step: 'room', doing: ['room'], undoing: ['undo-room'] }])
})

t.test('a saga that is done went down on the left', async (t) => {
  const told = journal(
    [0, init, 'doing.lock', 'lock'],
    [12, done('lock'), 'doing.reserve', 'reserve'],
    [1_250, done('reserve'), 'doing.create', 'create'],
    [30, done('create'), 'done'],
  )
  t.strictSame(draw(told, 'done'), [
    '  doing                         undoing',
    '                                · failed',
    '                                ┊',
    '  ✓ lock     12 ms              · lock',
    '  │                             ┊',
    '  ✓ reserve  1.25 s             · reserve',
    '  │                             ┊',
    '  ✓ create   30 ms              · create',
    '  │',
    '  ✓ done',
  ])
})

t.test('a step in doubt is undone on its own rung, and what was begun before it above', async (t) => {
  const told = journal(
    [0, init, 'doing.lock', 'lock'],
    [10, done('lock'), 'doing.reserve', 'reserve'],
    [3_000, failed('reserve', true), 'undoing.reserve', 'undo-reserve'],
    [20, done('undo-reserve'), 'undoing.lock', 'undo-lock'],
    [20, done('undo-lock'), 'failed'],
  )
  t.strictSame(draw(told, 'failed'), [
    '  doing                         undoing',
    '                                ✗ failed',
    '                                ▲',
    '  ✓ lock     10 ms              ✓ lock     20 ms',
    '  │                             ▲',
    '  ? reserve  3 s ─────────────▶ ✓ reserve  20 ms',
    '  ┊ TIMEOUT  no answer          ┊',
    '  ┊                             ┊',
    '  · create                      · create',
    '  ┊',
    '  · done',
  ])
})

t.test('a step that surely did not happen turns to the rung above', async (t) => {
  const told = journal(
    [0, init, 'doing.lock', 'lock'],
    [10, done('lock'), 'doing.reserve', 'reserve'],
    [8, failed('reserve', false), 'undoing.lock', 'undo-lock'],
  )
  const [, , , lock, rise, reserve] = draw(told, 'compensating')
  t.match(lock, /✓ lock +10 ms +◂ lock +for 9\.98 s$/)
  t.match(rise, /▲$/)
  t.match(reserve, /✗ reserve +8 ms ─+╯$/)
})

t.test('a saga that is parked waits on its rung, with its tries', async (t) => {
  const told = journal(
    [0, init, 'doing.lock', 'lock'],
    [1_000, failed('lock', true), 'undoing.lock', 'undo-lock'],
    [1_000, failed('undo-lock', true), 'parked.undoing'],
    [1_000, { type: 'xstate.after.nextTry.parked' }, 'undoing.lock', 'undo-lock'],
    [1_000, failed('undo-lock', true), 'parked.undoing'],
  )
  t.match(draw(told, 'parked')[3], /\? lock +1 s ─+▶ ‖ lock +2 tries in 3 s$/)
})

t.test('what a person did stands on its rung, with the reason', async (t) => {
  const skip = { type: 'skald.skip', actor: 'alice', reason: 'by phone' }
  const told = journal(
    [0, init, 'doing.lock', 'lock'],
    [10, { type: 'skald.cancel', actor: 'bob', reason: 'no' }, 'undoing.lock', 'undo-lock'],
    [10, failed('undo-lock', true), 'parked.undoing'],
    [10, skip, 'failed'],
  )
  const [, , , lock, why] = draw(told, 'failed')
  t.match(lock, /\? lock +10 ms ─+▶ ✓ lock +20 ms$/)
  t.match(why, /┊ cancel by bob +┊ skipped by alice: by phone/)
  t.match(storyOf(told).deeds, [{ verb: 'cancel' }, { verb: 'skip', actor: 'alice' }])
})

t.test('a saga that was given up is not drawn as though it had been undone', async (t) => {
  const told = journal([0, init, 'doing.lock', 'lock'], [10, { type: 'skald.abandon' }, 'doing.lock'])
  const drawn = draw(told, 'failed', { isUndone: false })
  t.match(drawn[1], /✗ failed +not all is undone/)
  t.notMatch(drawn.join('\n'), /▲|╯|▶/)
})

t.test('a narrow terminal has one rail below the other', async (t) => {
  const told = journal([0, init, 'doing.lock', 'lock'], [10, failed('lock', false), 'failed'])
  t.strictSame(draw(told, 'failed', { width: 40 }), [
    '  doing',
    '  ✗ lock     10 ms',
    '    TIMEOUT  no answer',
    '  · reserve',
    '  · create',
    '  · done',
    '',
    '  undoing',
    '  · create',
    '  · reserve',
    '  · lock',
    '  ✗ failed',
  ])
})

t.test('where nobody has the chart, the calls tell its rungs', async (t) => {
  const told = journal(
    [0, init, 'doing.a', 'a'],
    [1, done('a'), 'doing.b', 'b'],
    [1, failed('b', true), 'undoing.b', 'undo-b'],
  )
  t.strictSame(rungsFrom(storyOf(told).calls), [
    { step: 'a', doing: ['a'], undoing: ['undo-a'] },
    { step: 'b', doing: ['b'], undoing: ['undo-b'] },
  ])
})
