// Bulks on a real database, without orchestrators: what one turn does, and what two at once do.
import t, { type Test } from 'tap'
import { v7 as newUuid } from 'uuid'
import { openJournal, ownAll, startOf, type JournalDatabase } from '../../test/kit/journal-database.ts'
import type { Lease } from '../engine/ports.ts'
import type { NewBulk } from './bulk-record.ts'
import { BulkStore, type Judge, type Turn } from './bulk-store.ts'

const event = { type: 'skald.retry', actor: 'ada', reason: 'why not' } as const
const allowAll: Judge = () => ({ kind: 'allowed', event })
const options = { machines: [], judge: allowAll }

const newBulk = (more: Partial<NewBulk> = {}): NewBulk => ({
  bulkId: newUuid(),
  key: newUuid(),
  fingerprint: 'f',
  verb: 'retry',
  actor: 'ada',
  reason: 'why not',
  details: {},
  asked: { all: true },
  filter: {},
  needs: [],
  rate: 10,
  ...more,
})

async function stage(t: Test) {
  const journal = await openJournal(t)
  const [lease] = await ownAll(journal)
  const bulks = new BulkStore(journal.db)
  const begin = (count: number) => beginSagas(journal, lease, count)
  return { ...journal, lease, bulks, begin }
}

async function beginSagas({ store }: JournalDatabase, lease: Lease, count: number): Promise<string[]> {
  const writes = Array.from({ length: count }, () => startOf(lease))
  await store.write(writes)
  return writes.map(({ sagaId }) => sagaId)
}

const make = async (bulks: BulkStore, more?: Partial<NewBulk>) => {
  const made = await bulks.create(newBulk(more))
  if (made.kind === 'key_reused') throw new Error('the key was used before')
  return made.bulk
}

/** As though the time until the next page were over. */
const makeDue = ({ pool }: Pick<JournalDatabase, 'pool'>) =>
  pool.query('update orchestrator.bulk set due_at = now()')

t.test('sagas that begin behind a bulk are not in it, however slow the clock that named them', async (t) => {
  const { bulks, begin, store, lease, ...journal } = await stage(t)
  const slow = newUuid()
  const there = await begin(3)
  const { bulkId } = await make(bulks)
  await begin(2)
  await store.write([startOf(lease, { sagaId: slow })])
  t.match(await bulks.turn(options), { kind: 'taken', bulkId, looked: 2 })
  await makeDue(journal)
  t.match(await bulks.turn(options), { kind: 'taken', looked: 1 })
  const sagas = await bulks.sagas(bulkId, { limit: 10 })
  t.strictSame(
    sagas.map(({ saga_id }) => saga_id),
    there.toReversed(),
  )
})

t.test('one that another one is at is passed over, and nothing is taken before it is due', async (t) => {
  const { bulks, begin, ...journal } = await stage(t)
  await begin(4)
  await make(bulks)
  const judging = Promise.withResolvers<void>()
  const isJudging = Promise.withResolvers<void>()
  const first = bulks.turn({
    machines: [],
    judge: async () => {
      isJudging.resolve()
      await judging.promise
      return { kind: 'allowed', event }
    },
  })
  await isJudging.promise
  t.match(await bulks.turn(options), { kind: 'idle' })
  judging.resolve()
  t.match(await first, { kind: 'taken', looked: 2 })
  await journal.pool.query(`update orchestrator.bulk set due_at = now() + interval '1 hour'`)
  const idle = (await bulks.turn(options)) as Turn & { kind: 'idle' }
  t.equal(idle.kind, 'idle')
  t.ok((idle.nextMs ?? 0) > 0)
  await makeDue(journal)
  t.match(await bulks.turn(options), { kind: 'taken', looked: 2 })
})

