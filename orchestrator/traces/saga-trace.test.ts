import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { callersTrace } from './callers-trace.ts'
import { samplerOf, traceHeaders, traceIdOf, traceOf } from './saga-trace.ts'

const sagaId = '019aab4d-0a3c-7e11-9d2f-3b1c5a7e9f00'
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

t.test('without a caller’s, the saga’s id is its trace', async (t) => {
  t.strictSame(traceOf({ sagaId, trace: null }), {
    traceId: '019aab4d0a3c7e119d2f3b1c5a7e9f00',
    rootId: '9d2f3b1c5a7e9f00',
    parentId: null,
    flags: '01',
    state: null,
    isSampled: true,
  })
  t.equal(traceIdOf({ sagaId, trace: null }), '019aab4d0a3c7e119d2f3b1c5a7e9f00')
  t.match(
    traceOf({ sagaId, trace: null }, () => false),
    { flags: '00', isSampled: false },
  )
})

t.test('a caller’s is gone on with, and whether it is sampled the caller has decided', async (t) => {
  const trace = callersTrace({ traceparent, tracestate: 'a=1;2,b=3' })
  t.equal(trace, `${traceparent};a=1;2,b=3`)
  const whole = traceOf({ sagaId, trace }, () => false)
  t.strictSame(whole, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    rootId: '9d2f3b1c5a7e9f00',
    parentId: 'b7ad6b7169203331',
    flags: '01',
    state: 'a=1;2,b=3',
    isSampled: true,
  })
  t.equal(traceIdOf({ sagaId, trace }), whole.traceId)
  t.strictSame(traceHeaders(whole, '00f067aa0ba902b7'), {
    traceparent: `00-${whole.traceId}-00f067aa0ba902b7-01`,
    tracestate: 'a=1;2,b=3',
  })
  const quiet = callersTrace({ traceparent: traceparent.replace(/01$/, '02') })
  t.match(traceOf({ sagaId, trace: quiet }), { flags: '02', state: null, isSampled: false })
  t.notOk('tracestate' in traceHeaders(traceOf({ sagaId, trace: quiet }), whole.rootId))
  t.equal(callersTrace({ traceparent: 'nonsense', tracestate: 'a=1' }), null)
})

t.test('a sampler takes the share that it is asked for, and the same traces each time', async (t) => {
  const traceIds = Array.from({ length: 2_000 }, () => newSagaId().replaceAll('-', ''))
  const taken = (share: number) => traceIds.filter(samplerOf(share)).length
  t.equal(taken(1), 2_000)
  t.equal(taken(0), 0)
  t.ok(Math.abs(taken(0.25) - 500) < 150, String(taken(0.25)))
  t.strictSame(traceIds.filter(samplerOf(0.25)), traceIds.filter(samplerOf(0.25)))
  const few = new Set(traceIds.filter(samplerOf(0.1)))
  t.ok([...few].every(samplerOf(0.2)), 'a larger share has those of a smaller one')
})
