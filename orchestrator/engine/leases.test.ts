import t from 'tap'
import { HandClock } from '../../test/kit/hand-clock.ts'
import { MemoryLeases } from '../../test/simulation/memory-leases.ts'
import type { HeldLease } from './host-options.ts'
import { Leases, type LeasesOptions } from './leases.ts'
import type { Lease, LeaseChange, LeaseStore } from './ports.ts'
import { quiet } from './quiet-observer.ts'
import { SharedClock } from './shared-clock.ts'

const LEASE_MS = 5_000
const PARTITIONS = 8

class World {
  readonly clock = new HandClock()
  readonly memory = new MemoryLeases(() => this.clock.now(), PARTITIONS)
  /** While true the database answers nobody. */
  isAway = false
  sessions = 0
  /** The partitions of each release. */
  readonly releases: (readonly number[])[] = []

  owners(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { owner } of this.memory.partitions) {
      const name = (owner && this.memory.members.get(owner)?.member.name) ?? 'nobody'
      counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }

  store(): LeaseStore {
    const { memory } = this
    const ask = async <Answer>(answer: () => Answer): Promise<Answer> => {
      if (this.isAway) throw new Error('the database is away')
      return answer()
    }
    return {
      join: (member, { leaseMs, takeOverName }) => ask(() => memory.join(member, leaseMs, takeOverName)),
      beat: (member, leaseMs) => ask(() => memory.beat(member, leaseMs)),
      acquire: (member, count) => ask(() => memory.acquire(member, count)),
      release: (member, partitions, needs) =>
        ask(() => {
          this.releases.push(partitions)
          memory.release(member, partitions, needs)
        }),
      unpin: (member) => ask(() => memory.unpin(member, () => false)),
      leave: (member) => ask(() => memory.leave(member)),
    }
  }
}

interface Running {
  readonly leases: Leases
  readonly changes: LeaseChange[]
  readonly acquired: HeldLease[]
  readonly lost: Lease[]
}

const nobody = () => undefined

function start(world: World, name: string, options: Partial<LeasesOptions> = {}): Running {
  const running = { changes: [] as LeaseChange[], acquired: [] as HeldLease[], lost: [] as Lease[] }
  const observer = {
    started: nobody,
    resumed: nobody,
    transition: nobody,
    ended: nobody,
    parked: nobody,
    left: nobody,
    timerFired: nobody,
    fenced: nobody,
    evicted: nobody,
    trouble: nobody,
    committed: nobody,
    effectFailed: nobody,
    journalWaiting: nobody,
    storeTrouble: nobody,
    leases: (change: LeaseChange) => void running.changes.push(change),
  }
  const leases = new Leases({
    store: world.store(),
    clock: new SharedClock(world.clock),
    observer: quiet(observer),
    newMemberId: () => `${name}.${++world.sessions}`,
    name,
    machines: ['commande@1'],
    random: () => 0.5,
    leaseMs: LEASE_MS,
    takeOverName: false,
    onAcquired: (lease) => running.acquired.push(lease),
    onLost: (lease) => running.lost.push(lease),
    settle: () => Promise.resolve(),
    ...options,
  })
  return { leases, ...running }
}

t.test('one alone takes all partitions, and keeps them', async (t) => {
  const world = new World()
  const { leases, acquired, lost } = start(world, 'a')
  await leases.open()
  t.equal(leases.size, PARTITIONS)
  await world.clock.pass(10 * LEASE_MS)
  t.equal(acquired.length, PARTITIONS, 'once')
  t.same(lost, [])
  t.ok(leases.live.every(({ isLive }) => isLive))
  leases.stop()
})

