import t, { type Test } from 'tap'
import {
  holdMember,
  LEASE_MS,
  memberOf,
  openJournal,
  ownAll,
  startOf,
  untilWaiting,
  type JournalDatabase,
} from '../../test/kit/journal-database.ts'
import { until } from '../../test/kit/until.ts'
import type { Member } from '../engine/ports.ts'
import { ensurePartitions } from './partitions.ts'

const JOINED = { kind: 'joined' }
const PARTITIONS = 8

async function open(t: Test) {
  const journal = await openJournal(t)
  await ensurePartitions(journal.db, PARTITIONS)
  const { leaseStore, pool } = journal
  await pool.query('update orchestrator.partition set epoch = 0')
  return {
    ...journal,
    /** A member that lives. */
    join: async (name: string, machines?: readonly string[]): Promise<Member> => {
      const member = memberOf(name, machines)
      t.strictSame(await leaseStore.join(member, { leaseMs: LEASE_MS, takeOverName: false }), JOINED)
      return member
    },
    /** As if the member had not been heard of for long. */
    expire: async ({ id }: Member): Promise<void> => {
      await pool.query(
        `update orchestrator.member set expires_at = now() - interval '1 second' where id = $1`,
        [id],
      )
    },
  }
}

async function ownedBy({ leaseStore }: JournalDatabase, member: Member): Promise<number[]> {
  const beat = await leaseStore.beat(member, LEASE_MS)
  return (beat?.owned ?? []).map(({ partition }) => partition)
}

const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition)

t.test('a beat tells the time, who lives, what is owned and what is free', async (t) => {
  const { leaseStore, join, pool } = await open(t)
  const one = await join('one', ['commande@1', 'commande@2'])
  const two = await join('two')
  await leaseStore.acquire(one, 3)
  const beat = await leaseStore.beat(one, LEASE_MS)
  t.match(beat, {
    owned: [
      { partition: 0, epoch: 1, needs: [] },
      { partition: 1, epoch: 1, needs: [] },
      { partition: 2, epoch: 1, needs: [] },
    ],
    partitions: PARTITIONS,
    free: { unpinned: 5, pinned: 0 },
  })
  t.same(
    new Map(beat?.members.map(({ id, machines }) => [id, machines])),
    new Map([
      [one.id, one.machines],
      [two.id, two.machines],
    ]),
  )
  const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now')
  const later = await leaseStore.beat(one, LEASE_MS)
  const now = rows[0]?.now.getTime() ?? 0
  t.ok(beat && later && beat.now < now + 1 && now <= later.now, 'by the clock of the database')
})

t.test('a session that has expired can not be renewed', async (t) => {
  const { leaseStore, join, expire } = await open(t)
  const member = await join('one')
  await leaseStore.acquire(member, PARTITIONS)
  await expire(member)
  t.equal(await leaseStore.beat(member, LEASE_MS), undefined)
  await leaseStore.acquire(member, PARTITIONS)
  t.equal(await leaseStore.beat(member, LEASE_MS), undefined, 'nor does it get anything')
})

t.test('a renewal lasts for the lease it names, from when the statement began', async (t) => {
  const { leaseStore, join, pool } = await open(t)
  const member = await join('one')
  await leaseStore.beat(member, 3_000)
  const { rows } = await pool.query<{ left: number }>(
    `select (extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as left from orchestrator.member`,
  )
  const left = rows[0]?.left ?? Infinity
  t.ok(left <= 3_000 && left > -27_000)
})

t.test('a name belongs to one life at a time', async (t) => {
  const { leaseStore, join, expire } = await open(t)
  const first = await join('one')
  const second = memberOf('one', ['commande@2'])
  const refused = await leaseStore.join(second, { leaseMs: LEASE_MS, takeOverName: false })
  t.equal(refused.kind, 'name_taken')
  const beat = await leaseStore.beat(first, LEASE_MS)
  t.ok(refused.kind === 'name_taken' && beat && refused.expiresAt > beat.now)

  await leaseStore.acquire(first, 2)
  await expire(first)
  t.strictSame(await leaseStore.join(second, { leaseMs: LEASE_MS, takeOverName: false }), JOINED)
  t.equal(await leaseStore.beat(first, LEASE_MS), undefined)
  const now = await leaseStore.beat(second, LEASE_MS)
  t.match(now, { owned: [], free: { unpinned: PARTITIONS }, members: [{ machines: ['commande@2'] }] })
})

