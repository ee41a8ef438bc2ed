import t from 'tap'
import { asEvent, isOperatorEvent, isOperatorsType, VERBS } from './operator-event.ts'

t.test('an event is an operator’s if it is one of the verbs, or a move', (t) => {
  for (const verb of VERBS) t.ok(isOperatorEvent({ type: `skald.${verb}` }))
  t.ok(isOperatorEvent({ type: 'skald.migrate' }))
  t.notOk(isOperatorEvent({ type: 'skald.later' }))
  t.notOk(isOperatorEvent({ type: 'retry' }))
  t.end()
})

t.test('all that begins like one is for nobody else to send', (t) => {
  t.ok(isOperatorsType('skald.later'))
  t.notOk(isOperatorsType('SKALD'))
  t.end()
})

t.test('to XState it is an event like any other', (t) => {
  const event = { type: 'skald.retry', actor: 'ada', reason: 'why not' } as const
  t.same(asEvent(event), event)
  t.not(asEvent(event), event)
  t.end()
})
