// What a commit does besides its rows: it moves a saga to another version, and notes whom a person has to be told of.
import t from 'tap'
import { nextOf, openJournal, ownAll, startOf } from '../../test/kit/journal-database.ts'
import type { Notice, SagaWrite } from '../engine/ports.ts'
import { commitOf } from './commit-statement.ts'

const journal = await openJournal(t)
const { store, pool } = journal
const [lease] = await ownAll(journal)

const notice = (seq: number, code: string): Notice => ({ kind: 'parked', seq, payload: { error: { code } } })

async function noticesOf({ sagaId }: SagaWrite) {
  const { rows } = await pool.query<object>(
    'select partition, seq, kind, payload, tries, last_error from orchestrator.notice where saga_id = $1 order by seq',
    [sagaId],
  )
  return rows
}

async function sagaOf({ sagaId }: SagaWrite) {
  const { rows } = await pool.query<object>('select * from orchestrator.saga where saga_id = $1', [sagaId])
  return rows[0]
}

t.test('a move leaves the saga on its new version, and whatever follows stays there', async (t) => {
  const start = startOf(lease)
  const moved = { ...nextOf(start), version: '2', step: 'lock' }
  await store.write([start])
  t.match(await sagaOf(start), { version: '1', step: null })
  t.same(await store.write([moved]), [{ kind: 'committed' }])
  t.match(await sagaOf(start), { version: '2', step: 'lock', seq: 1 })
  const next = { ...nextOf(moved), version: null }
  t.same(await store.write([next, startOf(lease)]), [{ kind: 'committed' }, { kind: 'committed' }])
  t.same(await store.write([nextOf(next)]), [{ kind: 'committed' }])
  t.match(await sagaOf(start), { version: '2', seq: 3 })
})

t.test(
  'what is wrong can be looked for as long as it is wrong, and a status only where the saga rests',
  async (t) => {
    const cause = { name: 'N', message: 'no', code: 'REFUSED', step: 'lock', inDoubt: false }
    const failing = { ...cause, code: 'TIMEOUT', invoke: 'undo-lock', tries: 1 }
    const start = { ...startOf(lease), trouble: { cause, failing: null } }
    await store.write([start])
    t.match(await sagaOf(start), { error_code: 'REFUSED', resting_status: null, resting_state: null })
    const parked = {
      ...nextOf(start, 'parked', 'parked'),
      trouble: { cause, failing },
      wakeAt: 'on_event',
    } as const
    await store.write([parked])
    t.match(await sagaOf(start), { error_code: 'TIMEOUT', resting_status: 'parked', resting_state: 'parked' })
    const problem = { code: 'MACHINE_FAILED', message: 'it broke' } as const
    const broken = {
      ...nextOf(parked),
      transitions: [],
      problem,
      status: 'parked',
      wakeAt: 'in_flight',
    } as const
    await store.write([broken])
    t.match(await sagaOf(start), { error_code: 'MACHINE_FAILED', resting_status: 'parked' })
    await store.write([{ ...nextOf(parked), trouble: null }])
    t.match(await sagaOf(start), { error_code: null, resting_status: null, problem: null })
  },
)

t.test('a notice stands or falls with the write that it speaks of', async (t) => {
  const start = startOf(lease)
  await store.write([start])
  const parks = { ...nextOf(start, 'parked', 'parked'), notice: notice(1, 'TIMEOUT') }
  t.same(await store.write([{ ...parks, lease: { ...lease, epoch: lease.epoch - 1 } }]), [{ kind: 'lost' }])
  t.same(await noticesOf(start), [])
  const quiet = startOf(lease)
  t.same(await store.write([quiet, parks]), [{ kind: 'committed' }, { kind: 'committed' }])
  t.same(await noticesOf(quiet), [])
  t.same(await noticesOf(start), [
    {
      partition: lease.partition,
      seq: 1,
      kind: 'parked',
      payload: { error: { code: 'TIMEOUT' } },
      tries: 0,
      last_error: null,
    },
  ])
})

t.test('a write that is repeated tells nobody twice', async (t) => {
  const start = startOf(lease)
  const parks = { ...nextOf(start, 'parked', 'parked'), notice: notice(1, 'TIMEOUT') }
  for (const write of [start, parks, parks]) t.same(await store.write([write]), [{ kind: 'committed' }])
  t.equal((await noticesOf(start)).length, 1)
  await pool.query('delete from orchestrator.notice where saga_id = $1', [start.sagaId])
  t.same(await store.write([parks]), [{ kind: 'committed' }])
  t.same(await noticesOf(start), [], 'and not again what was delivered')
})

t.test(
  'a second problem where a saga stands is told instead of the first, from the first try on',
  async (t) => {
    const start = startOf(lease)
    await store.write([start])
    const stands = { ...nextOf(start), transitions: [], status: 'parked' } as const
    const problem = { code: 'MACHINE_FAILED', message: 'it broke' } as const
    t.same(await store.write([{ ...stands, problem, notice: notice(0, 'FIRST') }]), [{ kind: 'committed' }])
    await pool.query(
      `update orchestrator.notice set tries = 3, last_error = 'away', next_try_at = now() + interval '1 hour'
     where saga_id = $1`,
      [start.sagaId],
    )
    t.same(await store.write([{ ...stands, problem, notice: notice(0, 'SECOND') }, startOf(lease)]), [
      { kind: 'committed' },
      { kind: 'committed' },
    ])
    t.match(await noticesOf(start), [{ payload: { error: { code: 'SECOND' } }, tries: 0, last_error: null }])
  },
)

t.test('a notice and an answer of one write are in one statement', async (t) => {
  const start = startOf(lease)
  await store.write([start])
  const { rows } = await pool.query<{ id: string }>(
    `insert into orchestrator.inbox (partition, saga_id, key, fingerprint, event)
     values ($1, $2, 'k', 'f', '{"type":"skald.abandon"}') returning id`,
    [lease.partition, start.sagaId],
  )
  const id = rows[0]?.id ?? ''
  const write: SagaWrite = {
    ...nextOf(start, 'doing.lock', 'failed'),
    notice: { kind: 'failed', seq: 1, payload: {} },
    consumed: [{ id, outcome: 'applied' }],
  }
  t.match(commitOf([write]).name, /notifying/)
  t.same(await store.write([write]), [{ kind: 'committed' }])
  const answered = await pool.query<object>('select outcome from orchestrator.inbox where id = $1', [id])
  t.same(answered.rows, [{ outcome: 'applied' }])
  t.match(await noticesOf(start), [{ kind: 'failed', seq: 1 }])
})