t.test('a second one gets its share in peace, and gives it back when it leaves', async (t) => {
  const world = new World()
  const a = start(world, 'a')
  const b = start(world, 'b')
  await a.leases.open()
  await b.leases.open()
  await world.clock.pass(2 * LEASE_MS)
  t.same(world.owners(), { a: 4, b: 4 })
  t.ok(a.changes.some(({ kind }) => kind === 'handed_over'))
  t.notOk(a.changes.some(({ kind }) => kind === 'lost'))
  await b.leases.leave()
  t.same(world.owners(), { a: 4, nobody: 4 }, 'free at once')
  await world.clock.pass(LEASE_MS / 2)
  t.same(world.owners(), { a: 8 }, 'before any lease could have expired')
  a.leases.stop()
})

t.test('what settles together is given up together: a beat never waits behind many releases', async (t) => {
  const world = new World()
  const first = start(world, 'first')
  await first.leases.open()
  await start(world, 'second').leases.open()
  await world.clock.pass(LEASE_MS)
  t.same(world.owners(), { first: PARTITIONS / 2, second: PARTITIONS / 2 })
  t.ok(world.releases.length <= 2, world.releases.join(' | '))
})

t.test('a partition that is handed over takes no new sagas, and waits for those in flight', async (t) => {
  const world = new World()
  const settling = Promise.withResolvers<void>()
  const a = start(world, 'a', { settle: () => settling.promise })
  const b = start(world, 'b')
  await a.leases.open()
  await b.leases.open()
  await world.clock.pass(LEASE_MS)
  t.same(world.owners(), { a: 8 }, 'not before')
  const used = new Set(Array.from({ length: 40 }, () => a.leases.forStart()?.partition))
  t.equal(used.size, 4)
  t.same(a.lost, [])
  settling.resolve()
  await world.clock.pass(LEASE_MS)
  t.same(world.owners(), { a: 4, b: 4 })
  t.equal(a.lost.length, 4)
  a.leases.stop()
  b.leases.stop()
})

t.test('what is owned by one that is not heard any more, is taken when its session is over', async (t) => {
  const world = new World()
  const a = start(world, 'a')
  await a.leases.open()
  a.leases.stop()
  const b = start(world, 'b')
  await b.leases.open()
  t.equal(b.leases.size, 0)
  await world.clock.pass(LEASE_MS * 1.3)
  t.same(world.owners(), { b: 8 })
  t.ok(
    b.acquired.every(({ epoch }) => epoch === 2),
    'under another epoch',
  )
  b.leases.stop()
})

t.test('while the database is away, all is dropped before the session could have expired', async (t) => {
  const world = new World()
  const { leases, lost, changes } = start(world, 'a')
  await leases.open()
  world.isAway = true
  await world.clock.pass(LEASE_MS * 0.6)
  t.same(lost, [], 'a short trouble harms nobody')
  await world.clock.pass(LEASE_MS * 0.31)
  t.equal(lost.length, PARTITIONS)
  t.equal(leases.live.length, 0)
  t.ok(world.memory.isAlive('a.1'), 'the database still says that it lives')
  t.same(changes.at(-1), { kind: 'lost', partitions: [0, 1, 2, 3, 4, 5, 6, 7], held: 0 })
  world.isAway = false
  await world.clock.pass(LEASE_MS)
  t.equal(leases.size, PARTITIONS)
  t.ok(
    leases.live.every(({ epoch }) => epoch === 2),
    'nothing is taken up again under its old epoch',
  )
  leases.stop()
})

t.test(
  'what was dropped is given up and taken anew, though the session turns out to have lasted',
  async (t) => {
    const world = new World()
    const { leases, acquired } = start(world, 'a', { random: () => 0 })
    await leases.open()
    world.isAway = true
    await world.clock.pass(LEASE_MS * 0.92)
    t.equal(leases.live.length, 0)
    world.isAway = false
    await world.clock.pass(LEASE_MS * 0.05)
    t.equal(world.sessions, 1, 'it is the same session')
    t.same(
      acquired.slice(PARTITIONS).map(({ epoch }) => epoch),
      Array(PARTITIONS).fill(2),
    )
    leases.stop()
  },
)

