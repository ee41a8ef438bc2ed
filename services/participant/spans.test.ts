// What is sent to a collector, and what a bad one costs: a real server that decodes what it gets.
import t, { type Test } from 'tap'
import { openCollector } from '../../test/kit/collector.ts'
import { until } from '../../test/kit/until.ts'
import { openSpans, SpanClock, type Span } from './spans.ts'

const span: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parent: { spanId: '00f067aa0ba902b7', isRemote: true },
  state: 'a=1,b=2',
  name: 'reserve',
  kind: 'client',
  startMs: Date.UTC(2026, 0, 1) + 0.25,
  endMs: Date.UTC(2026, 0, 1) + 7.5,
  attributes: { 'skald.step': 'reserve', 'skald.attempt': 2, sampled: true },
  isError: true,
}

async function open(t: Test, endpoint: string, headers?: string) {
  const dropped: { spans: number; why: string | undefined }[] = []
  const spans = await openSpans({
    endpoint,
    headers,
    service: 'stocks',
    instance: 'here:1',
    onDropped: (spans, why) => dropped.push({ spans, why: why?.message }),
  })
  t.teardown(() => spans.close())
  return { spans, dropped, lost: () => dropped.reduce((sum, { spans }) => sum + spans, 0) }
}

t.test('a span is sent whole, with the headers that are set', async (t) => {
  const collector = await openCollector(t)
  const { spans, dropped } = await open(t, `${collector.url}/`, 'authorization=Bearer%20abc,x-tenant=1')
  spans.add(span)
  spans.add({ ...span, parent: null, state: null, kind: 'server', isError: false })
  await spans.close()
  const { parent, ...same } = span
  const sent = { ...same, parentId: parent?.spanId, state: 'a=1,b=2', service: 'stocks', instance: 'here:1' }
  t.match(collector.spans[0], { ...sent, startMs: Number, endMs: Number })
  t.match(collector.spans[1], { parentId: '', state: '', kind: 'server', isError: false })
  t.strictSame([collector.spans[0]?.startMs, collector.spans[0]?.endMs], [span.startMs, span.endMs])
  t.equal(collector.spans.length, 2)
  t.match(collector.asked, [
    { path: '/v1/traces', headers: { authorization: 'Bearer abc', 'x-tenant': '1' } },
  ])
  t.strictSame(dropped, [])
})

t.test('what a collector does not take is dropped and counted, and the next is sent', async (t) => {
  const collector = await openCollector(t)
  collector.behaves = 400
  const { spans, dropped, lost } = await open(t, collector.url)
  spans.add(span)
  await until('it is told of', async () => lost() === 1)
  t.match(dropped, [{ spans: 1, why: String }])
  collector.behaves = 200
  spans.add({ ...span, name: 'the next' })
  await until('it is sent', async () => collector.spans.length === 1)
  t.equal(collector.spans[0]?.name, 'the next')
})

t.test('where nobody answers, a bounded number waits, and an end waits for none of it', async (t) => {
  const collector = await openCollector(t)
  collector.behaves = 'silence'
  const { spans, lost } = await open(t, collector.url)
  for (let n = 0; n < 10_000; n++) spans.add(span)
  await until('a batch is on its way', async () => collector.asked.length > 0)
  const waiting = 10_000 - lost()
  t.ok(waiting > 0 && waiting <= 4_096, `${waiting} wait`)
  await spans.close()
  t.equal(collector.hungUp, 0, 'the library goes on waiting')
})

t.test('moments keep their order and their fraction, and follow a clock that is set', async (t) => {
  let now = Date.now()
  const clock = new SpanClock(() => now)
  const moments = [1, 1.25, 1.5].map((moment) => clock.at(moment))
  t.ok(Math.abs((moments[1] ?? 0) - (moments[0] ?? 0) - 0.25) < 0.01)
  now += 3_600_000
  t.ok(clock.at(1) - (moments[0] ?? 0) > 3_590_000)
})