t.test('a turn that breaks in the middle has done nothing', async (t) => {
  const { bulks, begin, pool } = await stage(t)
  await begin(4)
  const { bulkId } = await make(bulks)
  let judged = 0
  const breaking: Judge = () => {
    judged += 1
    if (judged === 2) throw new Error('it broke')
    return { kind: 'allowed', event }
  }
  await t.rejects(bulks.turn({ machines: [], judge: breaking }), /it broke/)
  t.strictSame(await bulks.sagas(bulkId, { limit: 10 }), [])
  const { rows } = await pool.query('select from orchestrator.inbox')
  t.equal(rows.length, 0)
  const { bulkId: other } = await make(bulks)
  t.match(await bulks.turn(options), { kind: 'taken', bulkId: other, looked: 2 }, 'the others go first')
  await makeDue({ pool })
  t.match(await bulks.turn(options), { kind: 'taken', looked: 2 })
})

t.test('an event under the key of the bulk is not sent again, and the bulk says so', async (t) => {
  const { bulks, begin, inbox } = await stage(t)
  const [sagaId = ''] = await begin(1)
  const { bulkId } = await make(bulks)
  await inbox.accept({ sagaId, key: `bulk:${bulkId}`, fingerprint: 'x', event: { type: 'NOTE' }, max: 9 })
  await bulks.turn(options)
  const [saga] = await bulks.sagas(bulkId, { limit: 10 })
  t.match(saga, { outcome: 'refused', why: /is there already/ })
})

t.test('answers are kept, also when their sagas are removed; then nobody knows', async (t) => {
  const { bulks, begin, pool } = await stage(t)
  const [one, two, three] = await begin(3)
  const { bulkId } = await make(bulks, { rate: 100 })
  t.match(await bulks.turn(options), { looked: 3 })
  t.match(await bulks.byId(bulkId), { status: 'running', sent: 3, applied: 0 })
  await pool.query(`update orchestrator.inbox set outcome = 'applied' where saga_id = $1`, [one])
  await pool.query(`update orchestrator.inbox set outcome = 'ignored' where saga_id = $1`, [two])
  await makeDue({ pool })
  t.match(await bulks.turn(options), { kind: 'taken', looked: 0 })
  t.match(await bulks.byId(bulkId), { status: 'running', applied: 1, ignored: 1, unknown: 0 })
  await pool.query('delete from orchestrator.inbox')
  await makeDue({ pool })
  await bulks.turn(options)
  t.match(await bulks.byId(bulkId), { status: 'done', applied: 1, ignored: 1, unknown: 1 })
  const sagas = await bulks.sagas(bulkId, { limit: 10 })
  t.strictSame(
    sagas.map(({ saga_id, outcome }) => [saga_id, outcome]),
    [
      [three, 'unknown'],
      [two, 'ignored'],
      [one, 'applied'],
    ],
  )
  t.match(await bulks.turn(options), { kind: 'idle', nextMs: undefined })
})

t.test('a bulk waits while a thousand of its events are not answered', async (t) => {
  const { bulks, begin, pool } = await stage(t)
  for (let n = 0; n < 11; n++) await begin(100)
  const { bulkId } = await make(bulks, { rate: 1_000 })
  const isTaken = async () => {
    await makeDue({ pool })
    const turn = await bulks.turn(options)
    return turn.kind === 'taken' && turn.looked > 0
  }
  while (await isTaken());
  t.match(await bulks.byId(bulkId), { sent: 1_000, status: 'running' })
  await pool.query(`update orchestrator.inbox set outcome = 'applied'`)
  t.ok(await isTaken())
  t.match(await bulks.byId(bulkId), { sent: 1_100, applied: 1_000, status: 'running' })
})

t.test('what an orchestrator can not judge, it leaves to others', async (t) => {
  const { bulks, begin } = await stage(t)
  await begin(1)
  await make(bulks, { needs: ['depot@2'] })
  t.match(await bulks.turn({ ...options, machines: ['depot@1'] }), { kind: 'idle', nextMs: undefined })
  t.match(await bulks.turn({ ...options, machines: ['depot@1', 'depot@2'] }), { kind: 'taken', looked: 1 })
})
