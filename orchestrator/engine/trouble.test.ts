import t from 'tap'
import type { SagaStatus, Trouble } from './ports.ts'
import { troubleAfter } from './trouble.ts'

const failureOf = (step: string, code = 'TIMEOUT') => ({
  name: 'StepInDoubt',
  message: `${step}: ${code}`,
  code,
  step,
  inDoubt: true,
})

const failed = (step: string, code?: string) => ({
  type: `xstate.error.actor.${step}`,
  actorId: step,
  error: failureOf(step, code),
})

type Told = readonly [{ readonly type: string }, SagaStatus, ...string[]]

/** What is told of a saga behind all of these transitions: the event, where it led, and what is open there. */
const behind = (...transitions: readonly Told[]) =>
  transitions.reduce<Trouble | null>(
    (before, [event, status, ...open]) => troubleAfter(before, { event, status, open }),
    null,
  )

const by = { actor: 'ada', reason: 'she wants it' }

t.test('a saga that nothing befell has no trouble', (t) => {
  t.equal(behind([{ type: 'xstate.init' }, 'running', 'a'], [{ type: 'GO' }, 'running', 'b']), null)
  t.end()
})

t.test('a failure that turns it back is its cause, whatever fails on the way back', (t) => {
  const trouble = behind(
    [failed('a', 'REFUSED'), 'compensating', 'undo-b'],
    [failed('undo-b'), 'parked'],
    [{ type: 'xstate.after.5000' }, 'compensating', 'undo-b'],
  )
  t.match(trouble, { cause: { code: 'REFUSED', step: 'a' }, failing: { invoke: 'undo-b', tries: 1 } })
  t.end()
})

t.test('a step fails for as long as its saga is parked for it, or calls it again', (t) => {
  const parked: Told[] = [
    [failed('a'), 'parked'],
    [{ type: 'RETRY' }, 'running', 'a'],
  ]
  t.match(behind(...parked), { cause: null, failing: { step: 'a', invoke: 'a', tries: 1 } })
  t.match(behind(...parked, [failed('a'), 'parked']), { failing: { tries: 2 } })
  t.equal(behind(...parked, [{ type: 'xstate.done.actor.a' }, 'running', 'b']), null)
  const another = behind(...parked, [failed('b'), 'parked'])
  t.match(another, { failing: { invoke: 'b', tries: 1 } })
  t.end()
})

t.test('an invoke whose event does not name it is told by the name of its event', (t) => {
  const { actorId: _none, ...event } = failed('a')
  t.match(behind([event, 'parked']), { failing: { invoke: 'a' } })
  t.end()
})

t.test('what is no failure of a step is none, whatever it calls itself', (t) => {
  t.equal(behind([{ ...failed('a'), error: new Date(0) } as Told[0], 'parked']), null)
  t.equal(behind([{ ...failed('a'), error: null } as Told[0], 'parked']), null)
  t.equal(behind([{ ...failed('a'), error: 'no' } as Told[0], 'parked']), null)
  t.equal(behind([{ ...failed('a'), error: { code: 'NO' } } as Told[0], 'parked']), null)
  t.end()
})

t.test('who turns it back is the cause: an operator, a caller, or whatever event it was', (t) => {
  const codes = ['skald.cancel', 'skald.compensate', 'skald.retry'].map(
    (type) => behind([{ type, ...by }, 'compensating'])?.cause,
  )
  t.match(codes, [
    { code: 'CANCELLED', message: 'she wants it' },
    { code: 'COMPENSATED', message: 'she wants it' },
    { code: 'OPERATOR' },
  ])
  t.match(behind([{ type: 'CANCEL' }, 'compensating'])?.cause, { code: 'CANCELLED', step: '' })
  t.match(behind([{ type: 'COMPENSATE' }, 'failed'])?.cause, { code: 'COMPENSATED' })
  t.match(behind([{ type: 'OVER' }, 'compensating'])?.cause, { code: 'TURNED_BACK', message: /OVER/ })
  t.end()
})

t.test('a first compensation that fails is not taken for the cause of what an event turned back', (t) => {
  const trouble = behind(
    [{ type: 'CANCEL' }, 'compensating', 'undo-a'],
    [failed('undo-a'), 'parked'],
    [{ type: 'RETRY' }, 'compensating', 'undo-a'],
  )
  t.match(trouble, { cause: { code: 'CANCELLED' }, failing: { invoke: 'undo-a' } })
  t.end()
})

t.test(
  'what it was parked for on its way forward is the cause when it gives up, unless somebody asked',
  (t) => {
    t.match(behind([failed('a'), 'parked'], [{ type: 'xstate.after.5000' }, 'compensating']), {
      cause: { code: 'TIMEOUT', step: 'a' },
      failing: null,
    })
    t.match(behind([failed('a'), 'parked'], [{ type: 'CANCEL' }, 'compensating']), {
      cause: { code: 'CANCELLED' },
    })
    t.match(behind([failed('a'), 'parked'], [{ type: 'skald.cancel', ...by }, 'compensating']), {
      cause: { code: 'CANCELLED', step: 'a' },
    })
    t.end()
  },
)

t.test('whoever gives it up is the cause, whatever was before', (t) => {
  const given = behind([failed('a'), 'compensating', 'undo-a'], [{ type: 'skald.abandon', ...by }, 'failed'])
  t.match(given, { cause: { code: 'ABANDONED', message: 'she wants it' }, failing: null })
  t.end()
})
