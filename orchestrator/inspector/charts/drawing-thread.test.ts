import t, { type Test } from 'tap'
import { until } from '../../../test/kit/until.ts'
import { DrawingThread, NotDrawableError, type DrawingThreadOptions } from './drawing-thread.ts'

const PATIENT = { deadlineMs: 60_000, idleMs: 60_000 }

function threadOf(t: Test, options: Partial<DrawingThreadOptions> = {}): DrawingThread {
  const thread = new DrawingThread({ ...PATIENT, ...options })
  t.teardown(() => thread.close())
  return thread
}

/** A thread that does with a definition what that says. Its chart is its own id, so that threads can be told apart. */
function scripted(t: Test): URL {
  const folder = t.testdir({
    'script.js': `
      import { parentPort, threadId } from 'node:worker_threads'
      const chart = { kind: 'chart', chart: String(threadId) }
      const hoard = []
      const deeds = {
        draw: () => { parentPort.postMessage(chart); parentPort.postMessage({ kind: 'drawing', drawing: '{}' }) },
        hang: () => { for (;;); },
        'hang-drawing': () => { parentPort.postMessage(chart); setImmediate(() => { for (;;); }) },
        hoard: () => { for (;;) hoard.push('x'.repeat(1000) + hoard.length) },
        throw: () => { throw new Error('broken') },
      }
      parentPort.on('message', (deed) => deeds[deed]())
    `,
    'package.json': '{"type":"module"}',
  })
  return new URL(`file://${folder}/script.js`)
}

const rail = (...names: string[]) => ({
  initial: names[0],
  states: Object.fromEntries(names.map((name) => [name, {}])),
})

t.test('a saga is drawn as a ladder, another machine as a graph', async (t) => {
  const thread = threadOf(t)
  const saga = { id: 'saga', initial: 'doing', states: { doing: rail('a', 'b'), undoing: rail('b', 'a') } }
  const drawn = await thread.draw(JSON.stringify({ id: 'saga', version: '3', hash: 'abc', config: saga }))
  t.match(JSON.parse(drawn.chart), { machine: 'saga', version: '3', hash: 'abc' })
  t.match(JSON.parse(drawn.drawing), { layout: 'ladder' })
  t.equal(drawn.isLate, false)

  const other = await thread.draw(JSON.stringify({ id: 'fetch', initial: 'a', states: { a: {} } }))
  t.match(JSON.parse(other.chart), { machine: 'fetch', version: 'none', hash: null })
  t.match(JSON.parse(other.drawing), { layout: 'graph' })
})

t.test('what is no definition is refused in words', async (t) => {
  const thread = threadOf(t)
  for (const [text, why] of [
    ['', /not valid JSON/],
    ['{', /not valid JSON/],
    ['null', /is a JSON object/],
    ['[]', /is a JSON object/],
    ['"machine"', /is a JSON object/],
    ['['.repeat(400_000) + ']'.repeat(400_000), /is a JSON object/],
  ] as const)
    await t.rejects(thread.draw(text), { name: 'NotDrawableError', message: why }, text.slice(0, 20))
})

t.test('whatever is wrong in a definition, the rest of it is drawn', async (t) => {
  const thread = threadOf(t)
  const wrong = {
    id: 5,
    initial: [],
    on: 7,
    states: { a: [], b: null, c: { on: 5, invoke: [null, { src: {} }], after: 'x', always: [[[]]] } },
  }
  const { chart, drawing } = await thread.draw(JSON.stringify(wrong))
  t.match(JSON.parse(chart), { machine: '(machine)', states: [{ id: 'c', calls: { length: 2 } }] })
  t.match(JSON.parse(drawing), { layout: 'graph', boxes: { length: 2 } })
  const none = await thread.draw('{}')
  t.match(JSON.parse(none.chart), { states: [] })
  t.equal(none.drawing, 'null')
})

t.test('ten thousand states are told and not drawn', async (t) => {
  const names = Array.from({ length: 10_000 }, (_, index) => `s${index}`)
  const states = Object.fromEntries(
    names.map((name, index) => [name, { on: { NEXT: names[index + 1] ?? 's0', BACK: 's0' } }]),
  )
  const { chart, drawing, isLate } = await threadOf(t).draw(
    JSON.stringify({ id: 'x', initial: 's0', states }),
  )
  t.match(JSON.parse(chart), { states: { length: 10_000 }, edges: { length: 20_000 } })
  t.equal(drawing, 'null')
  t.equal(isLate, false)
})

t.test('states within states end nothing, however deep', async (t) => {
  const thread = threadOf(t)
  for (const depth of [200, 5_000, 60_000]) {
    const nested = `${'{"initial":"a","states":{"a":'.repeat(depth)}{}${'}}'.repeat(depth)}`
    const { chart } = await thread.draw(nested).catch(refusal)
    t.ok(chart, `${depth} are told of or refused`)
  }
  t.equal((await thread.draw('{}')).drawing, 'null', 'and it draws on')
})

function refusal(error: unknown): { chart: string } {
  if (error instanceof NotDrawableError) return { chart: error.message }
  throw error
}

t.test(
  'a chart that takes too long to draw is told without a drawing, and the next one is drawn',
  async (t) => {
    const script = scripted(t)
    const thread = threadOf(t, { script, deadlineMs: 300 })
    const late = await thread.draw('hang-drawing')
    t.match(late, { drawing: 'null', isLate: true })
    const next = await thread.draw('draw')
    t.match(next, { drawing: '{}', isLate: false })
    t.not(next.chart, late.chart, 'by another thread')
    t.equal((await thread.draw('draw')).chart, next.chart, 'which stays')
  },
)

t.test('a thread that hangs, throws or runs out of memory takes nobody with it', async (t) => {
  const script = scripted(t)
  const thread = threadOf(t, { script, deadlineMs: 300 })
  const patient = threadOf(t, { script })
  for (const [one, deed] of [
    [thread, 'hang'],
    [patient, 'throw'],
    [patient, 'hoard'],
  ] as const) {
    await t.rejects(one.draw(deed), { name: 'NotDrawableError', message: /too large/ }, deed)
    t.match(await one.draw('draw'), { drawing: '{}' }, `drawn behind ${deed}`)
  }
})

t.test('a thread without work ends, and another one begins when there is some', async (t) => {
  const thread = threadOf(t, { script: scripted(t), idleMs: 0 })
  const { chart } = await thread.draw('draw')
  await until('another thread', async () => (await thread.draw('draw')).chart !== chart)
})

t.test('a thread that was closed draws nothing any more', async (t) => {
  const thread = threadOf(t, { script: scripted(t) })
  const hanging = thread.draw('hang-drawing')
  await thread.close()
  t.match(await hanging.catch((error: Error) => ({ isLate: error.name !== '' })), { isLate: true })
  await t.rejects(thread.draw('draw'), /was closed/)
})
