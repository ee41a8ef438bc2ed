import t from 'tap'
import {
  memberOf,
  LEASE_MS,
  openJournal,
  ownAll,
  startOf,
  untilWaiting,
} from '../../test/kit/journal-database.ts'
import { ensurePartitions } from './partitions.ts'

t.test('a new database has 64 partitions, or as many as are wanted', async (t) => {
  const { db, pool } = await openJournal(t)
  t.equal(await ensurePartitions(db, undefined), 64)
  for (const wanted of [64, 3, 200, 1]) {
    t.equal(await ensurePartitions(db, wanted), wanted)
    t.equal(await ensurePartitions(db, undefined), wanted)
    const { rows } = await pool.query<{ id: number }>('select id from orchestrator.partition order by id')
    t.strictSame(
      rows.map(({ id }) => id),
      [...Array.from({ length: wanted }).keys()],
    )
  }
})

t.test('once there is a saga, their number is fixed', async (t) => {
  const journal = await openJournal(t)
  const { db, store } = journal
  await ensurePartitions(db, 16)
  const [lease] = await ownAll(journal)
  await store.write([startOf(lease, { status: 'done' })])
  for (const wanted of [8, 64]) {
    await t.rejects(ensurePartitions(db, wanted), {
      name: 'DatabaseRefusedError',
      code: 'PARTITIONS_FIXED',
      message: /^This database has sagas in 16 partitions, so PARTITIONS can no longer be \d+; .*\.$/,
    })
  }
  t.equal(await ensurePartitions(db, 16), 16)
  t.equal(await ensurePartitions(db, undefined), 16)
})

t.test('a saga that begins at the same moment keeps its partition', async (t) => {
  const journal = await openJournal(t)
  const { db, store, pool } = journal
  const [lease] = await ownAll(journal)
  const client = await pool.connect()
  await client.query('begin')
  await client.query(
    `insert into orchestrator.idempotency_key (key, fingerprint, partition, saga_id)
     values ('k', 'f', 0, '01890000-0000-7000-8000-000000000000')`,
  )
  const begun = store.write([startOf(lease, { key: 'k' })])
  await untilWaiting(pool, 1)
  const changed = t.rejects(ensurePartitions(db, 8), { code: 'PARTITIONS_FIXED' })
  await untilWaiting(pool, 2)
  await client.query('rollback')
  client.release()
  t.strictSame(await begun, [{ kind: 'committed' }])
  await changed
  t.equal(await ensurePartitions(db, undefined), 64)
})

t.test('orchestrators that begin together agree on a number', async (t) => {
  const { db, leaseStore } = await openJournal(t)
  t.strictSame(await Promise.all([10, 10, 10].map((wanted) => ensurePartitions(db, wanted))), [10, 10, 10])
  const member = memberOf('one')
  await leaseStore.join(member, { leaseMs: LEASE_MS, takeOverName: false })
  await leaseStore.acquire(member, 100)
  t.match(await leaseStore.beat(member, LEASE_MS), { partitions: 10, owned: { length: 10 } })
})
