import t from 'tap'
import { Admission, type Limits } from './admission.ts'
import type { Clock } from './ports.ts'

function admission(limits: Limits, makeRoom = () => {}) {
  const timeouts: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    setTimeout: (run) => timeouts.push(run),
    clearTimeout: (index) => (timeouts[Number(index) - 1] = () => {}),
    setImmediate: () => undefined,
  }
  const passTime = () => timeouts.forEach((run) => run())
  return { admission: new Admission(limits, clock, makeRoom), passTime }
}

/** What has come of a promise so far. */
async function standing(promise: Promise<unknown>): Promise<unknown> {
  const settled = promise.then(
    (value) => value ?? 'in',
    (error: unknown) => `refused: ${String(error)}`,
  )
  await Promise.resolve()
  return Promise.race([settled, new Promise((resolve) => setImmediate(resolve, 'waits'))])
}

t.test('sagas enter up to the limit, the next wait, and those beyond are refused', async (t) => {
  const { admission: door } = admission({ inFlight: 2, startQueue: 1 })
  t.equal(await standing(door.enter()), 'in')
  t.equal(await standing(door.enter()), 'in')
  const third = door.enter()
  t.equal(await standing(third), 'waits')
  t.equal(door.waiting, 1)
  await t.rejects(door.enter(), {
    code: 'NOT_ACCEPTING',
    message: /2 sagas are in flight, and 1 starts wait/,
  })
  door.leave()
  t.equal(await standing(third), 'in')
  t.equal(door.waiting, 0)
})

t.test('whoever waits too long is refused, and takes no place', async (t) => {
  const { admission: door, passTime } = admission({ inFlight: 1, startQueue: 5 })
  await door.enter()
  const late = door.enter()
  passTime()
  await t.rejects(late, { code: 'NOT_ACCEPTING' })
  door.leave()
  t.equal(await standing(door.enter()), 'in')
})

t.test('sagas that were accepted before come in ahead of new ones', async (t) => {
  const { admission: door } = admission({ inFlight: 1, startQueue: 5 })
  await door.enter()
  const start = door.enter()
  const load = door.load(10)
  t.equal(await standing(load), 'waits')
  door.leave()
  t.equal(await standing(load), 1)
  t.equal(await standing(start), 'waits')
  door.leave()
  t.equal(await standing(start), 'in')
})

t.test('they are let in by the page, and as many as there is room for', async (t) => {
  const { admission: door } = admission({ inFlight: 40, startQueue: 0 })
  t.equal(await standing(door.load(30)), 30)
  t.equal(await standing(door.load(30)), 10)
  const next = door.load(30)
  door.leave()
  t.equal(await standing(next), 'waits', 'one place is less than a page')
  door.leave()
  t.equal(await standing(next), 2)
})

t.test('those who only wait are asked to make room before anybody is refused', async (t) => {
  const asked: string[] = []
  const { admission: door } = admission({ inFlight: 1, startQueue: 0 }, () => {
    asked.push('asked')
    door.leave()
  })
  await door.enter()
  t.equal(await standing(door.enter()), 'in')
  t.ok(asked.length > 0)
})

t.test('when the process ends, all that wait are told why', async (t) => {
  const { admission: door } = admission({ inFlight: 1, startQueue: 5 })
  await door.enter()
  const waiting = door.enter()
  door.close('going away')
  await t.rejects(waiting, { message: 'going away' })
})