t.test('who takes over a name ends the session that has it, and frees what it owned', async (t) => {
  const { leaseStore, join } = await open(t)
  const first = await join('one')
  await leaseStore.acquire(first, PARTITIONS)
  const second = memberOf('one')
  t.strictSame(await leaseStore.join(second, { leaseMs: LEASE_MS, takeOverName: true }), JOINED)
  t.equal(await leaseStore.beat(first, LEASE_MS), undefined)
  await leaseStore.acquire(second, PARTITIONS)
  const beat = await leaseStore.beat(second, LEASE_MS)
  t.strictSame(
    beat?.owned.map(({ epoch }) => epoch),
    ALL.map(() => 2),
  )
})

t.test('a join whose answer got lost may come again', async (t) => {
  const { leaseStore, join } = await open(t)
  const member = await join('one')
  await leaseStore.acquire(member, 2)
  t.strictSame(await leaseStore.join(member, { leaseMs: LEASE_MS, takeOverName: false }), JOINED)
  t.match(await leaseStore.beat(member, LEASE_MS), { owned: { length: 2 }, members: { length: 1 } })
})

t.test('of two that join under one name at once, one is refused', async (t) => {
  const { leaseStore } = await open(t)
  const lives = [memberOf('one'), memberOf('one'), memberOf('one')]
  const outcomes = await Promise.all(
    lives.map((life) => leaseStore.join(life, { leaseMs: LEASE_MS, takeOverName: false })),
  )
  t.strictSame(outcomes.map(({ kind }) => kind).sort(), ['joined', 'name_taken', 'name_taken'])
})

t.test('an expired member loses its partitions, at a new epoch; one that lives keeps them', async (t) => {
  const journal = await open(t)
  const { leaseStore, join, expire } = journal
  const [dead, alive, heir] = [await join('dead'), await join('alive'), await join('heir')]
  await leaseStore.acquire(dead, 3)
  await leaseStore.acquire(alive, 3)
  await expire(dead)
  t.match(await leaseStore.beat(heir, LEASE_MS), { free: { unpinned: 5 } })
  await leaseStore.acquire(heir, PARTITIONS)
  t.match(await leaseStore.beat(heir, LEASE_MS), {
    owned: [{ partition: 0, epoch: 2 }, { epoch: 2 }, { epoch: 2 }, { partition: 6, epoch: 1 }, { epoch: 1 }],
    members: { length: 2 },
  })
  t.strictSame(await ownedBy(journal, alive), [3, 4, 5])
})

t.test('a renewal under way wins over a takeover that found its session expired', async (t) => {
  const journal = await open(t)
  const { leaseStore, join, pool } = journal
  const [slow, rival] = [await join('slow'), await join('rival')]
  await leaseStore.acquire(slow, PARTITIONS)
  await leaseStore.beat(slow, 1_000)
  const release = await holdMember(pool, slow)
  const renewed = leaseStore.beat(slow, LEASE_MS)
  await untilWaiting(pool, 1)
  await until('the session of the slow one is over', async () => {
    const { rows } = await pool.query('select from orchestrator.member where expires_at <= now()')
    return rows.length === 1
  })
  const takeover = leaseStore.acquire(rival, PARTITIONS)
  await untilWaiting(pool, 2)
  await release()
  t.match(await renewed, { owned: { length: PARTITIONS } })
  await takeover
  t.strictSame(await ownedBy(journal, rival), [])
  t.strictSame(await ownedBy(journal, slow), ALL)
})

t.test('a renewal that finds itself reaped does not bring the session back', async (t) => {
  const journal = await open(t)
  const { leaseStore, join, pool } = journal
  const [slow, rival] = [await join('slow'), await join('rival')]
  await leaseStore.acquire(slow, PARTITIONS)
  const release = await holdMember(pool, slow, 'reaped')
  const renewed = leaseStore.beat(slow, LEASE_MS)
  await untilWaiting(pool, 1)
  await release()
  t.equal(await renewed, undefined)
  await leaseStore.acquire(rival, PARTITIONS)
  t.strictSame(await ownedBy(journal, rival), ALL)
})

