import t from 'tap'
import type { JournalLine } from '../../../story/journal-line.ts'
import { storyOf } from '../../../story/story.ts'
import type { OpenSaga } from '../types.ts'
import { notUndone, troubleOf } from './trouble.ts'

const BEGUN = Date.parse('2026-01-01T00:00:00.000Z')

function lineOf(seq: number, event: JournalLine['event'], open: readonly string[]): JournalLine {
  const state = open.length === 0 ? 'parked' : open[0]?.startsWith('undo-') ? 'undoing' : 'doing'
  return { seq, version: '1', actor: null, event, timer: null, at: BEGUN + seq, state, active: [state], open }
}

const failed = (step: string, inDoubt: boolean) => ({
  type: `xstate.error.actor.${step}`,
  error: { message: 'no answer', code: 'ETIMEDOUT', step: step.replace('undo-', ''), inDoubt },
})

/** lock was done, reserve in doubt, and undoing reserve fails. */
const lines = [
  lineOf(0, { type: 'xstate.init' }, ['lock']),
  lineOf(1, { type: 'xstate.done.actor.lock' }, ['reserve']),
  lineOf(2, failed('reserve', true), ['undo-reserve']),
  lineOf(3, failed('undo-reserve', false), []),
]

const saga = {
  status: 'parked',
  undone: null,
  last_error: failed('reserve', true).error,
  parked: {
    reason: 'still no answer',
    code: 'ETIMEDOUT',
    step: 'reserve',
    status: 503,
    answer: { status: 503, body: '<b>later</b>' },
    tries: 3,
    next_try_at: new Date(BEGUN + 12_000).toISOString(),
    by: 'chart',
  },
} as unknown as OpenSaga

function trouble(changes: Partial<OpenSaga>, told = lines, { isLast = true, now = BEGUN } = {}) {
  const story = storyOf(told)
  return troubleOf({ saga: { ...saga, ...changes }, story, moment: story.moments[2], isLast, now })
}

t.test('a parked saga says what it waits for, how often it tried, and when it tries again', async (t) => {
  const { mark, title, facts, answer } = trouble({}) ?? {}
  t.equal(mark, 'parked')
  t.equal(title, 'Parked while undoing reserve: still no answer')
  const since = /^parked at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/
  t.match(facts, [
    'ETIMEDOUT',
    'HTTP 503',
    'attempt 3',
    since,
    'surely without effect',
    /^tries again in 12 s, at /,
  ])
  t.equal(facts?.at(-1), 'it is being undone because reserve failed: no answer')
  t.equal(answer, '<b>later</b>')
  t.ok(trouble({}, lines, { now: BEGUN + 12_000 })?.facts.includes('tries again now'))
})

t.test('a saga that no machine can go on with says so, not when it tries again', async (t) => {
  const parked = { ...saga.parked, by: 'engine', step: null, next_try_at: null } as OpenSaga['parked']
  const { title, facts } = trouble({ parked }) ?? {}
  t.equal(title, 'Parked: still no answer')
  t.ok(facts?.includes('no machine here can go on with it'))
})

t.test('a saga that fails says why, and that all was undone', async (t) => {
  const { title, facts } = trouble({ status: 'failed', undone: true }) ?? {}
  t.equal(title, 'Failed at reserve: no answer')
  t.same(facts, ['ETIMEDOUT', 'in doubt: it may have taken effect', 'all that was begun has been undone'])
})

t.test('a saga that was stopped by a person names no step that failed', async (t) => {
  const last_error = {
    message: 'It was cancelled by marie.',
    code: 'CANCELLED',
    step: 'cancel',
    inDoubt: false,
  }
  const { title, facts } = trouble({ status: 'compensating', last_error }) ?? {}
  t.equal(title, 'Being undone: It was cancelled by marie.')
  t.same(facts, ['CANCELLED'])
})

t.test('a saga that was given up says by whom, and what is not undone', async (t) => {
  const abandon = { type: 'skald.abandon', actor: 'marie', reason: 'nobody answers' }
  const told = [...lines, lineOf(4, abandon, [])]
  const { mark, title, facts } = trouble({ status: 'failed', undone: false }, told) ?? {}
  t.equal(mark, 'abandoned')
  t.equal(title, 'Given up by marie: nobody answers')
  t.same(facts, ['NOT undone: lock, reserve', 'undoing reserve had failed: no answer'])
})

t.test('a step that surely was not done, or that was undone, is not among what is not undone', async (t) => {
  t.same(notUndone(storyOf(lines.slice(0, 2))), ['lock', 'reserve'])
  t.same(notUndone(storyOf([...lines.slice(0, 2), lineOf(2, failed('reserve', false), ['undo-lock'])])), [
    'lock',
  ])
  const undone = lineOf(3, { type: 'xstate.done.actor.undo-reserve' }, ['undo-lock'])
  t.same(notUndone(storyOf([...lines.slice(0, 3), undone])), ['lock'])
})

t.test('of an earlier moment what happened just then is told, and that it is past', async (t) => {
  const story = storyOf(lines)
  const at = (moment: number) =>
    troubleOf({ saga, story, moment: story.moments[moment], isLast: false, now: BEGUN })
  t.match(at(1), { mark: 'past', title: 'Transition 1: lock done', facts: ['doing → doing', /then/] })
  t.match(at(2), { mark: 'failed', title: 'Transition 2: reserve failed: no answer' })
  t.equal(at(2)?.facts.at(-1), 'as it stood then')
})

t.test('of a saga without trouble, and of hostile errors, nothing is made up', async (t) => {
  t.equal(trouble({ status: 'running' }), null)
  for (const last_error of [null, 'boom', 7, [], { message: {}, code: [], step: 1 }])
    t.same(trouble({ status: 'failed', undone: true, last_error }), {
      mark: 'failed',
      title: 'Failed.',
      facts: ['all that was begun has been undone'],
      answer: null,
    })
})
