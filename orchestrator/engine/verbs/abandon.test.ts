import t from 'tap'
import canonicalize from 'canonicalize'
import { listening } from '../../../test/kit/operated-charts.ts'
import { OperatedSaga } from '../../../test/kit/operated-saga.ts'
import { statusOf } from '../status.ts'
import { abandoned, abandonedEvent } from './abandon.ts'

const event = { type: 'skald.abandon', actor: 'ada', reason: 'it is stuck' } as const

t.test('given up in memory and given up where it is stored, a saga is the same', async (t) => {
  const saga = await new OperatedSaga(listening).begin()
  await saga.fail()
  await saga.fail()
  const stored = abandoned(Object(saga.snapshot) as object, event)
  t.equal(await saga.act('abandon'), 'applied: parked')
  t.equal(canonicalize(saga.snapshot), canonicalize(JSON.parse(JSON.stringify(stored))))
  t.match(stored, {
    status: 'done',
    value: 'parked',
    output: { error: { code: 'ABANDONED', message: 'it is stuck' }, undone: false },
    abandoned: { actor: 'ada', reason: 'it is stuck' },
    children: {},
    timers: {},
  })
})

t.test('it has failed, wherever it stood', (t) => {
  const stands = { status: 'done', value: 'doing', tags: new Set<string>() }
  t.equal(statusOf(stands), 'done')
  t.equal(statusOf({ ...stands, abandoned: { actor: 'ada', reason: 'it is stuck' } }), 'failed')
  t.end()
})

t.test('the business is told who did it, and why', (t) => {
  t.same(abandonedEvent(event), { type: 'ABANDONED', actor: 'ada', reason: 'it is stuck' })
  t.end()
})