t.test('one that was frozen past its session, holds nothing from the moment it wakes', async (t) => {
  const world = new World()
  const { leases, acquired } = start(world, 'a')
  await leases.open()
  world.clock.freeze(LEASE_MS)
  t.equal(acquired.filter(({ isLive }) => isLive).length, 0, 'before any timer of it has run')
  t.equal(leases.forStart(), undefined)
  leases.stop()
})

t.test('a name that another one renews, is refused with a sentence', async (t) => {
  const world = new World()
  const a = start(world, 'same')
  await a.leases.open()
  const b = start(world, 'same')
  const opening = b.leases.open()
  opening.catch(() => undefined)
  await world.clock.pass(2 * LEASE_MS)
  await t.rejects(opening, { code: 'NAME_TAKEN', message: /give each its own ORCHESTRATOR_ID/ })
  t.same(world.owners(), { same: 8 })
  a.leases.stop()
})

t.test('the name of one that is gone, is had when its session is over', async (t) => {
  const world = new World()
  const a = start(world, 'same')
  await a.leases.open()
  a.leases.stop()
  const b = start(world, 'same')
  const opening = b.leases.open()
  await world.clock.pass(LEASE_MS * 1.3)
  await opening
  t.equal(b.leases.size, PARTITIONS)
  b.leases.stop()
})

t.test(
  'a supervised restart takes over at once; one that lived after all ends, and takes nothing back',
  async (t) => {
    const world = new World()
    const a = start(world, 'same', { takeOverName: true })
    await a.leases.open()
    const b = start(world, 'same', { takeOverName: true })
    await b.leases.open()
    t.equal(b.leases.size, PARTITIONS)
    const failed = t.rejects(a.leases.failed, { code: 'NAME_TAKEN' })
    await world.clock.pass(2 * LEASE_MS)
    await failed
    t.equal(a.leases.live.length, 0)
    t.equal(b.leases.size, PARTITIONS)
    b.leases.stop()
  },
)

t.test('a partition whose sagas need another version goes to one that has it, and stays there', async (t) => {
  const world = new World()
  const a = start(world, 'a', { machines: ['commande@2'] })
  const b = start(world, 'b', { machines: ['commande@1', 'commande@2'] })
  await a.leases.open()
  const [lease] = a.acquired
  t.ok(lease)
  const partition = lease?.partition ?? -1
  t.equal(a.leases.lacks(partition, 'commande@1'), false, 'nobody has it')
  t.same(a.leases.missingMachines, ['commande@1'])
  await b.leases.open()
  await world.clock.pass(3 * LEASE_MS)
  t.equal(world.memory.partitions[partition]?.owner, 'b.2')
  t.same(a.leases.missingMachines, [])
  a.leases.stop()
  b.leases.stop()
})

t.test('a partition that nobody alive can drive as a whole does not go back and forth', async (t) => {
  const world = new World()
  const a = start(world, 'a', { machines: ['commande@1'] })
  const b = start(world, 'b', { machines: ['commande@2'] })
  await a.leases.open()
  await b.leases.open()
  await world.clock.pass(2 * LEASE_MS)
  // Whoever has it meets a saga of the version that the other has.
  const partition = a.leases.live[0]?.partition ?? -1
  const lacking = { a: [a, 'commande@2'], b: [b, 'commande@1'] } as const
  const owners: string[] = []
  for (let beats = 0; beats < 40; beats++) {
    const owner = world.memory.partitions[partition]?.owner?.[0]
    if (owner !== 'a' && owner !== 'b') continue
    const [{ leases }, machine] = lacking[owner]
    if (leases.of(partition) !== undefined) {
      if (owners.at(-1) !== owner) owners.push(owner)
      leases.lacks(partition, machine)
    }
    await world.clock.pass(LEASE_MS / 5)
  }
  t.ok(owners.length <= 3, owners.join())
  a.leases.stop()
  b.leases.stop()
})
