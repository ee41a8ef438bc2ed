import t, { type Test } from 'tap'
import { definitionOf } from '../../../machines/lock.ts'
import { machines } from '../../../machines/registry.ts'
import { DrawnCharts, type DrawnChartsOptions } from './drawn-charts.ts'

const ANY = { waitingMax: 100, isOwn: false }

function chartsOf(t: Test, options: Partial<DrawnChartsOptions> = {}): DrawnCharts {
  const charts = new DrawnCharts({ deadlineMs: 60_000, idleMs: 60_000, ...options })
  t.teardown(() => charts.close())
  return charts
}

/** Its chart says how many it has drawn. */
function counting(t: Test): URL {
  const folder = t.testdir({
    'script.js': `
      import { parentPort } from 'node:worker_threads'
      let drawn = 0
      parentPort.on('message', (definition) => {
        drawn += 1
        if (definition === 'hang') { parentPort.postMessage({ kind: 'chart', chart: '"hung"' }); setImmediate(() => { for (;;); }); return }
        if (definition === 'refuse') return parentPort.postMessage({ kind: 'refused', why: String(drawn) })
        parentPort.postMessage({ kind: 'chart', chart: String(drawn) })
        parentPort.postMessage({ kind: 'drawing', drawing: JSON.stringify(definition) })
      })
    `,
    'package.json': '{"type":"module"}',
  })
  return new URL(`file://${folder}/script.js`)
}

t.test('each chart is drawn once, also for many who ask at the same time', async (t) => {
  const charts = chartsOf(t, { script: counting(t) })
  const asked = ['a', 'b', 'a', 'a', 'b'].map((name) => charts.draw(name, ANY))
  t.strictSame(
    (await Promise.all(asked)).map(({ chart, drawing }) => [chart, drawing]),
    [
      ['1', '"a"'],
      ['2', '"b"'],
      ['1', '"a"'],
      ['1', '"a"'],
      ['2', '"b"'],
    ],
  )
  t.equal((await charts.draw('b', ANY)).chart, '2')
  t.equal((await charts.draw('c', ANY)).chart, '3')
})

t.test('what is refused is refused each time, and holds up nobody', async (t) => {
  const charts = chartsOf(t, { script: counting(t) })
  const asked = ['refuse', 'a'].map((name) => charts.draw(name, ANY))
  t.match(await Promise.allSettled(asked), [
    { status: 'rejected', reason: { name: 'NotDrawableError', message: '1' } },
    { status: 'fulfilled', value: { chart: '2' } },
  ])
  await t.rejects(charts.draw('refuse', ANY), { message: '3' })
})

t.test('only so many wait, but whoever asks for what is drawn already does not', async (t) => {
  const charts = chartsOf(t, { script: counting(t) })
  await charts.draw('kept', ANY)
  const asked = ['a', 'b', 'c'].map((name) => charts.draw(name, { ...ANY, waitingMax: 2 }))
  await t.rejects(charts.draw('d', { ...ANY, waitingMax: 2 }), { name: 'TooManyChartsError' })
  t.equal((await charts.draw('kept', { ...ANY, waitingMax: 0 })).chart, '1')
  const shared = charts.draw('c', { ...ANY, waitingMax: 0 })
  const others = charts.draw('d', { ...ANY, waitingMax: 3 })
  t.strictSame(
    (await Promise.all([...asked, shared, others])).map(({ chart }) => chart),
    ['2', '3', '4', '4', '5'],
  )
})

t.test('what was not asked for longest is forgotten first', async (t) => {
  // Each has a chart of one letter, and a drawing of three.
  const charts = chartsOf(t, { script: counting(t), keptMax: 8 })
  await charts.draw('a', ANY)
  await charts.draw('b', ANY)
  t.equal((await charts.draw('a', ANY)).chart, '1')
  await charts.draw('c', ANY)
  t.equal((await charts.draw('a', ANY)).chart, '1', 'asked for since')
  t.equal((await charts.draw('b', ANY)).chart, '4', 'drawn again')
})

t.test('one that takes too long holds up the next ones until its deadline, and no longer', async (t) => {
  const charts = chartsOf(t, { script: counting(t), deadlineMs: 300 })
  const asked = ['hang', 'a'].map((name) => charts.draw(name, ANY))
  t.match(await Promise.all(asked), [
    { chart: '"hung"', drawing: 'null', isLate: true },
    { chart: '1', drawing: '"a"', isLate: false },
  ])
  t.match(await charts.draw('hang', { ...ANY, waitingMax: 0 }), { isLate: true })
  t.equal((await charts.draw('b', ANY)).chart, '2', 'it was not tried again at once')
})

t.test('a saga of our own needs no thread, one that somebody sent does', async (t) => {
  const charts = chartsOf(t, { script: counting(t) })
  const [newest] = machines.slice(-1)
  const definition = JSON.stringify(newest && definitionOf(newest.machine))
  const sent = await charts.draw(`${definition} `, ANY)
  t.equal(sent.chart, '1')
  const own = await charts.draw(definition, { ...ANY, isOwn: true })
  t.match(JSON.parse(own.chart), { machine: 'commande' })
  t.match(JSON.parse(own.drawing), { layout: 'ladder' })
  t.match(own.mermaid, /^stateDiagram-v2/)
  t.equal((await charts.draw('{"id":"no saga"}', { ...ANY, isOwn: true })).chart, '2')
})
