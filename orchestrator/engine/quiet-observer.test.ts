import t from 'tap'
import { quiet } from './quiet-observer.ts'
import type { Observer, SagaIdentity, Transition } from './ports.ts'

const saga: SagaIdentity = { machine: 'm', version: '1', sagaId: 's', trace: null }
const row = { seq: 0 } as Transition

/** Notes what it is told, then throws. */
function shaky(told: [string, ...unknown[]][]): Observer {
  const tell =
    (name: string) =>
    (...args: unknown[]) => {
      told.push([name, ...args])
      throw new Error(`${name} threw`)
    }
  return {
    started: tell('started'),
    resumed: tell('resumed'),
    parked: tell('parked'),
    transition: tell('transition'),
    left: tell('left'),
    timerFired: tell('timerFired'),
    ended: tell('ended'),
    evicted: tell('evicted'),
    leases: tell('leases'),
    storeTrouble: tell('storeTrouble'),
    fenced: tell('fenced'),
    trouble: tell('trouble'),
    committed: tell('committed'),
    effectFailed: tell('effectFailed'),
    journalWaiting: tell('journalWaiting'),
  }
}

t.test('what an observer throws about a saga comes back to it once, and goes no further', async (t) => {
  const told: [string, ...unknown[]][] = []
  const observer = quiet(shaky(told))
  observer.started(saga)
  observer.resumed({ ...saga, state: 'a', why: 'due' })
  observer.transition(saga, row)
  observer.left(saga, 'a', 1)
  observer.timerFired(saga, 2)
  observer.ended({ ...saga, status: 'done', state: 'done', startedAt: 1, endedAt: 2 })
  observer.parked({ ...saga, state: 'parked', step: null, code: null })
  observer.evicted(saga)
  observer.fenced(saga)
  observer.trouble(saga, 'why')
  const names = told.map(([name]) => name)
  t.same(
    names.filter((name) => name !== 'effectFailed'),
    [
      'started',
      'resumed',
      'transition',
      'left',
      'timerFired',
      'ended',
      'parked',
      'evicted',
      'fenced',
      'trouble',
    ],
  )
  t.equal(names.length, 20)
  t.match(told[1], ['effectFailed', saga, { message: 'started threw' }])
  t.same(told[4]?.slice(1), [saga, row])
})

t.test('what it throws about anything else is nobody’s', async (t) => {
  const told: [string, ...unknown[]][] = []
  const observer = quiet(shaky(told))
  observer.effectFailed(saga, 'why')
  observer.committed({ writes: 1, transitions: 2, events: 0, durationMs: 3 })
  observer.leases({ kind: 'lost', partitions: [1], held: 0 })
  observer.storeTrouble('why')
  observer.journalWaiting('why', 4)
  t.same(told, [
    ['effectFailed', saga, 'why'],
    ['committed', { writes: 1, transitions: 2, events: 0, durationMs: 3 }],
    ['leases', { kind: 'lost', partitions: [1], held: 0 }],
    ['storeTrouble', 'why'],
    ['journalWaiting', 'why', 4],
  ])
})