t.test('an acquirer that was held up takes nothing that another took meanwhile', async (t) => {
  const journal = await open(t)
  const { leaseStore, join, pool } = journal
  const [held, quick] = [await join('held'), await join('quick')]
  const release = await holdMember(pool, held)
  const late = leaseStore.acquire(held, PARTITIONS)
  await untilWaiting(pool, 1)
  await leaseStore.acquire(quick, 5)
  await release()
  await late
  t.strictSame(await ownedBy(journal, quick), [0, 1, 2, 3, 4])
  t.strictSame(await ownedBy(journal, held), [5, 6, 7])
  const beat = await leaseStore.beat(quick, LEASE_MS)
  t.strictSame(
    beat?.owned.map(({ epoch }) => epoch),
    [1, 1, 1, 1, 1],
  )
})

t.test('acquirers that come at once never get the same partition, and leave none', async (t) => {
  const journal = await open(t)
  const { leaseStore, join } = journal
  const members = await Promise.all(['a', 'b', 'c', 'd'].map((name) => join(name)))
  for (let round = 1; round <= 20; round++) {
    await Promise.all(members.map((member) => leaseStore.acquire(member, 3)))
    // What two reached for at once may be left over.
    for (const member of members) await leaseStore.acquire(member, 3)
    const beats = await Promise.all(members.map((member) => leaseStore.beat(member, LEASE_MS)))
    const owned = beats.flatMap((beat) => beat?.owned ?? [])
    t.strictSame(
      owned.map(({ partition }) => partition).sort((a, b) => a - b),
      ALL,
    )
    t.ok(
      owned.every(({ epoch }) => epoch === round),
      'each was taken once',
    )
    await Promise.all(members.map((member) => leaseStore.release(member, ALL)))
  }
})

t.test('a partition that somebody is at work on is passed over, not waited for', async (t) => {
  const journal = await open(t)
  const { leaseStore, join, pool } = journal
  const member = await join('one')
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from orchestrator.partition where id in (0, 3) for share')
  await leaseStore.acquire(member, PARTITIONS)
  t.strictSame(await ownedBy(journal, member), [1, 2, 4, 5, 6, 7])
  await client.query('rollback')
  client.release()
  await leaseStore.acquire(member, PARTITIONS)
  t.strictSame(await ownedBy(journal, member), ALL)
})

t.test('a beat waits for no commit, and no release', async (t) => {
  const { leaseStore, join, pool } = await open(t)
  const member = await join('one')
  await leaseStore.acquire(member, PARTITIONS)
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from orchestrator.partition for share')
  const released = leaseStore.release(member, [0])
  await untilWaiting(pool, 1)
  t.match(await leaseStore.beat(member, LEASE_MS), { owned: { length: PARTITIONS } })
  await client.query('rollback')
  client.release()
  await released
  t.match(await leaseStore.beat(member, LEASE_MS), { owned: { length: PARTITIONS - 1 } })
})

t.test('a partition is given up by its owner only', async (t) => {
  const journal = await open(t)
  const { leaseStore, join } = journal
  const [owner, other] = [await join('owner'), await join('other')]
  await leaseStore.acquire(owner, PARTITIONS)
  await leaseStore.release(other, ALL)
  t.strictSame(await ownedBy(journal, owner), ALL)
  await leaseStore.release(owner, [1, 2])
  t.match(await leaseStore.beat(other, LEASE_MS), { free: { unpinned: 2, pinned: 0 } })
  await leaseStore.acquire(other, 1)
  t.match(await leaseStore.beat(other, LEASE_MS), { owned: [{ partition: 1, epoch: 2 }] })
})

t.test('who leaves gives up everything at once, and its name', async (t) => {
  const { leaseStore, join } = await open(t)
  const [leaver, heir] = [await join('leaver'), await join('heir')]
  await leaseStore.acquire(leaver, PARTITIONS)
  await leaseStore.leave(leaver)
  t.equal(await leaseStore.beat(leaver, LEASE_MS), undefined)
  t.match(await leaseStore.beat(heir, LEASE_MS), { free: { unpinned: PARTITIONS }, members: { length: 1 } })
  await join('leaver')
})

