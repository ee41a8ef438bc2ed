import t, { type Test } from 'tap'
import { systemClock } from './clock.ts'

const LONGEST_MS = 2 ** 31 - 1
const DAY_MS = 86_400_000

interface Armed {
  readonly run: (...args: unknown[]) => void
  readonly delayMs: number
  readonly args: unknown[]
}

/** Node's own timers, seen instead of waited for. */
function watchTimers(t: Test): { armed: Armed[]; cleared: unknown[] } {
  const armed: Armed[] = []
  const cleared: unknown[] = []
  const set = (run: Armed['run'], delayMs: number, ...args: unknown[]) => armed.push({ run, delayMs, args })
  t.capture(globalThis, 'setTimeout', set as never)
  t.capture(globalThis, 'clearTimeout', ((handle: unknown) => cleared.push(handle)) as never)
  return { armed, cleared }
}

function fire(armed: readonly Armed[]): void {
  const last = armed.at(-1)
  last?.run(...last.args)
}

t.test('a timer of 30 days, which Node alone would fire at once, waits for 30 days', async (t) => {
  const { armed } = watchTimers(t)
  let fired = 0
  systemClock.setTimeout(() => (fired += 1), 30 * DAY_MS)
  fire(armed)
  t.equal(fired, 0)
  t.same(
    armed.map(({ delayMs }) => delayMs),
    [LONGEST_MS, 30 * DAY_MS - LONGEST_MS],
  )
  fire(armed)
  t.equal(fired, 1)
})

t.test('the longest timer that Node can hold is armed as it is', async (t) => {
  const { armed } = watchTimers(t)
  let fired = 0
  systemClock.setTimeout(() => (fired += 1), LONGEST_MS)
  fire(armed)
  t.equal(fired, 1)
  t.equal(armed.length, 1)
})

t.test('a long timer is cleared in whichever of its parts it stands', async (t) => {
  const { armed, cleared } = watchTimers(t)
  const timeout = systemClock.setTimeout(() => undefined, 60 * DAY_MS)
  fire(armed)
  systemClock.clearTimeout(timeout)
  t.same(cleared, [2], 'the handle of the second part')
  systemClock.clearTimeout(undefined)
  t.equal(cleared.length, 1)
})

t.test('the clock tells the time of the machine', async (t) => {
  const before = Date.now()
  const now = systemClock.now()
  t.ok(now >= before && now <= Date.now())
})
