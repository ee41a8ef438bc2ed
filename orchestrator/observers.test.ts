import { Writable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import type { Transition } from './engine/ports.ts'
import { logObserver, logSteps, observeWith } from './observers.ts'
import type { StepReport } from './steps/http-steps.ts'

const saga = { sagaId: '019aab4d-0a3c-7e11-9d2f-3b1c5a7e9f00', machine: 'm', version: '1', trace: null }
const own = { saga_id: saga.sagaId, trace_id: '019aab4d0a3c7e119d2f3b1c5a7e9f00', machine: 'm', version: '1' }
const row: Transition = {
  seq: 1,
  actor: null,
  event: { type: 'GO' },
  timer: null,
  at: 0,
  state: 'a',
  snapshot: '{}',
  emitted: [],
}

function logged(level: string) {
  const lines: Record<string, unknown>[] = []
  const into = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString()) as Record<string, unknown>)
      done()
    },
  })
  return { lines, log: pino({ level }, into) }
}

/** All that can be told of a saga, and the lines that it makes. */
function linesOf(level: string, trace: string | null = null) {
  const { lines, log } = logged(level)
  const observer = observeWith(logObserver(log))
  const told = { ...saga, trace }
  observer.started(told)
  observer.resumed({ ...told, state: 'a', why: 'due' })
  observer.resumed({ ...told, state: 'a', why: 'takeover' })
  observer.transition(told, row)
  observer.parked({ ...told, state: 'parked', step: 'lock', code: 'ETIMEDOUT' })
  observer.evicted(told)
  observer.trouble(told, 'why')
  observer.effectFailed(told, new Error('it broke'))
  observer.ended({ ...told, status: 'failed', state: 'failed', startedAt: 0, endedAt: 1 })
  return lines
}

t.test('every line about a saga names it, its trace and its machine', async (t) => {
  const lines = linesOf('debug')
  t.equal(lines.length, 9)
  for (const line of lines) t.match(line, own)
  const caller = linesOf('debug', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;k=v')
  for (const line of caller) t.match(line, { ...own, trace_id: '0af7651916cd43dd8448eb211c80319c' })
})

t.test('what a person may have to look into is told without being asked for more', async (t) => {
  const lines = linesOf('info')
  t.match(lines, [
    { msg: 'saga resumed', why: 'takeover' },
    { level: 40, msg: 'saga parked', state: 'parked', step: 'lock', code: 'ETIMEDOUT' },
    { level: 40, msg: /left memory before its end/ },
    { level: 50, msg: /effect failed/ },
    { msg: 'saga failed', state: 'failed' },
  ])
  t.equal(lines.length, 5)
})

t.test(
  'a step that was not done, or was slow, is told with its saga; one that went well is not',
  async (t) => {
    const { lines, log } = logged('info')
    const tell = logSteps(log)
    const done: StepReport = {
      ...saga,
      step: 'lock',
      undo: false,
      participant: 'carts',
      outcome: 'done',
      attempts: 1,
      durationMs: 20,
    }
    tell(done)
    tell({ ...done, durationMs: 1_500.4 })
    tell({ ...done, undo: true, outcome: 'in_doubt', attempts: 3 })
    t.match(lines, [
      { ...own, msg: 'step was slow', outcome: 'done', duration_ms: 1_500 },
      { ...own, msg: 'step not done', step: 'lock', direction: 'undoing', participant: 'carts', attempts: 3 },
    ])
    t.equal(lines.length, 2)
  },
)
