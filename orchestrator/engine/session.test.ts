import t from 'tap'
import { HandClock } from '../../test/kit/hand-clock.ts'
import { MemoryLeases } from '../../test/simulation/memory-leases.ts'
import type { LeaseStore } from './ports.ts'
import { Session } from './session.ts'
import { SharedClock } from './shared-clock.ts'

const LEASE_MS = 5_000

interface Faults {
  /** So many answers to a join get lost on their way back. */
  joinsUnheard?: number
  /** Beats are answered when this resolves. */
  until?: Promise<void>
}

function sessionOf(faults: Faults) {
  const clock = new HandClock()
  const memory = new MemoryLeases(() => clock.now(), 4)
  const store: LeaseStore = {
    async join(member, { leaseMs, takeOverName }) {
      const outcome = memory.join(member, leaseMs, takeOverName)
      faults.joinsUnheard = (faults.joinsUnheard ?? 0) - 1
      if (faults.joinsUnheard >= 0) throw new Error('the answer was lost')
      return outcome
    },
    async beat(member, leaseMs) {
      await faults.until
      return memory.beat(member, leaseMs)
    },
    acquire: async (member, count) => memory.acquire(member, count),
    release: async (member, partitions) => memory.release(member, partitions),
    unpin: async () => undefined,
    leave: async (member) => memory.leave(member),
  }
  let [lives, ends] = [0, 0]
  const newMemberId = () => `life-${++lives}`
  const named = { name: 'n', machines: [], leaseMs: LEASE_MS, takeOverName: false }
  const session = new Session({ ...named, store, clock: new SharedClock(clock), newMemberId }, () => ends++)
  return { clock, memory, session, ends: () => ends }
}

t.test('a session whose beginning nobody heard of is its own, and no rival', async (t) => {
  const { session, memory, clock } = sessionOf({ joinsUnheard: 2 })
  await t.rejects(session.beat(), /lost/)
  await clock.pass(LEASE_MS)
  await t.rejects(session.beat(), /lost/)
  t.ok(await session.beat(), 'at once, and not when it has expired')
  t.equal(memory.members.size, 1)
})

t.test('the next session is another one', async (t) => {
  const { session, clock } = sessionOf({})
  await session.beat()
  const { member } = session
  await clock.pass(LEASE_MS)
  t.equal(await session.beat(), undefined)
  await session.beat()
  t.not(session.member?.id, member?.id)
})

t.test('a beat that is answered behind the end makes nothing valid again', async (t) => {
  const { promise: until, resolve } = Promise.withResolvers<void>()
  const faults: Faults = {}
  const { session, clock, ends } = sessionOf(faults)
  await session.beat()
  faults.until = until
  const late = session.beat()
  session.stop()
  resolve()
  t.equal(await late, undefined)
  t.equal(session.isValid, false)
  t.ok(session.member, 'who is to be told that it leaves')
  await clock.pass(LEASE_MS)
  t.equal(ends(), 0, 'no timer is left that keeps the process alive')
})