t.test('a partition that needs machines goes to a member that has them all', async (t) => {
  const journal = await open(t)
  const { leaseStore, join } = journal
  const old = await join('old', ['commande@1'])
  await leaseStore.acquire(old, PARTITIONS)
  const [half, full] = [await join('half', ['commande@2']), await join('full', ['commande@2', 'retour@1'])]
  await leaseStore.release(old, [6], ['commande@2'])
  await leaseStore.release(old, [5])
  await leaseStore.acquire(half, 1)
  t.match(
    await leaseStore.beat(half, LEASE_MS),
    { owned: [{ partition: 6, needs: { length: Number } }] },
    'it comes first',
  )
  await leaseStore.release(half, [6], ['retour@1'])
  t.match(await leaseStore.beat(half, LEASE_MS), { free: { unpinned: 1, pinned: 0 } }, 'not for this one')
  t.match(await leaseStore.beat(full, LEASE_MS), { free: { unpinned: 1, pinned: 1 } })
  await leaseStore.acquire(half, PARTITIONS)
  await leaseStore.acquire(old, PARTITIONS)
  t.strictSame(await ownedBy(journal, half), [5])
  await leaseStore.acquire(full, PARTITIONS)
  t.match(await leaseStore.beat(full, LEASE_MS), { owned: [{ partition: 6, needs: { length: Number } }] })
})

t.test('what nobody who lives could drive is for anyone', async (t) => {
  const journal = await open(t)
  const { leaseStore, join, expire } = journal
  const [old, other, expert] = [await join('old'), await join('other'), await join('expert', ['retour@1'])]
  await leaseStore.acquire(old, PARTITIONS)
  await leaseStore.release(old, [5], ['retour@1'])
  await leaseStore.acquire(other, 1)
  t.strictSame(await ownedBy(journal, other), [])
  await expire(expert)
  t.match(await leaseStore.beat(other, LEASE_MS), { free: { unpinned: 1, pinned: 0 } })
  await leaseStore.acquire(other, 1)
  t.match(await leaseStore.beat(other, LEASE_MS), { owned: [{ partition: 5, needs: { length: Number } }] })
})

t.test('needs outlive their owner, and end when no saga is left that has them', async (t) => {
  const journal = await open(t)
  const { leaseStore, join, store } = journal
  const [lease] = await ownAll(journal, 'old')
  const start = startOf(lease, { machine: 'retour' })
  await store.write([start])
  const expert = await join('expert', ['retour@1'])
  await journal.pool.query(
    `update orchestrator.partition set owner = null, needs = '{retour@1}' where id = $1`,
    [lease.partition],
  )
  await leaseStore.acquire(expert, 1)
  await leaseStore.unpin(expert)
  const pinned = await leaseStore.beat(expert, LEASE_MS)
  t.match(pinned, { owned: [{ partition: lease.partition, needs: { length: Number } }] })
  await leaseStore.release(expert, [lease.partition])
  t.match(await leaseStore.beat(expert, LEASE_MS), { owned: [], free: { pinned: 1 } })
  await leaseStore.acquire(expert, 1)

  const [owned] = (await leaseStore.beat(expert, LEASE_MS))?.owned ?? []
  const end = { ...start, lease: owned ?? lease, fromSeq: 0, transitions: [], start: null }
  t.strictSame(await store.write([{ ...end, status: 'done', wakeAt: 'ended' }]), [{ kind: 'committed' }])
  await leaseStore.unpin(expert)
  t.match(await leaseStore.beat(expert, LEASE_MS), { owned: [{ needs: [] }] })
})

t.test('freeing pinned partitions waits for a commit, and neither for the other', async (t) => {
  const { leaseStore, join, pool } = await open(t)
  const member = await join('one')
  await leaseStore.acquire(member, PARTITIONS)
  await pool.query(`update orchestrator.partition set needs = '{m@1}'`)
  const commit = await pool.connect()
  const share = async (...ids: number[]) =>
    commit.query('select from orchestrator.partition where id = any($1) order by id for share', [ids])
  await commit.query('begin')
  await share(3)
  const unpinning = leaseStore.unpin(member)
  await untilWaiting(pool, 1)
  await share(4, 5, 6, 7)
  await commit.query('commit')
  commit.release()
  await unpinning
  const beat = await leaseStore.beat(member, LEASE_MS)
  t.strictSame(
    beat?.owned.map(({ needs }) => needs),
    ALL.map(() => []),
  )
})

t.test('a database that does not answer is given up in time', async (t) => {
  const { leaseStore, join, pool } = await open(t)
  const member = await join('one')
  const release = await holdMember(pool, member)
  await t.rejects(leaseStore.beat(member, LEASE_MS), /timeout/i)
  await release()
  t.ok(await leaseStore.beat(member, LEASE_MS), 'and asked again')
})
