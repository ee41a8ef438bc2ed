import t from 'tap'
import { correlationOf, isSampled, traceContextOf } from './traceparent.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const traceparent = `00-${TRACE}-${SPAN}-01`

const stateOf = (...members: string[]) => traceContextOf({ traceparent, tracestate: members.join() })?.state
const short = (name: string) => `${name}=${'x'.repeat(100)}`

t.test('a traceparent names its trace, the span of the caller, and whether it is sampled', async (t) => {
  const context = traceContextOf({ traceparent })
  t.strictSame(context, { traceId: TRACE, spanId: SPAN, flags: '01', state: null })
  t.equal(isSampled({ flags: '01' }), true)
  t.equal(isSampled({ flags: '03' }), true)
  t.equal(isSampled({ flags: '02' }), false)
  t.equal(isSampled({ flags: '00' }), false)
})

t.test('one that is malformed counts as none', async (t) => {
  const malformed = [
    '',
    'nonsense',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `01-${TRACE}-${SPAN}-01more`,
    `${traceparent}, ${traceparent}`,
    ` ${traceparent}`,
  ]
  for (const one of malformed) {
    t.equal(traceContextOf({ traceparent: one, tracestate: 'k=v' }), undefined, one)
  }
  t.equal(traceContextOf({ tracestate: 'k=v' }), undefined)
})

t.test('of a later version only what this one knows is taken', async (t) => {
  const context = traceContextOf({ traceparent: `cc-${TRACE}-${SPAN}-ff-what.is.to.come` })
  t.strictSame(context, { traceId: TRACE, spanId: SPAN, flags: '03', state: null })
  t.match(traceContextOf({ traceparent: `cc-${TRACE}-${SPAN}-04` }), { flags: '00' })
})

t.test('a tracestate is passed on as it is, in its order', async (t) => {
  t.equal(stateOf('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'), 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE')
  t.equal(stateOf(' a=1 ,\t, b@c=2;x:3'), 'a=1,b@c=2;x:3')
})

t.test('one that is malformed is left out, and the traceparent holds', async (t) => {
  const many = Array.from({ length: 33 }, (_none, index) => `k${index}=v`).join()
  for (const tracestate of ['A=1', 'a', 'a=', '=1', 'a=1,b=é', 'a=1=2', 'a=\u0000', many, '', ',']) {
    const context = traceContextOf({ traceparent, tracestate })
    t.match(context, { traceId: TRACE, state: null }, tracestate)
  }
})

t.test('one that is nothing but a long row of blanks between two letters holds nobody up', async (t) => {
  t.equal(stateOf(`a${' '.repeat(2_000_000)}b`), null)
})

t.test('of one that is too long the long members go first, then the last', async (t) => {
  const long = `long=${'x'.repeat(200)}`
  t.equal(stateOf(long, short('a')), [long, short('a')].join(), 'not too long')
  t.equal(
    stateOf(short('a'), long, short('b'), short('c'), short('d'), short('e')),
    [short('a'), short('b'), short('c'), short('d')].join(),
  )
  t.equal(stateOf(long, long, long), null)
})

t.test('a line about a request names its saga and its trace, as far as there are any', async (t) => {
  const saga_id = '019aab4d-0a3c-7e11-9d2f-3b1c5a7e9f00'
  t.strictSame(correlationOf({ 'x-correlation-id': saga_id, traceparent }), { saga_id, trace_id: TRACE })
  t.equal(JSON.stringify(correlationOf({ traceparent: 'nonsense' })), '{}')
})
