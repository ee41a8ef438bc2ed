import t from 'tap'
import type { Clock } from './ports.ts'
import { SharedClock } from './shared-clock.ts'

const HOUR = 3_600_000
const TRUTH = Date.UTC(2026, 0, 1)

/** A machine whose wall clock is off by `skewMs`; its monotonic clock began at 0 when the truth was TRUTH. */
function machineOff(skewMs: number) {
  let monotonic = 0
  const local: Clock = {
    now: () => TRUTH + monotonic + skewMs,
    monotonic: () => monotonic,
    setTimeout: () => undefined,
    clearTimeout: () => undefined,
    setImmediate: () => undefined,
  }
  return { local, pass: (ms: number) => (monotonic += ms) }
}

t.test('until the database was heard, it is the clock of the machine', async (t) => {
  const { local, pass } = machineOff(HOUR)
  const clock = new SharedClock(local)
  pass(5)
  t.equal(clock.now(), TRUTH + HOUR + 5)
})

t.test('a machine an hour off tells the time of the database, as well as one reading can say', async (t) => {
  for (const skewMs of [HOUR, -HOUR]) {
    const { local, pass } = machineOff(skewMs)
    const clock = new SharedClock(local)
    const sentAt = local.monotonic()
    const databaseNow = TRUTH + pass(4)
    const receivedAt = pass(6)
    clock.adjust({ databaseNow, sentAt, receivedAt })
    pass(90)
    t.ok(Math.abs(clock.now() - (TRUTH + 100)) <= 6, `off by ${clock.now() - (TRUTH + 100)} ms`)
  }
})

t.test('a wide reading that agrees does not move it, a narrow one corrects it', async (t) => {
  const { local, pass } = machineOff(HOUR)
  const clock = new SharedClock(local)
  clock.adjust({ databaseNow: TRUTH, sentAt: 0, receivedAt: 0 })
  pass(1_000)
  t.equal(clock.now(), TRUTH + 1_000)
  clock.adjust({ databaseNow: TRUTH + 980, sentAt: 900, receivedAt: 1_000 })
  t.equal(clock.now(), TRUTH + 1_000, 'it lies within')
  clock.adjust({ databaseNow: TRUTH + 500, sentAt: 999, receivedAt: 1_000 })
  t.equal(clock.now(), TRUTH + 501, 'the database was set back, and so is it')
})

t.test('somebody who sets the clock of the machine sets nothing here', async (t) => {
  let wall = TRUTH
  const local: Clock = { ...machineOff(0).local, now: () => wall }
  const clock = new SharedClock(local)
  wall += HOUR
  t.equal(clock.now(), TRUTH)
})
